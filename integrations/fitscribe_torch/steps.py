"""The steps of a training as they are recorded: points of each loss, and of learning rates that changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from fitscribe_torch import members
from fitscribe_torch.compiling import unseen_steps
from fitscribe_torch.epochs import EPOCH
from fitscribe_torch.losses import sums, why_unread
from fitscribe_torch.rings import Slot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fitscribe_torch.epochs import Means
    from fitscribe_torch.members import Made, Member
    from fitscribe_torch.training import Training

Point: TypeAlias = "tuple[str, int, float, float]"
"""Name, step, time in seconds since the epoch, value."""


class Steps:
    """The series of the steps of one training.

    Args:
        training: the training.
    """

    def __init__(self, training: Training) -> None:
        self._training = training
        self._run = training.run
        self._pace = training.run.pace
        self._owners: dict[str, Member] = {}
        """By the series of a loss, the optimizer that it was first seen with."""
        self._micro_steps = 0
        self._unread = ""
        """Why a loss could not be read."""

    def record(self, noted: Sequence[tuple[Member, Made]]) -> None:
        """Record steps.

        Args:
            noted: in their order, the optimizer that made each, and what was noted of it.
        """
        training, pace, points = self._training, self._pace, list[Point]()
        epochs = training.epochs
        for member, made in noted:
            time, values, closure, rates, during = made
            count = member.count
            count.recorded = step = count.recorded + 1
            if step > training.calls:
                training.calls = step
            if during is not None and during is not epochs.innermost:
                self.write(points)
                points.clear()
                if epochs.enters(during):
                    points.append((EPOCH, step, time, float(epochs.count)))
            epochs.last_step = time
            micro_steps = 1
            if len(values) != 1:
                summed, micro_steps = sums(values, closure=closure)
                values = list(summed.items())
            for loss, value in values:
                name = member.names.get(loss) or self._series_of(member, loss)
                wanted = step % pace.every == 0
                if isinstance(value, Slot):
                    epochs.means.expected += 1
                    value.deliver(partial(self._arrived, epochs.means, name, step, time, wanted))
                    continue
                epochs.means.add(name, value)
                if wanted:
                    points.append((name, step, time, value))
                else:
                    pace.pass_over((name, step, time, value))
            if not values and not self._unread:
                self._unread = why_unread()
            if rates != member.rates:
                self._rates(member, made, points)
            if micro_steps > self._micro_steps:
                self._micro_steps = micro_steps
                self._run.log_facts({"backward_calls_per_step": micro_steps})
        self.write(points)

    def _series_of(self, member: Member, loss: str) -> str:
        """Name the series of a loss: optimizers that are counted apart have series of their own."""
        name = f"train/{loss}"
        if self._owners.setdefault(name, member).count is not member.count:
            name = f"train/{member.name}/{loss}"
        member.names[loss] = name
        return name

    def write(self, points: list[Point]) -> None:
        """Write points of steps."""
        self._run.log_timed(points)
        self._run.final.update({name: value for name, _, _, value in points})

    def _arrived(self, means: Means, name: str, step: int, time: float, wanted: bool, value: float) -> None:
        """Take a loss that was on a device when its step was made."""
        with self._training._lock:
            means.add(name, value)
            means.arrived()
            if wanted:
                self.write([(name, step, time, value)])
            else:
                self._pace.pass_over((name, step, time, value))

    def _rates(self, member: Member, made: Made, points: list[Point]) -> None:
        known = member.rates
        if len(made.rates) > len(known) > 0:
            self._grown(member, len(made.rates))
        for number, rate in enumerate(made.rates):
            if rate is not None and (number >= len(known) or rate != known[number]):
                name = member.rate_of_group(number, len(made.rates))
                points.append((name, member.count.recorded, made.time, rate))
        member.rates = made.rates

    def _grown(self, member: Member, groups: int) -> None:
        """Take that an optimizer has been given more parameters, as those of layers that were frozen."""
        optimizer = member.optimizer()
        if optimizer is not None:
            members.take(member, optimizer)
        self._run.log_params({f"{member.name}__groups": groups}, changed={f"{member.name}__groups"})

    def say_what_was_missed(self, skipped: int) -> None:
        """Say on the run why there is no loss of some steps, or of any, and which steps there are not.

        Args:
            skipped: how many mixed precision has not made.
        """
        if skipped:
            self._run.log_facts({"skipped_steps": skipped})
        if (unseen := unseen_steps()) is not None:
            self._run.note_unseen(*unseen)
        why = why_unread() or self._unread
        if why:
            self._run.note_unseen("a loss", why)
        elif not self._owners:
            self._run.note_unseen("the loss", "nothing called backward before the steps")
