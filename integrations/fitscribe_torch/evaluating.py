"""Evaluations: what the criterion gives where no optimizer steps, in passes over a loader or without one."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.engine import guarded
from fitscribe.tracking import continued, metric
from fitscribe.tracking.exiting import at_exit
from fitscribe_torch import belonging, loops, passes
from fitscribe_torch.evaluation import PassEvaluation
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
    torch = sys.modules["torch"]
    during = passes.innermost() if passes.own.going_on else None
    is_one = not torch.is_grad_enabled() if during is None else not during.trains
    if passes.own.given is not None and not torch.compiler.is_compiling():
        note_given(args[0] if args else kwargs.get("input"))
    if not is_one or passes.own.in_criterion:
        return False
    passes.own.in_criterion = True
    return True


def criterion_gave(call: Watched) -> None:
    """Take what a criterion gave: it counts where no optimizer steps."""
    passes.own.in_criterion = False
    torch = sys.modules["torch"]
    if call.error is not None or type(call.result) is not torch.Tensor or torch.compiler.is_compiling():
        return
    during = passes.innermost()
    if during is not None:
        name = name_of_value(sys._getframe(1))
        _evaluation(during).add(call.name, call.args, call.kwargs, call.result, name)
    else:
        frame = sys._getframe(2)
        name = name_of_value(frame)
        told = role_of_loss(name)
        role = _role(told if told != EVALUATION else role_of_variables(frame) or told)
        belonging.joined(role).add(call.name, call.args, call.kwargs, call.result, name)


def _evaluation(during: Pass) -> PassEvaluation:
    """What is added up in a pass in which no optimizer has stepped yet."""
    if during.evaluation is None:
        during.evaluation = PassEvaluation()
        during.of = belonging.training_in(sys._getframe(2))
    during.step = belonging.steps_here()
    return during.evaluation


def metric_gave(name: str, arguments: Mapping[str, Any], result: Any) -> bool:
    """Take the number that a metric of the script's own gave for a batch in a pass of evaluation.

    Args:
        name: of the metric.
        arguments: what it was called with, by parameter; the first one tells how large the batch is.
        result: what it returned.

    Returns:
        Whether it is averaged over the pass: not where it is no number, or the sum over the batch.
    """
    torch = sys.modules["torch"]
    during = passes.innermost() if passes.own.going_on else None
    if during is None or during.trains or torch.is_grad_enabled():
        return False
    is_number = type(result) in (int, float) or (type(result) is torch.Tensor and result.numel() == 1)
    if not is_number or not arguments or arguments.get("reduction", "mean") != "mean":
        return False
    given = tuple(arguments.values())
    _evaluation(during).add(f"metric {name}", given, {}, result, name, compare=False)
    return True


metric.takers.append(metric_gave)


def passes_over(ended: Sequence[Pass]) -> None:
    """Take passes that are over: the evaluations, and the epochs of the training."""
    for each in ended:
        if each.trains:
            loops.epoch_is_over(each)
        elif each.evaluation is not None:
            evaluation, each.evaluation = each.evaluation, None
            _record(evaluation, each.role, each.step, each)
        elif each.batches and (training := belonging.latest()) is not None:
            training.note_unseen_pass(each.role)


def _record(evaluation: PassEvaluation, role: str, step: int, during: Pass | None = None) -> None:
    of = None if during is None else during.of
    belonging.evaluated(Evaluated(evaluation, _role(role), step, during, of))


def _role(told: str) -> str:
    # The series of the training's own steps are those of the role train.
    return {EVALUATION: VALID, TRAIN: "train_eval"}.get(told, told)


@continued.before_ending
def _take_those_left() -> None:
    passes_over(passes.left())


@at_exit
def end_all() -> None:
    """Take all passes to be over, as they are when the process ends."""
    with guarded("evaluation"):
        passes_over(passes.left(at_end=True))
