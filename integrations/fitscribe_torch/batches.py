"""The first batch that a training sees, as plain data: names, types and shapes of what is in it."""

from __future__ import annotations

import sys
from collections import Counter, UserDict
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from fitscribe.capture import type_name
from fitscribe_torch.variables import attributes

_FIELDS = 64
_DEPTH = 5
# Of longer lists only the first item is looked at: they have one for each sample.
_ITEMS = 8
_PLAIN = (str, bytes, bool, int, float)


class _Field(NamedTuple):
    name: str
    type: str
    shape: list[int] | None


def described(batch: Any, batch_size: int | None = None) -> dict[str, Any]:
    """Describe a batch.

    Args:
        batch: tensors, arrays and plain values, in dicts, lists, tuples and other objects; it is only read,
            and no data of it.
        batch_size: how many samples it has, where that is known; else it is the size that most tensors begin
            with.

    Returns:
        `container`, its type; `batch_size`, where there is one; and `fields`: of each value its `name`
        (``input_ids``, ``[0]``, ``[1].boxes``; ``[0-31]`` stands for the items of a list, of which the first
        is described), its `type` (``float32``, ``str``) and its `shape`, with None for the dimension of the
        samples. `cut` is there, and true, where not all of a batch is described.
    """
    # A tensor may be of a class that has its own idea of its shape.
    with sys.modules["torch"]._C.DisableTorchFunctionSubclass():
        fields = list(islice(_fields(batch, "", _DEPTH), _FIELDS + 1))
    if batch_size is None:
        sizes = Counter(each.shape[0] for each in fields if each.shape)
        batch_size = next((size for size, _ in sizes.most_common(1)), None)
    found: dict[str, Any] = {"container": type_name(batch)}
    if batch_size is not None:
        found["batch_size"] = batch_size
    found["fields"] = [_as_plain(each, batch_size) for each in fields[:_FIELDS]]
    if len(fields) > _FIELDS:
        found["cut"] = True
    return found


def field_of(tensor: Any) -> dict[str, Any] | None:
    """The type of a tensor and its shape, with None for its first dimension, that of the samples.

    Returns:
        None for what is no tensor.
    """
    if not issubclass(type(tensor), sys.modules["torch"].Tensor):
        return None
    with sys.modules["torch"]._C.DisableTorchFunctionSubclass():
        shape: list[int | None] = list(_shape_of(tensor) or ())
        return {"type": _type_of(tensor), "shape": [None, *shape[1:]] if shape else []}


def _as_plain(field: _Field, batch_size: int | None) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": field.name, "type": field.type}
    if field.shape is not None:
        shape: list[int | None] = list(field.shape)
        # Sequences may have the time before the samples.
        place = next((index for index, size in enumerate(shape[:2]) if size == batch_size), None)
        if place is not None:
            shape[place] = None
        plain["shape"] = shape
    return plain


def _fields(obj: Any, name: str, depth: int) -> Iterator[_Field]:
    cls = type(obj)
    shape = _shape_of(obj)
    if shape is not None or cls in _PLAIN or obj is None or depth == 0:
        yield _Field(name, _type_of(obj), shape)
    elif issubclass(cls, (dict, UserDict)):
        held = obj if issubclass(cls, dict) else attributes(obj).get("data")
        for key, value in list(dict.items(held)) if isinstance(held, dict) else []:
            yield from _fields(value, _joined(name, key), depth - 1)
    elif issubclass(cls, (list, tuple)):
        yield from _of_sequence(obj, name, depth)
    else:
        held = {each: value for each, value in attributes(obj).items() if each[0] != "_"}
        if not held:
            yield _Field(name, _type_of(obj), None)
        for key, value in held.items():
            yield from _fields(value, _joined(name, key), depth - 1)


def _of_sequence(obj: Any, name: str, depth: int) -> Iterator[_Field]:
    base: Any = list if issubclass(type(obj), list) else tuple
    length = base.__len__(obj)
    items = list(islice(base.__iter__(obj), _ITEMS))
    names = next((vars(each)["_fields"] for each in type(obj).__mro__ if "_fields" in vars(each)), None)
    kinds = {type(each) for each in items}
    if isinstance(names, tuple) and len(names) == length:
        for key, value in zip(names, base.__iter__(obj), strict=True):
            yield from _fields(value, _joined(name, key), depth - 1)
    elif len(kinds) == 1 and kinds < set(_PLAIN):
        yield _Field(name, kinds.pop().__name__, [length])
    elif length > _ITEMS:
        yield from _fields(items[0], f"{name}[0-{length - 1}]", depth - 1)
    else:
        for index, value in enumerate(items):
            yield from _fields(value, f"{name}[{index}]", depth - 1)


def _joined(name: str, key: Any) -> str:
    text = key if type(key) is str else str(key) if type(key) is int else f"<{type(key).__name__}>"
    return f"{name}.{text}" if name else text


def _shape_of(obj: Any) -> list[int] | None:
    numpy = sys.modules.get("numpy")
    if not issubclass(type(obj), sys.modules["torch"].Tensor) and (
        numpy is None or type(obj) is not numpy.ndarray
    ):
        return None
    try:
        return [int(size) for size in obj.shape]
    except RuntimeError:
        return []  # of a nested tensor, whose parts have shapes of their own


def _type_of(obj: Any) -> str:
    is_array = _shape_of(obj) is not None
    return str(obj.dtype).removeprefix("torch.") if is_array else type_name(obj)
