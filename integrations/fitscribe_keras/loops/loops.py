"""Which steps make one run: a training loop is known by the optimizers that step in it.

The rules, in their order:

* What steps within another ``start_run()`` block than before is another training.
* An optimizer that trains a variable which a training trains goes on with it: a second stage.
* An optimizer that was built before the first step of the latest training belongs to it: those of a GAN.
* Any other one is a training of its own: the folds of a cross-validation.

Everything of the user's is known weakly.
"""

from __future__ import annotations

import os
import sys
import threading
from time import thread_time, time
from typing import TYPE_CHECKING, Any

from fitscribe.engine import moment
from fitscribe.tracking import context, continued
from fitscribe.tracking.cells import end_with_cell
from fitscribe.tracking.training import Opening
from fitscribe_keras import ranks
from fitscribe_keras.loops import functions, members
from fitscribe_keras.loops.eager import is_replica, is_stateless, is_tracing
from fitscribe_keras.loops.losses import count, pending, take
from fitscribe_keras.loops.members import Made, Member
from fitscribe_keras.loops.passes import innermost
from fitscribe_keras.loops.rates import rate_of_step
from fitscribe_keras.loops.training import LoopTraining
from fitscribe_keras.packages import root_of

if TYPE_CHECKING:
    from fitscribe.engine import Watched
    from fitscribe_keras.loops.functions import Traced

# As Made(...) does, without a call of its own.
_new = tuple.__new__
_lock = threading.RLock()


def stepped(call: Watched) -> None:
    """Take that an optimizer has been applied: a step, or the place of one in a graph that is written.

    Args:
        call: of the optimizer's own method, which is given the gradients.
    """
    if call.error is not None or is_stateless():
        return
    if is_tracing():
        functions.traced(call.instance, _variables(call))
    elif not is_replica():
        optimizer = call.instance
        member = members.of_optimizer.get(optimizer)
        if member is None or not member.training.goes_on_here:
            member = _found(optimizer, _variables(call))
        if pending.wanted:
            count(member.trained if member is not None else frozenset())
        values = take()
        if member is not None:
            _step(member, optimizer, values)


def _variables(call: Watched) -> list[Any]:
    """What is trained: the second argument in Keras 3, else that of each pair."""
    if len(call.args) > 1:
        return list(call.args[1])
    return [variable for _, variable in call.argument(0, "grads_and_vars")]


def called(call: Watched) -> None:
    """Take that a ``tf.function`` has been called: one that makes steps has made one.

    Args:
        call: of it.
    """
    found = functions.stepping(call)
    if found is None or call.error is not None:
        return
    values = functions.returned(call.result)
    returns_numbers = bool(values)
    for each in found.traced:
        optimizer = each.optimizer()
        if optimizer is None:
            continue
        member = members.of_optimizer.get(optimizer)
        if member is None or not member.training.goes_on_here:
            member = _found_in_graph(optimizer, each, call.instance)
        if member is None:
            continue
        steps = _steps_since(member, optimizer) if found.is_conditional else 1
        if steps:
            _step(member, optimizer, values, steps=steps, is_counted=True)
            values = []
        member.training.note_function(found.name, returns_numbers=returns_numbers)
    pending.values += values  # of the step that is made later


def _found_in_graph(optimizer: Any, traced: Traced, function: Any) -> Member | None:
    variables = [found for each in traced.variables if (found := each()) is not None]
    member = _found(optimizer, variables, function)
    if member is not None:
        member.counted = traced.steps
    return member


def _steps_since(member: Member, optimizer: Any) -> int:
    """How many steps an optimizer has made, by its own count, since that was asked last."""
    before, member.counted = member.counted, functions.steps_of(optimizer)
    return member.counted - before


def _step(
    member: Member,
    optimizer: Any,
    values: list[tuple[str, Any]],
    *,
    steps: int = 1,
    is_counted: bool = False,
) -> None:
    training = member.training
    during = innermost()
    if during is not None:
        training.goes_into(during)
    rate = rate_of_step(optimizer, is_counted=is_counted) if member.recorded == member.made else None
    member.made = number = member.made + steps
    training.stepped(member, _new(Made, (number, time(), values, rate, during)))


def _found(optimizer: Any, variables: list[Any], function: Any = None) -> Member | None:
    """Let an optimizer go on with a training, or open one.

    Args:
        optimizer: the optimizer.
        variables: what it trains.
        function: the ``tf.function`` that steps it, if there is one.

    Returns:
        None where another process records the training.
    """
    if not ranks.is_recorded_here():
        return None
    from fitscribe_keras.loops.opening import look, open_run

    with _lock:
        started = thread_time()
        training = _going_on(optimizer, variables)
        waiting = members.without_a_step() if training is None else []
        seen = look(optimizer, variables, waiting=waiting, frame=sys._getframe(1), function=function)
        if training is None:
            continued.end_those_gone()
            root = root_of(optimizer)
            opening = Opening(moment(root, "step", "tensorflow"), root)
            training = LoopTraining(open_run(opening, seen, innermost()), members.moment())
            training.leave_open()
            end_with_cell(_end_all)
        member = training.add(seen, variables)
        training.run.training_cpu_s += thread_time() - started
    return member


def _going_on(optimizer: Any, variables: list[Any]) -> LoopTraining | None:
    """The training that an optimizer goes on with: by variables that they share, or by when it was built."""
    shares = members.sharing(variables)
    if shares is not None:
        return shares.training
    latest = continued.latest_within(context.enclosing_run())
    if (
        isinstance(latest, LoopTraining)
        and latest.thread == threading.get_ident()
        and not latest.is_gone
        and members.was_built_before(optimizer, latest.began)
    ):
        return latest
    return None


def _end_all(status: str, error: BaseException | None) -> None:
    """End all loops that go on, as the cell of a notebook does when it is over."""
    continued.end_each(lambda each: isinstance(each, LoopTraining), status, error)


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
