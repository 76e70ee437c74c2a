"""The series of a boosting, written round by round while it trains, or when its script evaluates it."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun


class Rounds:
    """The rounds of one boosting as a run records them: each is on disk before the next one begins.

    Args:
        run: the run; its options say which rounds are recorded and after which a checkpoint is kept.
        before: how many rounds the model had already when the training began.
    """

    def __init__(self, run: ActiveRun, before: int = 0) -> None:
        self._run = run
        self._before = before
        self._write = run._writer.points
        self._pace = run.pace
        self._keep_every = run.options.checkpoints
        self._last: Mapping[str, float] = {}
        self._is_last_written = True
        self.count = 0
        """How many rounds there have been in this training."""

    def record(self, values: Mapping[str, float]) -> None:
        """Record the next round.

        Args:
            values: the value of each series; to be left unchanged from here on.
        """
        number = self.count
        self.count = number + 1
        self._last = values
        self._is_last_written = number % self._pace.every == 0
        if self._is_last_written:
            self._points()

    @property
    def checkpoint(self) -> int | None:
        """After how many rounds of the model in all a checkpoint is due now; None where none is."""
        made = self._before + self.count
        return made if self._keep_every and made and made % self._keep_every == 0 else None

    def end(self) -> None:
        """Record the last round wherever it was passed over, and take its values for those of the run."""
        if not self._is_last_written:
            self._is_last_written = True
            self._points()
        if self._last:
            self._run.series_ended(self._last)

    def _points(self) -> None:
        step = self._before + self.count - 1
        started = perf_counter()
        try:
            self._write(self._last, step)
        except OSError:
            self._run.log_points(self._last, step)  # which says what is wrong
        self._pace.wrote(started, len(self._last), step)


class Evaluations:
    """The series of a training that is evaluated by its script, whenever that does it.

    Args:
        run: the run; its options say which evaluations are recorded of each series.
    """

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._counts: dict[str, int] = {}
        self._passed_over: dict[str, tuple[float, int]] = {}

    def record(self, values: Mapping[str, float], step: int) -> None:
        """Record one evaluation.

        Args:
            values: the value of each series.
            step: of all of them.
        """
        every = self._run.options.log_every
        due = {}
        for name, value in values.items():
            count = self._counts.get(name, 0)
            self._counts[name] = count + 1
            if count % every:
                self._passed_over[name] = value, step
            else:
                self._passed_over.pop(name, None)
                due[name] = value
        if due:
            self._run.log_points(due, step)
        self._run.series_ended(values)

    def end(self) -> None:
        """Record the last value of each series that was passed over."""
        for name, (value, step) in self._passed_over.items():
            self._run.log_points({name: value}, step)
        self._passed_over.clear()
