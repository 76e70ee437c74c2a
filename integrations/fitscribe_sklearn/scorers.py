"""What the scores of a search or a cross-validation are called."""

from __future__ import annotations

from typing import Any, NamedTuple

from fitscribe_sklearn.kinds import Kind, kind_of

# What `score` of an estimator is, by scikit-learn's method that is called: those that compute it themselves.
_OWN_SCORES = {
    "ClassifierMixin.score": "accuracy",
    "DummyClassifier.score": "accuracy",
    "EllipticEnvelope.score": "accuracy",
    "KNeighborsClassifier.score": "accuracy",
    "MultiOutputClassifier.score": "accuracy",
    "RadiusNeighborsClassifier.score": "accuracy",
    "DummyRegressor.score": "r2",
    "RegressorMixin.score": "r2",
    # The share of the deviance that is explained.
    "_GeneralizedLinearRegressor.score": "d2",
}
# Those that call the score of an estimator in them.
_PASSED_ON = frozenset(
    {"BaseSearchCV.score", "RANSACRegressor.score", "RFE.score", "SelfTrainingClassifier.score"}
)
# Where that is, fitted or not; the last name is that of scikit-learn 1.5 and before.
_PARTS = ("best_estimator_", "estimator_", "base_estimator_", "estimator", "base_estimator")
# Those that score as their `scoring` says: without, by accuracy or r2.
_TOLD = frozenset({"LogisticRegressionCV.score", "RFECV.score"})
_SEVERAL = (list, tuple, set, dict)
_DEPTH = 8


class OwnScore(NamedTuple):
    """What the ``score`` of an estimator is.

    Attributes:
        name: such as ``accuracy``; ``score`` where that is all that is known.
        scored: the estimators that the call goes through, the outermost first: what these predict inside of
            it is what it scores.
        is_known: whether it is scikit-learn's code from end to end.
    """

    name: str
    scored: list[Any]
    is_known: bool


def scorer_name(estimator: Any, scoring: Any) -> str:
    """Return the name of the one scorer that ``scoring`` stands for.

    Args:
        estimator: what is scored, fitted or not.
        scoring: as it was given: a name, a function, or None for what the estimator's ``score`` gives.

    Returns:
        ``score`` where several are given: those have names of their own in what scikit-learn returns.
    """
    if isinstance(scoring, _SEVERAL):
        return "score"
    if isinstance(scoring, str):
        return scoring
    if scoring is None:
        return own_score(estimator).name
    attributes = getattr(scoring, "__dict__", {})
    function = attributes.get("_score_func")  # what make_scorer was given
    if function is None:
        return str(getattr(scoring, "__name__", type(scoring).__name__))
    name = str(getattr(function, "__name__", "score")).removesuffix("_score")
    average = (attributes.get("_kwargs") or {}).get("average")
    sign = "neg_" if attributes.get("_sign") == -1 else ""
    return f"{sign}{name}_{average}" if isinstance(average, str) else f"{sign}{name}"


def own_score(estimator: Any) -> OwnScore:
    """Return what ``score`` of an estimator is: its own, or that of the one in it that it is passed on to.

    Args:
        estimator: what is scored, fitted or not.
    """
    scored: list[Any] = []
    for _ in range(_DEPTH):
        scored.append(estimator)
        method = _score_method(estimator)
        attributes = getattr(estimator, "__dict__", {})
        if method == "BaseSearchCV.score" and attributes.get("scoring") is not None:
            return _chosen(attributes, [*scored, attributes.get("best_estimator_")])
        if method in _TOLD:
            if attributes.get("scoring") is None or str(attributes["scoring"]) == "warn":  # 1.9 and 1.10
                name = "accuracy" if kind_of(estimator) is Kind.CLASSIFIER else "r2"
                return OwnScore(name, scored, True)
            return _chosen(attributes, scored)
        if method in _OWN_SCORES:
            return OwnScore(_OWN_SCORES[method], scored, True)
        if method == "Pipeline.score" and attributes.get("steps"):
            estimator = attributes["steps"][-1][1]
            continue
        if method not in _PASSED_ON:
            break
        parts = (attributes.get(name) for name in _PARTS)
        found = next((each for each in parts if _score_method(each) is not None), None)
        if found is None:
            # RANSACRegressor without an estimator fits a linear regression.
            return OwnScore("r2" if method == "RANSACRegressor.score" else "score", scored, True)
        estimator = found
    return OwnScore("score", scored, False)


def _score_method(estimator: Any) -> str | None:
    """``Class.score`` of the class of scikit-learn's that defines it; empty for one of somebody else's."""
    method = getattr(type(estimator), "score", None)
    if method is None:
        return None
    if str(getattr(method, "__module__", "")).partition(".")[0] != "sklearn":
        return ""
    return str(getattr(method, "__qualname__", ""))


def _chosen(attributes: dict[str, Any], scored: list[Any]) -> OwnScore:
    """What one scores that was given a ``scoring``; of several scorers it is that of ``refit``."""
    scoring, refit = attributes["scoring"], attributes.get("refit")
    name, scorer = "", scoring
    if isinstance(refit, str) and (isinstance(scoring, _SEVERAL) or attributes.get("multimetric_")):
        name, scorer = refit, refit if isinstance(scoring, _SEVERAL) else None
        if isinstance(scoring, dict):
            scorer = scoring.get(refit)
    is_known = isinstance(scorer, str) or "_score_func" in getattr(scorer, "__dict__", {})
    return OwnScore(name or scorer_name(None, scoring), scored, is_known)
