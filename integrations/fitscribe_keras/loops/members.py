"""The optimizers of trainings, all known weakly: which one steps in which, and which variables it trains."""

from __future__ import annotations

import itertools
import os
import sys
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.tracking.weakly import WeakTable
from fitscribe_keras.loops.losses import numbers_of_variables

if TYPE_CHECKING:
    from fitscribe.engine import Watched
    from fitscribe_keras.loops.losses import Value
    from fitscribe_keras.loops.passes import Pass
    from fitscribe_keras.loops.training import LoopTraining

OPTIMIZER = "optimizer"
RATE = "learning_rate"


class Member:
    """An optimizer of a training.

    Args:
        training: the training.
        name: what its parameters are called.
        optimizer: the optimizer.
    """

    __slots__ = (
        "counted",
        "loss_names",
        "made",
        "name",
        "optimizer",
        "rate",
        "rate_name",
        "recorded",
        "trained",
        "training",
    )

    def __init__(self, training: LoopTraining, name: str, optimizer: Any) -> None:
        self.training = training
        self.name = name
        self.optimizer = weakref.ref(optimizer)
        self.made = self.recorded = 0
        """How many steps it has made, and how many of these are recorded."""
        self.counted = 0
        """How many it has made by its own count, where that was looked at."""
        self.rate: float | None = None
        """Its learning rate as it was recorded last."""
        self.rate_name = RATE if name == OPTIMIZER else f"{RATE}/{name}"
        self.loss_names: dict[str, str] = {}
        """Of the series of each loss."""
        self.trained: frozenset[int] = frozenset()
        """What it trains, by :func:`fitscribe_keras.loops.losses.numbers_of_variables`."""

    @property
    def is_gone(self) -> bool:
        """Whether the optimizer is not there any more."""
        return self.optimizer() is None


class Made(NamedTuple):
    """A step that was made, as it is noted while the training waits for it.

    Attributes:
        number: of the step, among those of its optimizer.
        time: when, in seconds since the epoch.
        values: what gradients were wanted of since the last step, or what the function that made it gave.
        rate: the learning rate, where it was looked at.
        during: the innermost pass over a dataset that it was made in.
    """

    number: int
    time: float
    values: Sequence[tuple[str, Value]]
    rate: float | None
    during: Pass | None


of_optimizer: WeakTable[Member] = WeakTable()
of_variable: WeakTable[Member] = WeakTable()

# A number that grows with time, taken when the optimizer was built.
_built: WeakTable[int] = WeakTable()
_optimizers: list[weakref.ref[Any]] = []
_serial = itertools.count(1)


def moment() -> int:
    """A number for now, greater than those for any time before."""
    return next(_serial)


def built(call: Watched) -> None:
    """Take that an optimizer has been built.

    Args:
        call: of its ``__init__``.
    """
    if call.error is None:
        _built.set(call.instance, moment())
        living = [each for each in tuple(_optimizers) if each() is not None]
        _optimizers[:] = [*living, weakref.ref(call.instance)]


def was_built_before(optimizer: Any, then: int) -> bool:
    """Whether an optimizer was built before a :func:`moment`, as far as that was seen."""
    number = _built.get(optimizer)
    return number is not None and number < then


def without_a_step() -> list[Any]:
    """The optimizers that have been built and not stepped yet."""
    living = [found for each in tuple(_optimizers) if (found := each()) is not None]
    return [each for each in living if of_optimizer.get(each) is None]


def take(member: Member, optimizer: Any, variables: Iterable[Any]) -> None:
    """Let an optimizer, and the variables that it trains, be known as those of a member."""
    of_optimizer.set(optimizer, member)
    member.trained |= numbers_of_variables(variables)
    for each in variables:
        of_variable.set(each, member)


def sharing(variables: Iterable[Any]) -> Member | None:
    """The member of a training that goes on here and trains one of some variables."""
    for each in variables:
        found = of_variable.get(each)
        if found is not None and found.training.goes_on_here:
            return found
    return None


def _forget_in_child() -> None:
    global of_optimizer, of_variable
    of_optimizer, of_variable = WeakTable(), WeakTable()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
