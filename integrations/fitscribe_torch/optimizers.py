"""Reading optimizers and learning-rate schedulers: what they were told, and what the script calls them."""

from __future__ import annotations

import inspect
import sys
import types
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, NamedTuple

from fitscribe.tracking.weakly import WeakTable
from fitscribe_torch.planned import loop_variables
from fitscribe_torch.variables import attributes, reachable

PREFIX = "optimizer"
SCHEDULER = "scheduler"
_DEPTH = 1
# How an optimizer works, not what it does to the model.
_INNER = frozenset({"foreach", "capturable", "differentiable", "fused"})
_PLAIN = (bool, int, float, str, type(None))
# Of a scheduler.
_NOT_SETTINGS = frozenset({"optimizer", "last_epoch", "verbose"})
_OTHER: Any = object()
"""What is no plain value."""

# What schedulers change, from the moment that they are made.
_SCHEDULED = frozenset({"lr", "momentum", "betas"})

_schedulers: WeakTable[list[weakref.ref[Any]]] = WeakTable()
# By the scheduler, and by the optimizer for each of its groups.
_told: WeakTable[dict[str, Any]] = WeakTable()
_told_first: WeakTable[list[dict[str, Any]]] = WeakTable()


class Described(NamedTuple):
    """What an optimizer was told.

    Attributes:
        kind: its class.
        values: its settings by name.
        changed: names of those that differ from their defaults.
        groups: how many groups of parameters it has.
        parameters: how many parameters it has, as numbers.
    """

    kind: str
    values: Mapping[str, Any] = {}
    changed: Collection[str] = ()
    groups: int = 1
    parameters: int = 0


def built(optimizer: Any) -> None:
    """Take what a new optimizer has been told of what schedulers are going to change."""
    _told_first.set(
        optimizer,
        [
            {name: _plain(group[name]) for name in _SCHEDULED if name in group}
            for group in optimizer.param_groups
        ],
    )


def described(optimizer: Any) -> Described:
    """Read an optimizer; it is not changed. Where it has a scheduler, its rates are those that it was told.

    Args:
        optimizer: a ``torch.optim.Optimizer``.
    """
    groups = [dict(group) for group in optimizer.param_groups]
    if schedulers_of(optimizer):
        for group, first in zip(groups, _told_first.get(optimizer) or (), strict=False):
            group.update(first)
    defaults = _defaults(type(optimizer))
    own = _parameters(type(optimizer))
    values: dict[str, Any] = {}
    for name in optimizer.defaults:
        if name in _INNER or (own and name not in own):
            continue  # Adam tells AdamW by a setting that it is not told
        each = [_plain(group.get(name)) for group in groups]
        values[name] = each[0] if all(value == each[0] for value in each) else each
    changed = {name for name, value in values.items() if name not in defaults or value != defaults[name]}
    count = sum(parameter.numel() for parameter in parameters_of(optimizer) if not _is_lazy(parameter))
    return Described(type(optimizer).__name__, values, changed, len(groups), count)


def _is_lazy(parameter: Any) -> bool:
    return isinstance(parameter, sys.modules["torch"].nn.parameter.UninitializedTensorMixin)


def _defaults(kind: type) -> dict[str, Any]:
    return {
        name: _plain(each.default)
        for name, each in _signature(kind).items()
        if each.default is not inspect.Parameter.empty
    }


def _parameters(kind: type) -> Collection[str]:
    """The names of what a class can be told; none where it takes any."""
    parameters = _signature(kind)
    takes_any = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values())
    return () if takes_any else parameters.keys()


def _signature(kind: type) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return {}


def _plain(value: Any) -> Any:
    torch = sys.modules["torch"]
    if isinstance(value, torch.Tensor):
        # A learning rate may be a tensor; one on a device is not waited for.
        return value.item() if value.numel() == 1 and value.device.type == "cpu" else "a tensor"
    if isinstance(value, (list, tuple)):
        return tuple(_plain(each) for each in value)
    return value


def parameters_of(optimizer: Any) -> Iterator[Any]:
    """The parameters of an optimizer."""
    for group in optimizer.param_groups:
        yield from group["params"]


