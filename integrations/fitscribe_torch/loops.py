"""Which steps make one run: a training loop is known by the optimizers that step in it.

The rules, in their order:

* What steps within another ``start_run()`` block than before, or in another thread, is another training.
* An optimizer that shares a parameter with a training goes on with it: second stages, unfrozen layers.
* One that is like another that is gone, of a training that goes on, comes in its place: in meta-learning.
* An optimizer that was built before the first step of the latest training belongs to it: those of a GAN.
* Any other one waits, for a second or 256 steps at most. If an optimizer of the latest training steps
  meanwhile, they are trained in turn and have one run. If none does, or they are gone, it is a training of
  its own: the folds of a cross-validation.

Everything of the user's is known weakly.
"""

from __future__ import annotations

import os
import sys
import threading
from time import thread_time, time
from typing import Any

from fitscribe.engine import moment
from fitscribe.tracking import continued
from fitscribe.tracking.cells import end_with_cell
from fitscribe.tracking.context import active, blocks, enclosing_run
from fitscribe.tracking.training import Opening
from fitscribe.tracking.weakly import WeakTable
from fitscribe_torch import belonging, members, passes, ranks
from fitscribe_torch.belonging import latest, latest_of_thread
from fitscribe_torch.gradients import NORM, gradient_norm
from fitscribe_torch.losses import of_these_gradients, pending, release, take
from fitscribe_torch.members import Made, Member
from fitscribe_torch.opening import Seen, look, open_run
from fitscribe_torch.optimizers import PREFIX, rates
from fitscribe_torch.outputs import take_given
from fitscribe_torch.passes import Pass, innermost
from fitscribe_torch.planned import Planned, planned_epochs
from fitscribe_torch.training import Training
from fitscribe_torch.waiting import Waiting, waiting_here, waiting_optimizers

# As Made(...) does, without a call of its own.
_new = tuple.__new__

# Of optimizers that have made no step yet.
_skipped: WeakTable[int] = WeakTable()
_lock = threading.RLock()


def built(optimizer: Any) -> None:
    """Take that an optimizer has been built; trainings whose own are gone are over by then."""
    members.built(optimizer)
    _end_those_gone()


def _end_those_gone() -> None:
    continued.end_each(lambda each: isinstance(each, Training) and each.is_gone)


