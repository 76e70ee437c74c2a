"""Evaluations: what the criterion gives where no optimizer steps, in passes over a loader or without one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from fitscribe.engine import guarded
from fitscribe.tracking import continued, metric
from fitscribe.tracking.exiting import at_exit
from fitscribe_torch import belonging, loops, members, passes
from fitscribe_torch.evaluation import PassEvaluation
from fitscribe_torch.evaluation_tensors import is_followed
from fitscribe_torch.names import name_of_value
from fitscribe_torch.outputs import note_given
from fitscribe_torch.roles import EVALUATION, TRAIN, VALID, role_of_loss, role_of_variables
from fitscribe_torch.waiting import Evaluated

if TYPE_CHECKING:
    from fitscribe.engine import Watched
    from fitscribe_torch.passes import Pass


def may_be_one(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call of a criterion may be one of an evaluation.

    Under a mode such as `torch.set_default_device`, torch's functions call themselves once more.
    """
    own = passes.own
    during = None
    if own.going_on:
        during = own.going_on[-1]
        # As innermost() does, without a call of its own in a pass of training.
        if not during.trains or during.is_abandoned:
            during = passes.innermost()
    is_one = not (_grad_enabled or _look_up())() if during is None else not during.trains
    if passes.wanting and own.given is not None and not is_followed(sys.modules["torch"]):
        note_given(args[0] if args else kwargs.get("input"))
    if not is_one or own.in_criterion:
        return False
    own.in_criterion = True
    return True


_grad_enabled: Callable[[], bool] | None = None
"""Torch's own: to look for it anew at each call of a criterion takes as long as all the rest."""


def _look_up() -> Callable[[], bool]:
    global _grad_enabled
    _grad_enabled = found = sys.modules["torch"].is_grad_enabled
    return found  # type: ignore[no-any-return] # it is one


def criterion_gave(call: Watched) -> None:
    """Take what a criterion gave: it counts where no optimizer steps."""
    passes.own.in_criterion = False
    torch = sys.modules["torch"]
    if call.error is not None or type(call.result) is not torch.Tensor or is_followed(torch):
        return
    during = passes.innermost()
    if during is not None:
        name = _name(call, sys._getframe(1))
        _evaluation(during).add(call.name, call.args, call.kwargs, call.result, name)
    else:
        frame = sys._getframe(2)
        name = _name(call, frame)
        told = role_of_loss(name)
        role = _role(told if told != EVALUATION else role_of_variables(frame) or told)
        belonging.joined(_of_stranger(role, _stranger(frame))).add(
            call.name, call.args, call.kwargs, call.result, name
        )


def _name(call: Watched, frame: FrameType) -> str:
    """What the script calls what a criterion gave: one value, whatever it makes of several is its own."""
    return name_of_value(frame) if call.result.numel() == 1 else str(call.name)


def _evaluation(during: Pass) -> PassEvaluation:
    """What is added up in a pass in which no optimizer has stepped yet."""
    if during.evaluation is None:
        during.evaluation = PassEvaluation()
        during.of = belonging.training_in(sys._getframe(2))
        during.stranger = _stranger(sys._getframe(2))
    during.step = belonging.steps_here()
    return during.evaluation


def metric_gave(name: str, arguments: Mapping[str, Any], result: Any) -> bool:
    """Take the number that a metric of the script's own gave for a batch in a pass of evaluation.

    Args:
        name: of the metric.
        arguments: what it was called with, by parameter; the first array among them has a row per sample.
        result: what it returned.

    Returns:
        Whether it is averaged over the pass: not where it is no number, a sum over the batch, or of no array.
    """
    during = passes.innermost() if passes.own.going_on else None
    if during is None or during.trains:
        return False
    torch = sys.modules["torch"]
    if torch.is_grad_enabled():
        return False
    is_number = type(result) in (int, float) or (type(result) is torch.Tensor and result.numel() == 1)
    if not is_number or arguments.get("reduction", "mean") != "mean" or is_followed(torch):
        return False
    given = [each for each in arguments.values() if getattr(type(each), "shape", None) and len(each.shape)]
    if given:
        _evaluation(during).add(f"metric {name}", tuple(given), {}, result, name, compare=False)
    return bool(given)


metric.takers.append(metric_gave)


def passes_over(ended: Sequence[Pass]) -> None:
    """Take passes that are over: the evaluations, and the epochs of the training."""
    for each in ended:
        if each.trains:
            loops.epoch_is_over(each)
        elif each.evaluation is not None:
            evaluation, each.evaluation = each.evaluation, None
            role = _of_stranger(_role(each.role, each), each.stranger)
            belonging.evaluated(Evaluated(evaluation, role, each.step, each, each.of))
        elif each.batches and (training := belonging.latest()) is not None:
            training.note_unseen_pass(each.role)


def _role(told: str, during: Pass | None = None) -> str:
    if told == EVALUATION:
        # Data that nothing is said of validates, unless there is other data that the script calls so.
        return VALID if during is None or not passes.has_another(VALID, during) else EVALUATION
    # The series of the training's own steps are those of the role train.
    return "train_eval" if told == TRAIN else told


def _stranger(frame: FrameType) -> str:
    return members.stranger_in(frame) if len(members.of_module) else ""


def _of_stranger(role: str, name: str) -> str:
    """The role of data on which another model was evaluated than was trained, which has series of its own."""
    return f"{role}_{name}" if name else role


@continued.before_ending
def _take_those_left() -> None:
    passes_over(passes.left())


@at_exit
def end_all() -> None:
    """Take all passes to be over, as they are when the process ends."""
    with guarded("evaluation"):
        passes_over(passes.left(at_end=True))
