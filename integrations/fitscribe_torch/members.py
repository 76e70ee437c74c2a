"""The optimizers of a training: whose steps are counted together, and what their series are called."""

from __future__ import annotations

import itertools
import os
import re
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from fitscribe.engine.frames import root_of
from fitscribe.engine.variables import locals_of
from fitscribe.tracking.weakly import WeakTable
from fitscribe_torch import optimizers
from fitscribe_torch.optimizers import PREFIX
from fitscribe_torch.parts import own_parameters, submodules, unwrapped
from fitscribe_torch.roles import name_told_by_callers
from fitscribe_torch.variables import attributes

if TYPE_CHECKING:
    from types import FrameType

    from fitscribe_torch.losses import Value
    from fitscribe_torch.opening import Seen
    from fitscribe_torch.passes import Pass
    from fitscribe_torch.training import Training

Module: TypeAlias = "weakref.ref[Any]"

RATE = "lr"
_MOST_FRAMES = 24
_MOST_WITHOUT_A_STEP = 64
_ELEMENT = re.compile(r"\w+\[(['\"])(\w+)\1\]")


class Count:
    """Steps that are numbered together: those that change the same parameters."""

    __slots__ = ("made", "recorded")

    def __init__(self) -> None:
        self.made = 0
        self.recorded = 0


class Member:
    """An optimizer of a training, and those that come in its place.

    Args:
        training: the training.
        name: what its parameters are called.
        seen: what was seen of it; nothing where that is not to be recorded.
        after: the optimizer that it goes on with, as it shares a parameter with that one.
    """

    __slots__ = (
        "count",
        "likeness",
        "name",
        "names",
        "optimizer",
        "rate",
        "rates",
        "skipped",
        "training",
        "was_alone",
    )

    def __init__(
        self, training: Training, name: str, seen: Seen | None = None, after: Member | None = None
    ) -> None:
        self.training = training
        self.name = name
        self.optimizer: Callable[[], Any] = _nobody if seen is None else seen.optimizer
        self.likeness = () if seen is None else seen.likeness
        self.count: Count = Count() if after is None else after.count
        self.names: dict[str, str] = {} if after is None else after.names
        """Of the series of each loss."""
        self.rate = RATE if name == PREFIX else f"{RATE}/{name}"
        """What the series of its learning rate is called."""
        if after is not None and after.is_gone:
            self.rate = after.rate
        self.skipped = 0
        """How many steps mixed precision has not made, as gradients overflowed."""
        self.rates: Sequence[float | None] = ()
        self.was_alone = True
        """Whether it began with one group of parameters."""

    @property
    def is_gone(self) -> bool:
        """Whether the optimizer is not there any more."""
        return self.optimizer() is None

    def rate_of_group(self, number: int, groups: int) -> str:
        """What the series of the learning rate of a group is called; one that was alone keeps its name."""
        if not self.rates:
            self.was_alone = groups == 1
        return self.rate if number == 0 and self.was_alone else f"{self.rate}[{number}]"


def _nobody() -> None:
    """An optimizer that is not to be seen."""


class Made(NamedTuple):
    """A step that was made, as it is noted while the training waits for it.

    Attributes:
        time: when, in seconds since the epoch.
        values: what ``backward`` was called on since the step before.
        closure: whether the optimizer called it by itself.
        rates: its learning rates.
        during: the innermost pass over a loader that it was made in.
    """

    time: float
    values: Sequence[tuple[str, Value]]
    closure: bool
    rates: Sequence[float | None]
    during: Pass | None


latest: Member | None = None
"""The one that has stepped last, most of all the only one."""
of_optimizer: WeakTable[Member] = WeakTable()
of_parameter: WeakTable[Member] = WeakTable()
"""Of this process: a fork trains copies of them."""
of_module: WeakTable[Training] = WeakTable()
"""The training of each module that has been trained."""


# A number that grows with time, taken when the optimizer was built.
_built: WeakTable[int] = WeakTable()
_optimizers: list[weakref.ref[Any]] = []
without_a_seen_step: dict[int, str] = {}
"""Optimizers of classes of the script's own, by the number from when they were built: those classes."""
_serial = itertools.count(1)


def moment() -> int:
    """A number for now, greater than those for any time before."""
    return next(_serial)


def built(optimizer: Any) -> None:
    """Take that an optimizer has been built."""
    optimizers.built(optimizer)
    _built.set(optimizer, number := moment())
    kind = type(optimizer)
    if kind.__module__.partition(".")[0] != "torch" and len(without_a_seen_step) < _MOST_WITHOUT_A_STEP:
        without_a_seen_step[number] = kind.__name__
    _optimizers[:] = [*(each for each in tuple(_optimizers) if each() is not None), weakref.ref(optimizer)]


