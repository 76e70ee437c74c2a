"""What kind of estimator it is, in every supported version of scikit-learn."""

from __future__ import annotations

import enum
from typing import Any

from fitscribe.tracking.weakly import WeakTable


class Kind(enum.Enum):
    """What an estimator is for."""

    CLASSIFIER = "classifier"
    REGRESSOR = "regressor"
    CLUSTERER = "clusterer"
    OUTLIER_DETECTOR = "outlier_detector"
    DENSITY_ESTIMATOR = "density_estimator"
    TRANSFORMER = "transformer"
    """It transforms new data and predicts nothing: a step of preparation, worth no run of its own."""
    FROZEN = "frozen"
    """Its fit does nothing."""
    OTHER = "estimator"


_MIXINS = {
    "ClassifierMixin": Kind.CLASSIFIER,
    "RegressorMixin": Kind.REGRESSOR,
    "ClusterMixin": Kind.CLUSTERER,
    "OutlierMixin": Kind.OUTLIER_DETECTOR,
    "DensityMixin": Kind.DENSITY_ESTIMATOR,
    "FrozenEstimator": Kind.FROZEN,
}
# A fit asks dozens of times.
_names_of: WeakTable[frozenset[str]] = WeakTable()
_DECLARED = {kind.value: kind for kind in Kind} | {"DensityEstimator": Kind.DENSITY_ESTIMATOR}  # until 1.5


def kind_of(estimator: Any) -> Kind:
    """Return the kind of an estimator; of a pipeline or a search it is that of what it trains.

    Args:
        estimator: an instance of a subclass of ``BaseEstimator``, fitted or not.
    """
    known = _kind_of_class(type(estimator)) or _kind_of_last_step(estimator)
    if known is not None:
        return known
    declared = _declared_type(estimator)
    if declared in _DECLARED:
        return _DECLARED[declared]
    if is_search(estimator):
        return Kind.OTHER
    # Asked of the instance: a pipeline has what its last step has.
    if _has(estimator, "transform") and not _has(estimator, "predict"):
        return Kind.TRANSFORMER
    return Kind.OTHER


def is_search(estimator: Any) -> bool:
    """Whether it is a search over parameters, scikit-learn's own or one that derives from it."""
    return descends_from(estimator, "BaseSearchCV")


def is_pipeline(estimator: Any) -> bool:
    """Whether it is a scikit-learn pipeline, or derives from it."""
    return descends_from(estimator, "Pipeline")


def descends_from(estimator: Any, name: str) -> bool:
    """Whether its class is the one of scikit-learn's with that name, or derives from it."""
    cls = type(estimator)
    names = _names_of.get(cls)
    if names is None:
        names = frozenset(each.__name__ for each in cls.__mro__ if _is_sklearns(each))
        _names_of.set(cls, names)
    return name in names


def is_own(obj: Any) -> bool:
    """Whether the object's very class is scikit-learn's, and not one that derives from it."""
    return type(obj).__module__.partition(".")[0] == "sklearn"  # without a call: asked of each step


def _kind_of_class(cls: type) -> Kind | None:
    """Return the kind that all instances of a class have; None where it depends on the instance."""
    for ancestor in cls.__mro__:
        kind = _MIXINS.get(ancestor.__name__)
        if kind is not None and _is_sklearns(ancestor):
            return kind
    if _is_sklearns(cls) and hasattr(cls, "transform") and not hasattr(cls, "predict"):
        return Kind.TRANSFORMER
    return None


def _kind_of_last_step(estimator: Any) -> Kind | None:
    """Return what a pipeline declares, where that can be told without the tags of each of its steps."""
    steps = vars(estimator).get("steps") if is_own(estimator) and is_pipeline(estimator) else None
    if type(steps) is not list or not steps or type(steps[-1]) is not tuple or len(steps[-1]) != 2:
        return None
    last = steps[-1][1]
    known = _kind_of_class(type(last)) if is_own(last) else None
    return known if known is not Kind.FROZEN else None


def _is_sklearns(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "sklearn"


def _declared_type(estimator: Any) -> Any:
    try:
        if hasattr(type(estimator), "__sklearn_tags__"):  # from 1.6 on
            return estimator.__sklearn_tags__().estimator_type
        return getattr(estimator, "_estimator_type", None)
    except Exception:
        # Tags are code of the user's: where they do not work, what the object can do decides.
        return None


def _has(estimator: Any, name: str) -> bool:
    try:
        return hasattr(estimator, name)
    except Exception:
        # A property of the user's that fails otherwise than by AttributeError.
        return False
