"""Short, safe, plain forms of what people pass as parameters."""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import pathlib
import re
import sys
import types
from typing import Any

from fitscribe.store.repeats import Walk

# Containers of more items, deeper ones, longer texts of unknown objects are summarised.
ITEMS = 1000
DEPTH = 6
REPR = 500
ARRAY_VALUES = 32
# Items of containers that are in there more than once.
REPEATS = 10_000

_SCALARS = (str, bool, int, float, type(None), bytes, complex)
_KEPT = (
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    pathlib.PurePath,
)
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def plain_value(obj: Any, walk: Walk | None = None) -> Any:
    """Return a plain form of a parameter's value, the same in every process.

    Scalars, texts, dates and paths are returned as they are, containers of them as plain containers, arrays
    and frames as a summary (a dict), functions and classes as `module:qualname`; anything else as its `repr`
    without addresses, at most 500 characters of it. The object is not changed, iterated, or kept.

    Args:
        obj: any object.
        walk: through what it is a part of, if it is.
    """
    return _plain(obj, DEPTH, walk)


def type_name(obj: Any) -> str:
    """Return `module.qualname` of an object's type."""
    return _class_name(type(obj))


def without_address(text: str) -> str:
    """Return a `repr` without the addresses of objects, which say nothing outside their process."""
    return _ADDRESS.sub("", text)


def _class_name(cls: type) -> str:
    module = cls.__module__
    if module.startswith("pandas.core."):
        module = "pandas"  # as it says itself from version 3 on
    return cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"


def _plain(obj: Any, depth: int, walk: Walk | None) -> Any:
    cls = type(obj)
    if cls in _SCALARS or cls in _KEPT:
        return obj
    if cls in (list, tuple, set, frozenset, dict):
        return _plain_container(obj, depth, walk or Walk(REPEATS))
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(obj, numpy.generic):
            return obj if obj.dtype.kind in "biufcSUmM" else type_name(obj)
        if isinstance(obj, numpy.ndarray):
            return _plain_array(obj)
        if isinstance(obj, numpy.dtype):
            return str(obj)
    if isinstance(obj, enum.Enum):
        return f"{cls.__qualname__}.{obj.name}"
    if isinstance(obj, type):
        return f"{obj.__module__}:{obj.__qualname__}"
    if isinstance(obj, functools.partial):
        return _plain_partial(obj, depth, walk or Walk(REPEATS))
    function = _function_name(obj)
    if function is not None:
        return function
    if isinstance(obj, pathlib.PurePath):
        return obj
    if isinstance(obj, types.ModuleType):
        return obj.__name__
    if hasattr(cls, "shape") and hasattr(cls, "__len__"):
        # A frame, a sparse matrix, a tensor: their own repr is long and slow.
        return _summary(obj)
    return _repr(obj)


def _plain_container(obj: Any, depth: int, walk: Walk) -> Any:
    if len(obj) > ITEMS or depth == 0 or not walk.goes_on(obj):
        return {"type": type_name(obj), "length": len(obj)}
    walk.around.append(id(obj))
    plain = _plain_items(obj, depth, walk)
    walk.around.pop()
    return plain


def _plain_items(obj: Any, depth: int, walk: Walk) -> Any:
    if isinstance(obj, dict):
        return {
            key if type(key) in _SCALARS else str(_plain(key, 0, walk)): _plain(value, depth - 1, walk)
            for key, value in obj.items()
        }
    items = [_plain(item, depth - 1, walk) for item in obj]
    if isinstance(obj, (list, tuple)):
        return type(obj)(items)
    try:
        return type(obj)(items)
    except TypeError:  # a member of which the plain form does not hash
        return sorted(items, key=repr)


def _plain_array(array: Any) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "type": type_name(array),
        "shape": list(array.shape),
        "dtype": str(array.dtype),
    }
    if array.dtype.kind in "biufUSmM" and array.size <= ARRAY_VALUES:
        summary["values"] = array.tolist() if array.dtype.kind not in "mM" else array.astype(str).tolist()
    elif array.dtype.kind in "biuf" and 0 < array.size <= 1_000_000:
        summary["min"], summary["max"] = array.min().item(), array.max().item()
    return summary


def _plain_partial(obj: functools.partial[Any], depth: int, walk: Walk) -> Any:
    given = [repr(_plain(value, depth - 1, walk)) for value in obj.args] if depth else ["..."]
    if depth:
        given += [f"{name}={_plain(value, depth - 1, walk)!r}" for name, value in obj.keywords.items()]
    return f"functools.partial({', '.join([str(_plain(obj.func, max(depth - 1, 0), walk)), *given])})"[:REPR]


def _function_name(obj: Any) -> str | None:
    """Return `module:qualname` of a function or method, also of a wrapped one; None for anything else."""
    if isinstance(obj, types.MethodType):
        return f"{obj.__func__.__module__}:{obj.__func__.__qualname__}"
    if isinstance(obj, _FUNCTIONS):
        module = getattr(obj, "__module__", None) or "builtins"
        return f"{module}:{obj.__qualname__}"
    if type(obj).__name__ == "ufunc":
        return f"numpy:{obj.__name__}"
    return None


def _summary(obj: Any) -> Any:
    summary: dict[str, Any] = {"type": type_name(obj)}
    try:
        summary["shape"] = [int(size) for size in obj.shape]
        if hasattr(obj, "dtype"):
            summary["dtype"] = str(obj.dtype)
    except Exception as error:
        # Someone else's property, which may need what is not there: the type alone is said then.
        summary["not_read"] = type(error).__name__
    return summary


def _repr(obj: Any) -> str:
    cls = type(obj)
    own_repr: Any = cls.__repr__
    if own_repr is object.__repr__ or cls.__module__.partition(".")[0] == "numpy":
        # numpy.random.RandomState prints its algorithm and address.
        return type_name(obj)
    try:
        text = without_address(repr(obj))
    except Exception as error:
        return f"<{type_name(obj)}: its repr raises {type(error).__name__}>"
    return text if len(text) <= REPR else text[: REPR - 1] + "…"
