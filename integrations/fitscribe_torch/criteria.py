"""The criteria of a script: which losses of torch its variables hold, and what they were told."""

from __future__ import annotations

import inspect
import sys
from types import FrameType
from typing import Any

from fitscribe_torch.variables import attributes, reachable

NAME = "criterion"
_DEPTH = 1
_MOST = 4
# Of class weights: more of them are no parameter to be read.
_MOST_WEIGHTS = 32
_PLAIN = (bool, int, float, str, type(None))


def criteria_in(frame: FrameType | None) -> dict[str, Any]:
    """Find the losses that the code around a call has for variables.

    Args:
        frame: of the code that trains.

    Returns:
        Each by the name of its variable, the nearest ones first.
    """
    found: dict[str, Any] = {}
    for variable in reachable(frame, depth=_DEPTH, passing=("torch",)):
        if type(variable.value).__module__ == "torch.nn.modules.loss" and all(
            each is not variable.value for each in found.values()
        ):
            found.setdefault(variable.name.rpartition(".")[2], variable.value)
            if len(found) == _MOST:
                break
    return found


def parameters_of(criteria: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What losses were told.

    Args:
        criteria: by the names of their variables.

    Returns:
        The parameters, ``criterion`` and ``criterion__label_smoothing`` of a single one, else by their own
        names; and the names of those that differ from the defaults.
    """
    values: dict[str, Any] = {}
    changed: set[str] = set()
    for variable, criterion in criteria.items():
        name = NAME if len(criteria) == 1 else variable
        values[name] = type(criterion).__name__
        changed.add(name)
        held = attributes(criterion)
        buffers = held.get("_buffers") or {}
        for argument, parameter in inspect.signature(type(criterion)).parameters.items():
            if argument in ("size_average", "reduce"):
                continue
            value = _plain(held[argument] if argument in held else buffers.get(argument))
            values[f"{name}__{argument}"] = value
            if value != parameter.default:
                changed.add(f"{name}__{argument}")
    return values, changed


def _plain(value: Any) -> Any:
    torch = sys.modules["torch"]
    if isinstance(value, torch.Tensor):
        if value.is_cpu and value.numel() <= _MOST_WEIGHTS:
            return value.tolist()
        return f"a tensor of {value.numel()} numbers"
    return value if isinstance(value, _PLAIN) else type(value).__name__
