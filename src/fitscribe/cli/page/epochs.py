"""The epochs of a run by its steps."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from fitscribe.reading.progress import epoch_text
from fitscribe.reading.series_names import EPOCH

if TYPE_CHECKING:
    from fitscribe.reading import Run


class Epochs:
    """The epochs of a run, by its steps.

    Args:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        points = []
        if EPOCH in run.snapshot().summaries:
            series = run.series(EPOCH)
            points = sorted(zip(map(int, series.steps), map(float, series.values), strict=True))
        self._steps = [step for step, _ in points]
        self._epochs = [epoch for _, epoch in points]

    def at(self, step: int) -> str:
        """Return the epoch of a step as text; empty where it is not known, or is the step itself."""
        place = bisect_right(self._steps, step) - 1
        if place < 0 or self._epochs[place] == step:
            return ""
        return f"epoch {epoch_text(self._epochs[place])}"
