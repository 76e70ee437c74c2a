"""Optimizers that wait for whether their steps are of the latest training, and evaluations made meanwhile."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine import moment
from fitscribe.tracking.training import Opening
from fitscribe_torch import members
from fitscribe_torch.opening import look
from fitscribe_torch.planned import planned_epochs

if TYPE_CHECKING:
    from fitscribe_torch.evaluation import PassEvaluation
    from fitscribe_torch.members import Made, Member
    from fitscribe_torch.passes import Pass
    from fitscribe_torch.training import Training

_WAITS_S = 1.0
WAITS_STEPS = 256


class Evaluated(NamedTuple):
    """An evaluation that was made, of which it is not known yet to which training it belongs.

    Attributes:
        evaluation: what the criterion gave.
        role: of the data.
        step: how far the training had come.
        during: the pass over a loader that it was made in.
        of: the training of the model that was evaluated, where the code around shows which one that is.
    """

    evaluation: PassEvaluation
    role: str
    step: int
    during: Pass | None
    of: Training | None = None


class Waiting:
    """An optimizer of which is not known yet whether its steps belong to the latest training."""

    def __init__(self, optimizer: Any, latest: Training) -> None:
        self.optimizer = weakref.ref(optimizer)
        self.latest = latest
        self.since = monotonic()
        self.began = members.moment()
        self.opening = Opening(moment("torch", "step"), "torch")
        self.seen = look(optimizer, alone=False)
        self.planned = planned_epochs(sys._getframe())
        self.steps: list[Made] = []
        self.evaluations: list[Evaluated] = []
        self.thread = threading.get_ident()

    def step(self, made: Made) -> None:
        """Take a step of the optimizer."""
        self.steps.append(made)
        for each in made.during.around if made.during is not None else ():
            each.trains, each.evaluation = True, None

    def stepped_in(self, each: Pass) -> bool:
        """Whether it has made a step during a pass over a loader."""
        return any(made.during is each for made in self.steps)

    def over_to(self, member: Member) -> None:
        """Give all that has been made meanwhile to what the optimizer has turned out to be."""
        for made in self.steps:
            member.training.stepped(member, made)
        for each in self.evaluations:
            give(member.training, each)

    @property
    def is_settled(self) -> bool:
        """Whether the latest training does not go on."""
        return (
            len(self.steps) >= WAITS_STEPS
            or monotonic() - self.since >= _WAITS_S
            or self.latest.is_gone
            or self.latest.run.ended
        )


waiting_optimizers: list[Waiting] = []


def waiting_here() -> Waiting | None:
    """The optimizer that stepped last in this thread, if it waits: else the latest training has had it."""
    here = threading.get_ident()
    return next((each for each in reversed(waiting_optimizers) if each.thread == here), None)


def give(training: Training, found: Evaluated) -> None:
    """Record an evaluation of a training.

    Args:
        training: the training.
        found: the evaluation.
    """
    if found.during is not None:
        training.log_loader(found.during)
    training.evaluated(found.evaluation, found.role, found.step)


def _forget_in_child() -> None:
    waiting_optimizers.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
