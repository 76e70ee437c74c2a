"""What a file of the script's own holds, by the types of what was saved."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from fitscribe.capture import type_name
from fitscribe_torch.parts import unwrapped
from fitscribe_torch.variables import attributes

_DEPTH = 2
_TENSORS = 4_000
_KEYS = 64
_ITEMS = 8
# States that hold no tensors as long as nothing has happened yet, by some of their keys.
_STATES = {
    "optimizer state": frozenset({"state", "param_groups"}),
    "scheduler state": frozenset({"last_epoch", "_step_count"}),
    "scaler state": frozenset({"scale", "growth_factor"}),
}


def contents(obj: Any) -> dict[str, Any] | None:
    """Say what an object is, if it is what a training is saved as.

    Args:
        obj: what was saved; it is only read, and none of its methods is called.

    Returns:
        `type`: ``module`` or ``optimizer`` (with their `class`), ``tensor``, ``state_dict`` (with how many
        `tensors` and `elements` of these), ``optimizer state``, ``scheduler state``, ``scaler state``, and
        of containers of such ``dict`` or ``object`` with their `keys` (each with its own contents, its value
        if it is a number, else its type) or ``list`` with its first `items`. None for what holds nothing of
        these.
    """
    return _contents(obj, _DEPTH)


def _contents(obj: Any, depth: int) -> dict[str, Any] | None:
    torch = sys.modules["torch"]
    cls = type(obj)
    if issubclass(cls, torch.nn.Module):
        return {"type": "module", "class": type_name(unwrapped(obj)[0])}
    if issubclass(cls, torch.optim.Optimizer):
        return {"type": "optimizer", "class": type_name(obj)}
    if issubclass(cls, torch.Tensor):
        return {"type": "tensor", "elements": _elements(obj)}
    if issubclass(cls, dict):
        return _of_items("dict", list(islice(dict.items(obj), _TENSORS)), depth)
    if issubclass(cls, (list, tuple)):
        base: Any = list if issubclass(cls, list) else tuple
        return _of_list(list(islice(base.__iter__(obj), _ITEMS)), base.__len__(obj), depth)
    if cls.__module__ != "builtins":
        found = _of_items("object", list(attributes(obj).items()), depth)
        return None if found is None else found | {"class": type_name(obj)}
    return None


def _of_items(kind: str, items: list[tuple[Any, Any]], depth: int) -> dict[str, Any] | None:
    names = {key for key, _ in items if type(key) is str}
    for state, keys in _STATES.items():
        if keys <= names:
            return {"type": state}
    tensor = sys.modules["torch"].Tensor
    tensors = [value for _, value in items if issubclass(type(value), tensor)]
    if kind == "dict" and len(tensors) > len(items) / 2:
        return {"type": "state_dict", "tensors": len(tensors), "elements": sum(map(_elements, tensors))}
    if depth == 0:
        return {"type": kind} if tensors else None
    held = [(key, value, _contents(value, depth - 1)) for key, value in items[:_KEYS]]
    if all(found is None for _, _, found in held):
        return None
    return {
        "type": kind,
        "keys": {str(key): found or _short(value) for key, value, found in held if type(key) in (str, int)},
    }


def _short(value: Any) -> Any:
    return value if type(value) in (int, float, bool) else type_name(value)


def _of_list(items: list[Any], length: int, depth: int) -> dict[str, Any] | None:
    held = [] if depth == 0 else [_contents(each, depth - 1) for each in items]
    if all(each is None for each in held):
        return None
    return {"type": "list", "length": length, "items": held}


def _elements(tensor: Any) -> int:
    # One of another class has its own idea of how many it has.
    torch = sys.modules["torch"]
    return int(tensor.numel()) if type(tensor) in (torch.Tensor, torch.nn.Parameter) else 0
