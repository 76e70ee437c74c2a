"""The modules that a script trains, found by the parameters that its optimizer has."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable
from itertools import count
from types import FrameType
from typing import TYPE_CHECKING, Any

from fitscribe_torch.module_tree import described
from fitscribe_torch.parts import children_of, own_parameters, submodules, unwrapped
from fitscribe_torch.planned import loop_variables
from fitscribe_torch.variables import Variable, attributes, held_by, reachable

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

__all__ = ["described", "modules_of"]

# How far into lists, dicts and objects they are looked for.
_DEPTH = 2
_MOST_FOUND = 16


def modules_of(optimizer: Optimizer, frame: FrameType | None) -> dict[str, nn.Module]:
    """Find the modules that own the parameters of an optimizer, in what the script's own code can name.

    Args:
        optimizer: the optimizer; it is only read.
        frame: the innermost frame of the call that is going on, such as of its ``step``.

    Returns:
        The fewest outermost modules that have all its parameters, as far as they are found, each by the name
        that the script has for it: a variable (``model``), an attribute (``net`` for ``self.net``), an
        element (``nets['gen']``). Wrappers around them are there; see :func:`unwrapped`. A module that
        cannot be called, such as a ``ModuleList``, is one only where all in it is the optimizer's; else
        those in it are. Parameters that belong to no module are not in it. What the variable of a loop holds
        is called after where that is from, ``nets[0]``, if the code around the loop can name it.
    """
    looped = loop_variables(frame)
    wanted = {id(each) for group in attributes(optimizer)["param_groups"] for each in group["params"]}
    candidates: dict[int, _Candidate] = {}
    module_class = sys.modules["torch.nn"].Module
    for variable in reachable(frame, _held, depth=_DEPTH, passing=("torch",)):
        if issubclass(type(variable.value), module_class):
            inside, around = unwrapped(variable.value)
            candidate = candidates.get(id(inside))
            if candidate is None:
                candidate = candidates[id(inside)] = _Candidate(inside, wanted, looped)
            candidate.found_as(variable, len(around))
    return _named(_covering(wanted, [each for each in candidates.values() if each.owned]))


def _held(value: Any) -> list[tuple[str, Any]]:
    """What is looked at of a value: of modules that can be called, what they hold beside their parts."""
    torch = sys.modules["torch"]
    if issubclass(type(value), torch.nn.Module):
        held = [(f".{name}", each) for name, each in attributes(value).items() if name[0] != "_"]
        return held if _is_called(value) else [*_parts(value), *held]
    leaves = (torch.Tensor, torch.optim.Optimizer, torch.utils.data.Dataset)
    return [] if issubclass(type(value), leaves) else held_by(value)


def _parts(module: nn.Module) -> list[tuple[str, Any]]:
    containers = sys.modules["torch.nn"]
    if issubclass(type(module), containers.ModuleList):
        return [(f"[{name}]", each) for name, each in children_of(module).items()]
    if issubclass(type(module), containers.ModuleDict):
        return [(f"[{name!r}]", each) for name, each in children_of(module).items()]
    return [(f".{name}", each) for name, each in children_of(module).items()]


def _is_called(module: nn.Module) -> bool:
    if "forward" in attributes(module):
        return True
    none = vars(sys.modules["torch.nn"].Module)["forward"]
    return next(vars(each)["forward"] for each in type(module).__mro__ if "forward" in vars(each)) is not none


class _Candidate:
    """A module that may have some of the parameters.

    Attributes:
        module: as it was found, in the most wrappers.
        within: the modules in it.
        owned: those of the parameters that it has.
        size: how many parameters it has at all.
    """

    def __init__(self, inside: nn.Module, wanted: set[int], looped: Container[str]) -> None:
        self.module = inside
        parts = list(submodules(inside))
        parameters = {id(each) for part in parts for each in own_parameters(part).values()}
        self.within = {id(each) for each in parts[1:]}
        self.owned = parameters & wanted
        self.size = len(parameters)
        self.is_called = _is_called(inside)
        self._inside = inside
        self._wrappers = 0
        self._looped = looped
        self._loop: int | None = None
        """The frame of a loop whose variable it is."""
        self._names: list[tuple[tuple[int, bool, int, int], str]] = []

    def found_as(self, variable: Variable, wrappers: int) -> None:
        """Take note of where it was found, and in how many wrappers."""
        if wrappers > self._wrappers:
            self.module, self._wrappers = variable.value, wrappers
        name, depth = variable.name, variable.depth
        if name == "self":
            name, depth = type(self._inside).__name__, 1
        # Outer frames have more telling names for it than the functions that it is passed to.
        rank = depth, name.startswith("_"), wrappers, -variable.frame
        if name in self._looped:
            self._loop = variable.frame
        self._names.append((rank, name.removeprefix("self.")))

    def name(self, taken: Container[str]) -> str:
        """The best name for it that is not taken."""
        ranked = sorted(self._names, key=lambda each: each[0])
        names = [name for _, name in ranked]
        if (loop := self._loop) is not None:
            names = [name for rank, name in ranked if -rank[3] >= loop and name not in self._looped] or names
        free = [name for name in names if name not in taken]
        if free:
            return free[0]
        return next(name for number in count(2) for name in [f"{names[0]}_{number}"] if name not in taken)

    def is_in(self, others: Iterable[_Candidate]) -> bool:
        return any(id(self._inside) in each.within for each in others)


def _covering(wanted: set[int], candidates: list[_Candidate]) -> list[_Candidate]:
    """The fewest outermost ones that have all the parameters, or as many of them as there are."""
    left = set(wanted)
    chosen: list[_Candidate] = []
    trained = [each for each in candidates if each.is_called or each.size == len(each.owned)]
    for pool in (trained, candidates):
        outermost = [each for each in pool if not each.is_in(pool)]
        while left and len(chosen) < _MOST_FOUND:
            best = max(outermost, key=lambda each: (len(each.owned & left), -each.size), default=None)
            if best is None or not best.owned & left:
                break
            chosen.append(best)
            left -= best.owned
    return [each for each in chosen if not each.is_in(chosen)]


def _named(candidates: list[_Candidate]) -> dict[str, nn.Module]:
    found: dict[str, nn.Module] = {}
    for each in candidates:
        found[each.name(found)] = each.module
    return found
