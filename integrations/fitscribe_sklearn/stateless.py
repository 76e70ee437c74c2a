"""The estimators of scikit-learn whose ``predict`` changes nothing: no attribute, no random number, no file.

Only these does fitscribe call itself. A class of the user's, or a function of the user's as a parameter,
could count, print or draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe import models
from fitscribe_sklearn.kinds import is_own, is_search
from fitscribe_sklearn.parameters import is_estimator

CLASSIFIERS = frozenset(
    """
    AdaBoostClassifier BaggingClassifier BernoulliNB CalibratedClassifierCV CategoricalNB ClassifierChain
    ComplementNB DecisionTreeClassifier DummyClassifier ExtraTreeClassifier ExtraTreesClassifier
    FixedThresholdClassifier GaussianNB GaussianProcessClassifier GradientBoostingClassifier
    HistGradientBoostingClassifier KNeighborsClassifier LinearDiscriminantAnalysis LinearSVC
    LogisticRegression LogisticRegressionCV MLPClassifier MultinomialNB NearestCentroid NuSVC
    OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier PassiveAggressiveClassifier Perceptron
    QuadraticDiscriminantAnalysis RadiusNeighborsClassifier RandomForestClassifier RidgeClassifier
    RidgeClassifierCV SGDClassifier SVC StackingClassifier TunedThresholdClassifierCV VotingClassifier
    """.split()
)
REGRESSORS = frozenset(
    """
    ARDRegression AdaBoostRegressor BaggingRegressor BayesianRidge CCA DecisionTreeRegressor
    DummyRegressor ElasticNet ElasticNetCV ExtraTreeRegressor ExtraTreesRegressor GammaRegressor
    GaussianProcessRegressor GradientBoostingRegressor HistGradientBoostingRegressor HuberRegressor
    IsotonicRegression KNeighborsRegressor KernelRidge Lars LarsCV Lasso LassoCV LassoLars LassoLarsCV
    LassoLarsIC LinearRegression LinearSVR MLPRegressor MultiOutputRegressor MultiTaskElasticNet
    MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV NuSVR OrthogonalMatchingPursuit
    OrthogonalMatchingPursuitCV PLSCanonical PLSRegression PassiveAggressiveRegressor PoissonRegressor
    QuantileRegressor RANSACRegressor RadiusNeighborsRegressor RandomForestRegressor RegressorChain Ridge
    RidgeCV SGDRegressor SVR StackingRegressor TheilSenRegressor TransformedTargetRegressor
    TweedieRegressor VotingRegressor
    """.split()
)
# What may stand before or inside of one: their ``transform`` is as harmless.
PARTS = frozenset(
    """
    AdditiveChi2Sampler Binarizer ColumnTransformer CountVectorizer DictVectorizer FactorAnalysis FastICA
    FeatureHasher FeatureUnion FrozenEstimator FunctionTransformer GaussianRandomProjection
    GenericUnivariateSelect HashingVectorizer IncrementalPCA KBinsDiscretizer KMeans KNNImputer KernelPCA
    MaxAbsScaler MinMaxScaler MissingIndicator Normalizer Nystroem OneHotEncoder OrdinalEncoder PCA
    Pipeline PolynomialFeatures PowerTransformer QuantileTransformer RBFSampler RFE RFECV RobustScaler
    SelectFdr SelectFpr SelectFromModel SelectFwe SelectKBest SelectPercentile SequentialFeatureSelector
    SimpleImputer SparseRandomProjection SplineTransformer StandardScaler TargetEncoder TfidfTransformer
    TfidfVectorizer TruncatedSVD VarianceThreshold
    """.split()
)
# Their ``predict`` is by definition the class of the highest probability: one pass gives both.
PREDICT_IS_ARGMAX = frozenset(
    """
    BaggingClassifier DecisionTreeClassifier ExtraTreeClassifier ExtraTreesClassifier
    RandomForestClassifier
    """.split()
)
# Their ``predict`` is the class of the highest decision value, of which the probabilities are a monotone
# function: one pass gives both wherever no rounding can have made two of them equal.
PREDICT_IS_ARGMAX_OF_DECISION = frozenset(
    """
    BernoulliNB GaussianNB LinearDiscriminantAnalysis LogisticRegression LogisticRegressionCV MultinomialNB
    QuadraticDiscriminantAnalysis
    """.split()
)
_LISTED = CLASSIFIERS | REGRESSORS | PARTS
# Used while fitting only.
_FITTING_ONLY = ("cv", "scoring", "refit", "error_score", "eval_metric", "callbacks")
_KNOWN = frozenset({"sklearn", "numpy", "scipy", "pandas", "polars", "builtins"})
_IN_PLACE = frozenset({"copy", "copy_X", "copy_x"})
# Neighbours are found in a tree that counts its visitors, and the counts are in its pickle.
_NEIGHBORS = frozenset(
    "KNeighborsClassifier KNeighborsRegressor RadiusNeighborsClassifier RadiusNeighborsRegressor".split()
)
# Those of DummyClassifier that draw each label.
_DRAWING = frozenset({"stratified", "uniform"})


def objection(estimator: Any, parameters: Mapping[str, Any]) -> str:
    """Return why fitscribe does not let an estimator predict its training data; empty where it may.

    Args:
        estimator: a fitted estimator.
        parameters: what its ``get_params(deep=True)`` gives.
    """
    found = _objection_to_estimator(estimator)
    if found:
        return found
    for key, value in parameters.items():
        name = key.rpartition("__")[2]
        if name in _IN_PLACE and value is False:
            return f"{key}=False lets the fit overwrite its data"
        if name not in _FITTING_ONLY:
            found = _objection_to(value)
            if found:
                return f"{found} (parameter {key})"
    return ""


def _objection_to_estimator(estimator: Any) -> str:
    name = type(estimator).__name__
    if not is_own(estimator):
        # Of another framework, whose integration knows it.
        object_to = models.models_of(models.framework_of(estimator)).objection
        if object_to is not None:
            return object_to(estimator)
        return f"predict of {name} is not scikit-learn's own code"
    if is_search(estimator):
        return _objection_to_best(estimator)
    if name not in _LISTED:
        return f"predict of {name} is not known to be free of effects"
    if name == "DummyClassifier" and estimator.strategy in _DRAWING:
        return f"predict of {name}(strategy={estimator.strategy!r}) draws random numbers"
    if name in _NEIGHBORS and estimator.algorithm != "brute":
        return f"predict of {name}(algorithm={estimator.algorithm!r}) may count in its tree"
    # One that predict calls counts as well as predict itself.
    replaced = [
        method
        for method, value in vars(estimator).items()
        if callable(value) and _is_not(value, getattr(type(estimator), method, None))
    ]
    return f"{replaced[0]} of this {name} was replaced" if replaced else ""


def _objection_to_best(search: Any) -> str:
    """Why a search that is a step of what is evaluated is not let predict: its best candidate does."""
    best = vars(search).get("best_estimator_")
    if best is None:
        return f"{type(search).__name__} has refitted none of its candidates"
    return objection(best, best.get_params(deep=True) if is_own(best) else {})


def _is_not(value: Any, method: Any) -> bool:
    """Whether an attribute of an estimator hides a method of its class, and is not that method.

    Gradient boosting with histograms replaces `_raw_predict` while it scores an iteration, and sets the bound
    original back on itself (scikit-learn 1.4 to 1.9).
    """
    return callable(method) and getattr(value, "__func__", None) is not method


def _objection_to(value: Any) -> str:
    if is_estimator(value):
        return _objection_to_estimator(value)
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(_objection_to, value)), "") if len(value) <= 100 else ""
    if isinstance(value, dict):
        return next(filter(None, map(_objection_to, value.values())), "") if len(value) <= 100 else ""
    if not callable(value):
        return ""
    module = str(getattr(value, "__module__", None) or type(value).__module__)
    if module.partition(".")[0] in _KNOWN:
        return ""
    return f"predict may call {getattr(value, '__qualname__', type(value).__qualname__)}"
