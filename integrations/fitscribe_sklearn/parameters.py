"""Parameters of an estimator: its own and those of the estimators in it, and which of them were chosen."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from fitscribe.capture import plain_value
from fitscribe.engine import guarded
from fitscribe.store.repeats import Walk
from fitscribe_sklearn.deep_params import deep_params
from fitscribe_sklearn.drawing import undrawn
from fitscribe_sklearn.plain import PLAIN

_MISSING: Any = object()
# Reading a signature takes as long as all the rest.
_known_defaults: WeakKeyDictionary[type, dict[str, Any]] = WeakKeyDictionary()
_ITEMS = 1000
_DEPTH = 6
_REPEATS = 10_000


class Parameters(NamedTuple):
    """What an estimator was set to.

    Attributes:
        raw: the values themselves, by scikit-learn's names: ``C``, ``svc__C``.
        values: their plain forms; of an estimator it is the name of its class.
        changed: names of those that differ from the default of the class they belong to.
        missing: why some are not there; empty where all are.
    """

    raw: dict[str, Any]
    values: dict[str, Any]
    changed: list[str]
    missing: str


def read_parameters(estimator: Any) -> Parameters:
    """Read an estimator's parameters, nested ones included, without changing it.

    Args:
        estimator: anything with ``get_params``, which may be code of the user's and may fail.
    """
    raw, missing = _get_params(estimator)
    values, changed = {}, []
    defaults: dict[str, dict[str, Any]] = {"": _defaults(type(estimator))}
    for key, value in raw.items():
        if type(value) in PLAIN:
            values[key] = value
        else:
            with guarded("sklearn parameters"):
                values[key] = shown(value)
        prefix, _, name = key.rpartition("__")
        if prefix not in defaults:
            defaults[prefix] = _defaults(type(raw.get(prefix)))
        default = defaults[prefix].get(name, _MISSING)
        if value is not default and not _is_same(value, default, _DEPTH):
            changed.append(key)
    lost = [key for key in raw if key not in values]
    if lost:
        missing = "; ".join(filter(None, [missing, f"fitscribe failed to describe {', '.join(lost)}"]))
    return Parameters(raw, values, changed, missing)


def is_estimator(obj: Any) -> bool:
    """Whether it can be fitted: asked of its class, so that no property of the user's runs."""
    cls = type(obj)
    return hasattr(cls, "fit") and hasattr(cls, "get_params") and not isinstance(obj, type)


def shown(value: Any, depth: int = _DEPTH, walk: Walk | None = None) -> Any:
    """Return the plain form of a parameter's value.

    Args:
        value: any object; estimators in lists, tuples and dicts become the names of their classes.
        depth: how many containers within each other are looked into.
        walk: through the value that this one is a part of.
    """
    if is_estimator(value):
        return type(value).__name__
    kind = type(value)
    walk = walk or Walk(_REPEATS)
    if not (depth and kind in (list, tuple, dict) and len(value) <= _ITEMS and walk.goes_on(value)):
        return plain_value(value, walk)
    walk.around.append(id(value))
    try:
        if kind is dict:
            return {
                key: item if type(item) in PLAIN else shown(item, depth - 1, walk)
                for key, item in value.items()
            }
        return kind([item if type(item) in PLAIN else shown(item, depth - 1, walk) for item in value])
    finally:
        walk.around.pop()


def _get_params(estimator: Any) -> tuple[dict[str, Any], str]:
    reasons = []
    for deep in (True, False):
        try:
            with undrawn(estimator):
                found = deep_params(estimator) if deep else estimator.get_params(deep=False)
        except Exception as error:
            # Code of the user's. Without the nested ones there may be fewer to fail.
            reasons.append(f"get_params(deep={deep}) raises {type(error).__name__}: {error}")
            continue
        if isinstance(found, Mapping) and set(map(type, found)) <= {str}:
            return dict(found), "; ".join(reasons)
        reasons.append(f"get_params(deep={deep}) gives no dict of names")
    return {}, "; ".join(reasons)


def _defaults(cls: type) -> dict[str, Any]:
    known = _known_defaults.get(cls)
    if known is None:
        # Others find it when it is complete: trainings in threads begin at the same moment.
        known = _known_defaults[cls] = _read_defaults(cls)
    return known


def _read_defaults(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for owner in cls.__mro__:
        try:
            parameters = inspect.signature(owner.__init__).parameters.values()  # type: ignore[misc]
        except (TypeError, ValueError):
            break
        for each in parameters:
            if each.default is not each.empty:
                found.setdefault(each.name, each.default)
        # XGBClassifier(**kwargs) takes those of the class that it is derived from.
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            break
    return found


def _is_same(value: Any, default: Any, depth: int) -> bool:
    """Whether a value is the default; anything that could only be told by code of the user's is not."""
    if value is default:
        return True
    if isinstance(value, bool) or isinstance(default, bool):
        return False  # True is no 1 here
    if isinstance(value, numbers.Number) and isinstance(default, numbers.Number):
        both: Any = (value, default)
        return bool(both[0] == both[1] or (both[0] != both[0] and both[1] != both[1]))
    if isinstance(value, str) and isinstance(default, str):
        return str.__eq__(value, default)
    if type(value) is not type(default) or not depth:
        return False
    if isinstance(value, (list, tuple)):
        return len(value) == len(default) and all(
            _is_same(mine, other, depth - 1) for mine, other in zip(value, default, strict=True)
        )
    if isinstance(value, dict):
        return list(value) == list(default) and all(
            _is_same(value[key], default[key], depth - 1) for key in value
        )
    return False
