"""How far a training came, in epochs and steps."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from fitscribe.cli.page.numbers import SYSTEM
from fitscribe.cli.text import number, plural
from fitscribe.reading.series_names import EPOCH

if TYPE_CHECKING:
    from fitscribe.reading import Run

COUNTS = {"epochs": "epoch", "steps": "step", "global_step": "step"}
"""The facts that count them, with the noun for each."""

PLANNED = "planned_epochs"
"""The fact that says how many epochs there were to be."""


def progress(run: Run) -> str:
    """How far a run came: what it has counted at its end, else where it was last; empty where unknown."""
    seen = run.snapshot()
    facts, summaries = seen.facts, seen.summaries
    counted = {noun: facts[name] for name, noun in COUNTS.items() if type(facts.get(name)) is int}
    if counted and (len(counted) > 1 or EPOCH in summaries):
        counts = [plural(count, noun) for noun, count in counted.items()]
        planned, epochs = facts.get(PLANNED), counted.get("epoch")
        if epochs is not None and isinstance(planned, int) and planned > epochs:
            counts[0] = f"{epochs:,} of {plural(planned, 'epoch')}"
        return ", ".join(counts)
    if EPOCH not in summaries:
        return ""
    step = max(each.last_step for name, each in summaries.items() if not name.startswith(SYSTEM))
    return f"epoch {_plain(summaries[EPOCH].last)}, step {step:,}"


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
        return f"epoch {_plain(self._epochs[place])}"


def _plain(epoch: float) -> str:
    return f"{int(epoch):,}" if epoch.is_integer() else number(epoch)
