"""The curves of what iterates, read from the fitted estimator: one point per iteration.

scikit-learn keeps them as attributes: the training is neither slowed down nor called into. The step of a
point is the number of iterations done; 0 stands for the model before the first of them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from numbers import Real
from typing import Any, NamedTuple

from fitscribe_sklearn.fitted import final_estimator
from fitscribe_sklearn.kinds import Kind, descends_from, kind_of
from fitscribe_sklearn.parameters import is_estimator


class Curve(NamedTuple):
    """The points of one series.

    Attributes:
        first: the step of the first value; the others follow one by one.
        values: one per iteration.
    """

    first: int
    values: list[float]


Curves = dict[str, Curve]
State = Mapping[str, object]

# Attributes of a fitted estimator, and what the series is called where no more is known of the class.
_NAMES = {
    "train_score_": "train/score",
    "validation_score_": "valid/score",
    "validation_scores_": "valid/score",
    "loss_curve_": "train/loss",
    "oob_scores_": "oob/loss",
    "oob_improvement_": "oob/improvement",
    "estimator_errors_": "train/error",
    "estimator_weights_": "estimator_weight",
    "lower_bounds_": "train/lower_bound",
    "loglike_": "train/log_likelihood",
    "error_": "train/error",
}
# These mean something else, or are no list of numbers, in other classes.
_ONLY_THERE = ("scores_", "costs_")

_NONE_KEPT, _LAST_KEPT = "scikit-learn keeps none", "scikit-learn keeps the last one only"
_WITH_SCORE = "scikit-learn computes it with compute_score=True only"
# By class: the curve that a fit could have, and why there is none. Solvers of linear models and of support
# vector machines are not among them: that they converged is a fact of their runs.
_UNKEPT = (
    ("BaseHistGradientBoosting", "loss", "scikit-learn computes it with early_stopping=True only"),
    ("BaseMultilayerPerceptron", "train/loss", "scikit-learn keeps none with solver='lbfgs'"),
    ("BaseSGD", "train/loss", _NONE_KEPT),
    ("_BaseKMeans", "train/inertia", _LAST_KEPT),
    ("BaseMixture", "train/lower_bound", _LAST_KEPT),
    ("TSNE", "train/kl_divergence", _LAST_KEPT),
    ("MDS", "train/stress", _LAST_KEPT),
    ("BayesianRidge", "train/log_marginal_likelihood", _WITH_SCORE),
    ("ARDRegression", "train/log_marginal_likelihood", _WITH_SCORE),
)


def curves(estimator: Any, *, before: State | None = None) -> Curves:
    """Return the curves of a fitted estimator, of the last step of a pipeline, of the best candidate.

    Args:
        estimator: the estimator. Only what its fit has set is read: no property of the user's is run.
        before: what :func:`state` gave before a fit that did not come to its end. Of such a fit the
            iterations that were done count, and nothing that an earlier fit has left.
    """
    final = final_estimator(estimator)
    values = dict(vars(final)) if hasattr(final, "__dict__") else {}
    if before is not None:
        for name, known in state(estimator).items():
            if before.get(name) == known:
                del values[name]
    if descends_from(final, "BaseGradientBoosting"):
        return _gradient_boosting(values, ended=before is None)
    if descends_from(final, "BaseHistGradientBoosting"):
        return _histogram_boosting(values, kind_of(final))
    if descends_from(final, "BaseMultilayerPerceptron"):
        return _perceptron(values, kind_of(final))
    if descends_from(final, "BaseWeightBoosting"):
        return _weight_boosting(values)
    if descends_from(final, "BayesianRidge"):
        # Before the first update, after each, and at the end.
        return _taken(values, {"scores_": "train/log_marginal_likelihood"}, first=0)
    if descends_from(final, "ARDRegression"):
        return _taken(values, {"scores_": "train/log_marginal_likelihood"})
    if descends_from(final, "BaseGraphicalLasso"):
        return _graphical_lasso(values)
    return _taken(values, _NAMES)


def unkept(estimator: Any, found: Curves) -> dict[str, str]:
    """Return which curves of a fitted estimator nobody has kept, and why.

    Args:
        estimator: as for :func:`curves`.
        found: its curves.
    """
    final = final_estimator(estimator)
    values: Mapping[str, Any] = getattr(final, "__dict__", {})
    if descends_from(final, "BaseGradientBoosting"):
        is_validated = values.get("n_iter_no_change") is not None
        missing = {"valid/loss": _NONE_KEPT} if is_validated else {}
        return missing if "train/loss" in found else {"train/loss": _NONE_KEPT, **missing}
    if found:
        return {}
    return next(({name: why} for cls, name, why in _UNKEPT if descends_from(final, cls)), {})


def state(estimator: Any) -> State:
    """Return by what the curves that an estimator has now are told from later ones; nothing is kept alive."""
    final = final_estimator(estimator)
    values = getattr(final, "__dict__", {})
    found: dict[str, object] = {}
    for name in (*_NAMES, *_ONLY_THERE):
        value = values.get(name)
        if value is not None and (isinstance(value, list) or _is_vector(value)):
            last = value[-1] if len(value) else None
            found[name] = (id(value), len(value), repr(last) if isinstance(last, Real) else None)
    return found


def _gradient_boosting(values: Mapping[str, Any], *, ended: bool) -> Curves:
    found = _taken(
        values,
        {
            "train_score_": "train/loss",
            "oob_scores_": "oob/loss",
            "oob_improvement_": "oob/improvement",
        },
    )
    if ended:
        return found
    seen: set[int] = set()
    # Stages to come are empty, or, with warm_start, hold the trees of earlier ones once more.
    for stage in values.get("estimators_", ()):
        if not is_estimator(stage[-1]) or id(stage[-1]) in seen:
            break
        seen.add(id(stage[-1]))
    done = {name: curve.values[: len(seen)] for name, curve in found.items()}
    for points in done.values():
        # The last tree may have been grown and its loss not been computed: zero, or that of an earlier one.
        if points and points[-1] in (0.0, *points[:-1]):
            del points[-1]
    return {name: Curve(1, points) for name, points in done.items() if points}


def _histogram_boosting(values: Mapping[str, Any], kind: Kind) -> Curves:
    scoring = values.get("scoring")
    metric = _scored_by(scoring, kind)
    found = _taken(
        values, {"train_score_": f"train/{metric}", "validation_score_": f"valid/{metric}"}, first=0
    )
    if scoring != "loss":
        return found
    # Its scores are losses with their sign changed.
    return {name: Curve(0, [-value for value in curve.values]) for name, curve in found.items()}


def _scored_by(scoring: Any, kind: Kind) -> str:
    if scoring is None:
        return "r2" if kind is Kind.REGRESSOR else "accuracy"
    return scoring if isinstance(scoring, str) else "score"


def _perceptron(values: Mapping[str, Any], kind: Kind) -> Curves:
    score = "r2" if kind is Kind.REGRESSOR else "accuracy"
    return _taken(values, {"loss_curve_": "train/loss", "validation_scores_": f"valid/{score}"})


def _weight_boosting(values: Mapping[str, Any]) -> Curves:
    names = {"estimator_errors_": "train/error", "estimator_weights_": "estimator_weight"}
    found = _taken(values, names)
    if found.keys() != set(names.values()):
        return found
    errors, weights = (found[name].values for name in names.values())
    # What was not boosted keeps what the arrays were filled with.
    done = min(len(values.get("estimators_", ())), len(errors))
    while done and errors[done - 1] == 1.0 and weights[done - 1] == 0.0:
        done -= 1
    return {name: Curve(1, curve.values[:done]) for name, curve in found.items() if done}


def _graphical_lasso(values: Mapping[str, Any]) -> Curves:
    costs = values.get("costs_")
    if not isinstance(costs, list) or not all(isinstance(each, tuple) and len(each) == 2 for each in costs):
        return {}
    if not costs:
        return {}
    objectives, gaps = zip(*costs, strict=True)
    return {
        "train/objective": Curve(1, [float(value) for value in objectives]),
        "train/dual_gap": Curve(1, [float(value) for value in gaps]),
    }


def _taken(values: Mapping[str, Any], names: Mapping[str, str], *, first: int = 1) -> Curves:
    return {
        name: Curve(first, points)
        for attribute, name in names.items()
        if (points := _numbers(values.get(attribute)))
    }


def _numbers(values: Any) -> list[float]:
    if _is_vector(values):
        return values.tolist() if values.dtype.kind in "fiu" else []
    if type(values) is list and all(isinstance(value, Real) for value in values):
        return [float(value) for value in values]
    return []


def _is_vector(values: Any) -> bool:
    return type(values) is sys.modules["numpy"].ndarray and values.ndim == 1