def was_built_before(optimizer: Any, then: int) -> bool:
    """Whether an optimizer was built before a :func:`moment`, as far as that was seen."""
    number = _built.get(optimizer)
    return number is not None and number < then


def without_a_step() -> list[Any]:
    """The optimizers that have been built and not stepped yet."""
    living = [found for each in tuple(_optimizers) if (found := each()) is not None]
    return [each for each in living if of_optimizer.get(each) is None]


def take(member: Member, optimizer: Any) -> None:
    """Let an optimizer, and the parameters that it has by now, be known as those of a member."""
    of_optimizer.set(optimizer, member)
    without_a_seen_step.pop(_built.get(optimizer) or 0, None)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            of_parameter.set(parameter, member)


def sharing(optimizer: Any) -> Member | None:
    """The member of a training that goes on here and has a parameter of an optimizer."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            found = of_parameter.get(parameter)
            if found is not None and found.training.goes_on_here:
                return found
    return None


def trained_in(frame: FrameType | None) -> list[Training]:
    """The trainings of the modules that are variables of the code around a call, the nearest that has any.

    Args:
        frame: of the code that evaluates a model, or of torch's own below it.
    """
    module_class = sys.modules["torch.nn"].Module
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        names = frame.f_globals if frame.f_code.co_name == "<module>" else locals_of(frame)
        values = [*names.values(), *attributes(names.get("self")).values()]
        found = [
            training
            for value in values
            if issubclass(type(value), module_class)
            and (training := of_module.get(unwrapped(value)[0])) is not None
        ]
        if found:
            return found
        frame = frame.f_back
    return []


def stranger_in(frame: FrameType | None) -> str:
    """The name of a model that is evaluated and was not trained, such as a moving average of one that was.

    Args:
        frame: of the code that evaluates, or of torch's own below it.

    Returns:
        What the script calls it; empty where the nearest code that has any model has a trained one.
    """
    module_class = sys.modules["torch.nn"].Module
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        if root_of(frame) != "torch":
            names = frame.f_globals if frame.f_code.co_name == "<module>" else locals_of(frame)
            variables = {**names, **attributes(names.get("self"))}
            modules = {
                name: value for name, value in variables.items() if issubclass(type(value), module_class)
            }
            if any(of_module.get(unwrapped(each)[0]) is not None for each in modules.values()):
                return ""
            models = {name: found for name, each in modules.items() if (found := _parameters(each))}
            if models:
                # Of a part of a model, or of one in another, some are known; or it is to be trained yet.
                waiting = {id(each) for optimizer in without_a_step() for each in _parameters_of(optimizer)}
                is_known = any(
                    id(each) in waiting or of_parameter.get(each) is not None
                    for found in models.values()
                    for each in found
                )
                return "" if is_known else name_told_by_callers(frame, next(iter(models)))
        frame = frame.f_back
    return ""


def _parameters_of(optimizer: Any) -> list[Any]:
    return [each for group in optimizer.param_groups for each in group["params"]]


def _parameters(module: Any) -> list[Any]:
    return [each for part in submodules(module) for each in own_parameters(part).values()]


def name_of(seen: Seen, taken: set[str]) -> str:
    """A name for the parameters of an optimizer: as the script calls it, ``g`` of ``optimizers["g"]``.

    Args:
        seen: what was seen of the optimizer.
        taken: names that the training has given already.
    """
    element = _ELEMENT.fullmatch(seen.name)
    name = plain = element[2] if element else seen.name
    while name in taken:
        name = f"{plain}_{len(taken) + 1}"
    return name


def told_apart(found: Mapping[str, Module], known: Mapping[str, Module]) -> dict[str, Module]:
    """Name modules that a script calls as it called others before, as in a loop over several of them.

    Args:
        found: modules of an optimizer, by what the script calls them.
        known: those that the training has already; of each that is gone another one may have the name.
    """
    named: dict[str, Module] = {}
    for plain, reference in found.items():
        taken, name = {**known, **named}, plain
        for number in itertools.count(2):
            module, other = reference(), taken[name]() if name in taken else None
            if module is None or other is None or unwrapped(module)[0] is unwrapped(other)[0]:
                break
            name = f"{plain}_{number}"
        named[name] = reference
    return named


def _forget_in_child() -> None:
    global latest, of_optimizer, of_parameter, of_module
    latest = None
    without_a_seen_step.clear()
    of_optimizer, of_parameter, of_module = WeakTable(), WeakTable(), WeakTable()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
