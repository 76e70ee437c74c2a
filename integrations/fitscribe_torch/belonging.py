"""Which training an evaluation belongs to: that of the model, else the one that stepped last."""

from __future__ import annotations

import os
import sys
import threading
from types import FrameType

from fitscribe.tracking import context, continued
from fitscribe_torch import members
from fitscribe_torch.evaluation import PassEvaluation
from fitscribe_torch.training import Training
from fitscribe_torch.waiting import Evaluated, give, waiting_here, waiting_optimizers

_MOST_UNCLAIMED = 16

_begun_last: Training | None = None
# From before the first step of a training, which is to have them.
_unclaimed: list[Evaluated] = []


def begun(training: Training) -> None:
    """Take that a training has begun: evaluations from before its first step are of it."""
    global _begun_last
    _begun_last = training
    while _unclaimed:
        give(training, _unclaimed.pop(0))


def latest() -> Training | None:
    """The training that stepped last, if what happens here belongs to it, be it over already."""
    found = continued.latest_within(context.enclosing_run())
    if not isinstance(found, Training):
        found = _begun_last
    return found if found is not None and found.goes_on_here and not found.is_forgotten else None


def steps_here() -> int:
    """How many steps the training has made that an evaluation made here is of."""
    waiting = waiting_here()
    if waiting is not None:
        return len(waiting.steps)
    training = latest()
    return training.made if training is not None else 0


def training_in(frame: FrameType | None) -> Training | None:
    """The training of the model that is evaluated, where it is another one than the latest.

    Args:
        frame: of the code that evaluates.
    """
    found = members.trained_in(frame) if len(members.of_module) > 1 else []
    return found[0] if len(set(map(id, found))) == 1 else None


def evaluated(found: Evaluated) -> None:
    """Give an evaluation to the training that it is of; one from before its first step waits for that."""
    waiting = waiting_here() if waiting_optimizers else None
    training = latest()
    if found.of is not None and found.of is not training:
        give(found.of, found._replace(step=found.of.made))
        return
    if waiting is None and training is not None:
        give(training, found)
        return
    queue = _unclaimed if waiting is None else waiting.evaluations
    if len(queue) < _MOST_UNCLAIMED:
        queue.append(found)


def joined(role: str) -> PassEvaluation:
    """The evaluation that what a criterion gives here belongs to, without a pass over a loader.

    Args:
        role: of the data.
    """
    waiting = waiting_here() if waiting_optimizers else None
    training = latest()
    if waiting is None and training is not None:
        return training.joined(role)
    queue, step = (_unclaimed, 0) if waiting is None else (waiting.evaluations, len(waiting.steps))
    for each in queue:
        if (each.role, each.step, each.during) == (role, step, None):
            return each.evaluation
    found = PassEvaluation()
    if len(queue) < _MOST_UNCLAIMED:
        queue.append(Evaluated(found, role, step, None))
    return found


def latest_of_thread() -> Training | None:
    """The training that stepped last, if this thread is the one that it steps in."""
    found = latest()
    return found if found is not None and found.thread == threading.get_ident() else None


def _forget_in_child() -> None:
    global _begun_last
    _begun_last = None
    _unclaimed.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