def stepped(optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Take that an optimizer has made a step: all that the training waits for, in as few calls as can be.

    Args:
        optimizer: the optimizer.
        args: of its ``step``, which itself is the first one.
        kwargs: of its ``step``.
    """
    here = pending
    values, here.values = here.values, []  # as take() does, without a call of its own
    # It has called `backward` by itself then.
    closure = (len(args) > 1 and args[1] is not None) or (bool(kwargs) and kwargs.get("closure") is not None)
    if len(values) > 1 and not closure:
        values = of_these_gradients(optimizer, values)
    groups = optimizer.param_groups
    rate = groups[0].get("lr") if len(groups) == 1 else None
    its_rates = (rate,) if type(rate) is float else rates(optimizer)
    during = None
    if going_on := passes.own.going_on:
        during = going_on[-1]
        # As innermost() does, without a call of its own in a pass of training.
        if not during.trains or during.is_abandoned:
            during = innermost()
    made = _new(Made, (time(), values, closure, its_rates, during))
    member = members.latest
    if member is None or member.optimizer() is not optimizer:
        member = members.latest = members.of_optimizer.get(optimizer)
    outer = enclosing_run() if blocks or active.get() is not None else None
    if member is None or outer is not member.training.outer:
        with _lock:
            member = members.latest = _found(optimizer, made)
        if member is None:
            return
    training = member.training
    if waiting_optimizers:
        _adopt(training)
    if passes.wanting and passes.own.given:
        take_given(training)
    every = training.norm_every
    if every and (member.count.made + 1) % every == 0 and (norm := gradient_norm(optimizer)) is not None:
        made = made._replace(values=[*values, (NORM, norm)])
    training.stepped(member, made)


def scaler_stepped(optimizer: Any) -> None:
    """Take that mixed precision has stepped with an optimizer, or has not, as gradients overflowed.

    Args:
        optimizer: which one.
    """
    values = take()
    if not values:
        return
    # A step would have taken them.
    release(values)
    member = members.of_optimizer.get(optimizer)
    if member is not None:
        member.skipped += 1
    else:
        _skipped.set(optimizer, (_skipped.get(optimizer) or 0) + 1)


def _found(optimizer: Any, made: Made) -> Member | None:
    """Find what an optimizer is in a training, or open one; None where it waits, and its step with it."""
    waiting = next((each for each in waiting_optimizers if each.optimizer() is optimizer), None)
    if waiting is None:
        member = _joined(optimizer)
        if member is not None:
            return member
        if ranks.rank():
            return _attached(optimizer)
        before = latest_of_thread()
        if before is None or before.is_gone or before.run.ended:
            return _opened(optimizer)
        waiting = Waiting(optimizer, before)
        waiting_optimizers.append(waiting)
    waiting.step(made)
    if waiting.is_settled:
        _settle(waiting)
    return None


def _joined(optimizer: Any) -> Member | None:
    """Let an optimizer go on with a training, by parameters that they share or by when it was built."""
    here = latest()
    if here is not None:
        here.catch_up()
    member = here.member_of(optimizer) if here is not None else None
    if here is not None and member is not None:
        members.take(member, optimizer)
        return member
    shares = members.sharing(optimizer)
    found = latest_of_thread() if shares is None else shares.training
    if found is None:
        return None
    early, is_gone = members.was_built_before(optimizer, found.began), found.is_gone
    member = found.vacancy_for(optimizer) if shares is not None or not is_gone else None
    if shares is not None and not early and (is_gone or member is None):
        found.epochs.go_on(planned_epochs(sys._getframe()))
    if member is not None:
        members.take(member, optimizer)
        return member
    if shares is None and not early:
        return None
    started = thread_time()
    member = _added(optimizer, found, look(optimizer, alone=False), None if early else shares)
    found.run.training_cpu_s += thread_time() - started
    return member


def _added(optimizer: Any, training: Training, seen: Seen, after: Member | None = None) -> Member:
    """Let an optimizer, which may be gone by now, belong to a training."""
    member = training.add(seen, after)
    if optimizer is not None:
        members.take(member, optimizer)
        member.skipped += _skipped.get(optimizer) or 0
    return member


def _opened(optimizer: Any) -> Member:
    """Open a training of its own for an optimizer."""
    continued.end_those_gone()
    started = thread_time()
    opening = Opening(moment("torch", "step"), "torch")
    seen = look(optimizer, alone=members.without_a_step() == [optimizer])
    member = _begun(optimizer, opening, seen, members.moment(), planned_epochs(sys._getframe()))
    member.training.run.training_cpu_s += thread_time() - started
    return member


def _begun(optimizer: Any, opening: Opening, seen: Seen, began: int, planned: Planned | None) -> Member:
    training = Training(open_run(opening, seen), began, planned)
    training.leave_open()
    end_with_cell(_end_all)
    ranks.announce(training.run)
    member = _added(optimizer, training, seen)
    belonging.begun(training)
    passes.own.given = []
    passes.wanting.add(threading.get_ident())
    return member


def _attached(optimizer: Any) -> Member | None:
    """Let an optimizer of another rank than 0 belong to the run that rank 0 has opened."""
    training = ranks.attached()
    if training is None:
        return None
    training.leave_open()
    member = training.member()
    members.of_optimizer.set(optimizer, member)
    return member


def _settle(waiting: Waiting) -> None:
    """Let an optimizer that waits be a training of its own."""
    waiting_optimizers.remove(waiting)
    # Not those of all frameworks, which would settle the others that wait before this one.
    _end_those_gone()
    started = thread_time()
    seen = waiting.seen._replace(name=PREFIX)
    member = _begun(waiting.optimizer(), waiting.opening, seen, waiting.began, waiting.planned)
    member.training.run.training_cpu_s += thread_time() - started
    waiting.over_to(member)


def _adopt(training: Training) -> None:
    """Let the optimizers that waited for whether a training goes on belong to it: it does."""
    with _lock:
        for waiting in [each for each in waiting_optimizers if each.latest is training]:
            waiting_optimizers.remove(waiting)
            waiting.over_to(_added(waiting.optimizer(), training, waiting.seen))


def pass_begins(loader: Any) -> None:
    """Take that a pass over a loader begins."""
    training = latest()
    if training is not None:
        training.epochs.begins(loader)


def epoch_is_over(each: Pass) -> None:
    """Take that a pass in which an optimizer stepped is over: it has waited for long enough by then.

    Not so within a pass of another training, which may go on after it: one is trained within the other.
    """
    with _lock:
        waiting = waiting_here()
        is_within = any(around.trains for around in passes.own.going_on)
        if waiting is not None and not is_within and waiting.stepped_in(each):
            _settle(waiting)
    training = latest()
    if training is not None:
        training.epochs.passed(each)


@continued.before_ending
def _settle_all() -> None:
    with _lock:
        while waiting_optimizers:
            _settle(waiting_optimizers[0])


def _end_all(status: str, error: BaseException | None) -> None:
    """End all that goes on, as the cell of a notebook does when it is over."""
    continued.settle()
    continued.end_each(lambda each: isinstance(each, Training), status, error)


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