def likeness(optimizer: Any) -> tuple[Any, ...]:
    """What two optimizers have in common that a script makes at one place, one after the other."""
    told = tuple((name, value) for name, value in optimizer.defaults.items() if isinstance(value, _PLAIN))
    return type(optimizer), told, sum(len(group["params"]) for group in optimizer.param_groups)


def rates(optimizer: Any) -> tuple[float | None, ...]:
    """The learning rate of each group of parameters; None where it has none, or it is on a device."""
    found = tuple([group.get("lr") for group in optimizer.param_groups])
    for each in found:
        if type(each) is not float:
            return tuple([_number(rate) for rate in found])
    return found


def _number(rate: Any) -> float | None:
    if isinstance(rate, (int, float)):
        return float(rate)
    torch = sys.modules["torch"]
    # One on a device would have to be waited for.
    return (
        float(rate.item()) if isinstance(rate, torch.Tensor) and rate.is_cpu and rate.numel() == 1 else None
    )


def name_in(frame: FrameType | None, optimizer: Any) -> str | None:
    """What the script calls an optimizer.

    Args:
        frame: of the code that steps it.
        optimizer: the optimizer.
    """
    of_loop, looped = None, loop_variables(frame)
    for variable in reachable(frame, depth=_DEPTH, passing=("torch",)):
        name = variable.name.rpartition(".")[2]
        if variable.value is optimizer and name != PREFIX:
            if name not in looped:
                return name
            of_loop = of_loop or name  # each in turn is called so: where it is from tells it apart
    return of_loop


def scheduled(scheduler: Any, optimizer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Take that a scheduler has been made for an optimizer.

    Args:
        scheduler: the scheduler.
        optimizer: the optimizer.
        args: what its class was told; where that tells another one of its bases, this is taken first.
        kwargs: what it was told by name.
    """
    _told.set(scheduler, _given(type(scheduler), args, kwargs))
    known = _schedulers.get(optimizer)
    if known is None:
        _schedulers.set(optimizer, known := [])
    if not any(each() is scheduler for each in known):
        known.append(weakref.ref(scheduler))


def schedulers_of(optimizer: Any) -> list[Any]:
    """The schedulers that have been made for an optimizer and still live, without those within others."""
    found = [each for known in _schedulers.get(optimizer) or () if (each := known()) is not None]
    inner = {id(each) for one in found for each in attributes(one).get("_schedulers") or ()}
    return [each for each in found if id(each) not in inner]


def _given(kind: type, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name, as plain values, as far as they are; functions by their names."""
    try:
        given = inspect.signature(kind).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return {}
    found = {name: _setting(value) for name, value in given.items() if name not in _NOT_SETTINGS}
    return {name: value for name, value in found.items() if value is not _OTHER}


def _setting(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        each = [_setting(item) for item in value]
        return _OTHER if _OTHER in each else type(value)(each) if type(value) in (list, tuple) else each
    if isinstance(value, types.FunctionType):
        return value.__name__
    return value if isinstance(value, _PLAIN) else _OTHER


def described_scheduler(scheduler: Any) -> tuple[str, Mapping[str, Any], Collection[str]]:
    """Read a scheduler; it is not changed.

    Args:
        scheduler: a ``torch.optim.lr_scheduler.LRScheduler``.

    Returns:
        Its class; what it was told, and what it has for the rest under the same names; and the names of what
        differs from its defaults.
    """
    kind, held = type(scheduler), attributes(scheduler)
    told = _told.get(scheduler) or {}
    values = {}
    for name in _signature(kind):
        value = told.get(name, _setting(held.get(name, _OTHER)))
        if value is not _OTHER and name not in _NOT_SETTINGS:
            values[name] = value
    inner = held.get("_schedulers")
    if isinstance(inner, (list, tuple)):
        values["schedulers"] = [type(each).__name__ for each in inner]
    defaults = _defaults(kind)
    changed = [name for name, value in values.items() if name not in defaults or value != defaults[name]]
    return kind.__name__, values, changed
