"""The steps of a training as they are recorded: points of each loss, of learning rates, and of epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from fitscribe_keras.loops.losses import means, why_unread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fitscribe.tracking import ActiveRun
    from fitscribe_keras.loops.members import Made, Member
    from fitscribe_keras.loops.passes import Pass

Point: TypeAlias = "tuple[str, int, float, float]"
"""Name, step, time in seconds since the epoch, value."""

EPOCH = "epoch"
_OF_EPOCH = "[epoch]"
_TRAIN = ("train/", "train_")


class Steps:
    """The series of the steps of one training.

    Args:
        run: its run.
    """

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._pace = run.pace
        self._owners: dict[str, Member] = {}
        """By the series of a loss, the optimizer that it was first seen with."""
        self._sums: dict[str, tuple[float, int]] = {}
        """Of this epoch, by the series of a loss."""
        self._last: tuple[int, float] = 0, 0.0
        self._most = 1
        self.during: Pass | None = None
        """The pass that the last step was made in."""
        self.epochs = 0

    def record(self, noted: Sequence[tuple[Member, Made]]) -> None:
        """Record steps.

        Args:
            noted: of each the optimizer that made it, and what was noted.
        """
        points: list[Point] = []
        for member, made in noted:
            self._record(member, made, points)
        self._run.log_timed(points)
        self._run.final.update({name: value for name, _, _, value in points})

    def _record(self, member: Member, made: Made, points: list[Point]) -> None:
        step, when = made.number, made.time
        if made.during is not None and made.during is not self.during:
            self._end_epoch(points)
            points.append((EPOCH, step, when, float(self.epochs)))
            self.epochs += 1
            self.during = made.during
        self._last = step, when
        member.recorded = step
        values, most = means(made.values)
        for loss, value in values.items():
            name = member.loss_names.get(loss) or self._series_of(member, loss)
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = total + value, count + 1
            if step % self._pace.every == 0:
                points.append((name, step, when, value))
            else:
                self._pace.pass_over((name, step, when, value))
        if made.rate is not None and made.rate != member.rate:
            member.rate = made.rate
            points.append((member.rate_name, step, when, made.rate))
        if most > self._most:
            self._most = most
            self._run.log_facts({"gradients_per_step": most})

    def _series_of(self, member: Member, loss: str) -> str:
        """Name the series of a loss; optimizers that are counted apart have series of their own."""
        bare = next((loss[len(each) :] for each in _TRAIN if loss.startswith(each) and loss != each), loss)
        name = f"train/{bare}"
        if self._owners.setdefault(name, member) is not member:
            name = f"train/{member.name}/{bare}"
            self._owners.setdefault(name, member)
        member.loss_names[loss] = name
        return name

    def _end_epoch(self, points: list[Point]) -> None:
        """Record the means of the epoch that is over."""
        if self.epochs:
            step, when = self._last
            for name, (total, count) in self._sums.items():
                points.append((f"{name}{_OF_EPOCH}", step, when, total / count))
        self._sums.clear()

    def end(self) -> None:
        """Record the epoch that was going on."""
        points: list[Point] = []
        self._end_epoch(points)
        self._run.log_timed(points)
        self._run.final.update({name: value for name, _, _, value in points})
        if self.epochs:
            self._run.log_facts({"epochs": self.epochs})

    def say_what_was_missed(self) -> None:
        """Say on the run why there is no loss, where there is none."""
        if not self._owners:
            why = why_unread() or "nothing asked a tape of TensorFlow's for gradients before the steps"
            self._run.note_unseen("the loss", f"{why}: fitscribe.log_metric records it")
