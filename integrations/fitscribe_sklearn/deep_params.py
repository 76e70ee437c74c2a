"""What ``get_params()`` of an estimator gives, those of the estimators in it included."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakKeyDictionary

from fitscribe_sklearn.kinds import is_own

_names: WeakKeyDictionary[type, list[str]] = WeakKeyDictionary()


def deep_params(estimator: Any) -> Any:
    """Return what ``get_params(deep=True)`` gives, in the same order.

    scikit-learn reads the signature of the constructor at each call, for each step of a pipeline anew. Of its
    own classes that is done once here; any other is asked.

    Args:
        estimator: anything with ``get_params``, which may be code of the user's and may fail.
    """
    found = _of_own(estimator)
    return estimator.get_params(deep=True) if found is None else found


def _of_own(estimator: Any) -> dict[str, Any] | None:
    """Return those of an estimator whose class is scikit-learn's, and reads them in one of two known ways."""
    if not is_own(estimator):
        return None
    method = getattr(type(estimator), "get_params", None)
    if method is _method("sklearn.base", "BaseEstimator"):
        return _of_constructor(estimator)
    if method is _method("sklearn.pipeline", "Pipeline"):
        return _of_steps(estimator)
    return None


def _method(module: str, cls: str) -> Any:
    # A sentinel of its own where there is none: it is no method of anything.
    return getattr(getattr(sys.modules.get(module), cls, None), "get_params", _method)


def _of_constructor(estimator: Any) -> dict[str, Any]:
    names = _names.get(type(estimator))
    if names is None:
        names = _names[type(estimator)] = estimator._get_param_names()
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(estimator, name)
        if hasattr(value, "get_params") and not isinstance(value, type):
            inner = _of_own(value)
            inner = value.get_params() if inner is None else inner
            found.update({f"{name}__{key}": each for key, each in inner.items()})
        found[name] = value
    return found


def _of_steps(pipeline: Any) -> dict[str, Any]:
    found = _of_constructor(pipeline)
    try:
        found.update(pipeline.steps)
    except (TypeError, ValueError):
        return found  # no list of pairs: its fit will say so
    for name, step in pipeline.steps:
        if hasattr(step, "get_params"):
            found.update({f"{name}__{key}": each for key, each in deep_params(step).items()})
    return found
