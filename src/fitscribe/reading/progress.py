"""How far a training came, in epochs and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitscribe.reading.series_names import EPOCH, SYSTEM
from fitscribe.reading.stored_numbers import whole
from fitscribe.reading.text import number, plural

if TYPE_CHECKING:
    from fitscribe.reading.snapshot import Snapshot

COUNTS = {"epochs": "epoch", "steps": "step", "global_step": "step"}
"""The facts that count them, with the noun for each."""

PLANNED = "planned_epochs"
"""The fact that says how many epochs there were to be."""


def progress(seen: Snapshot) -> str:
    """How far a run came: what it has counted at its end, else where it was last; empty where unknown."""
    facts, summaries = seen.facts, seen.summaries
    counted = {noun: count for name, noun in COUNTS.items() if (count := whole(facts.get(name))) is not None}
    if counted and (len(counted) > 1 or EPOCH in summaries):
        counts = [plural(count, noun) for noun, count in counted.items()]
        planned, epochs = whole(facts.get(PLANNED)), counted.get("epoch")
        if epochs is not None and planned is not None and planned > epochs:
            counts[0] = f"{epochs:,} of {plural(planned, 'epoch')}"
        return ", ".join(counts)
    if EPOCH not in summaries:
        return ""
    step = max(each.last_step for name, each in summaries.items() if not name.startswith(SYSTEM))
    return f"epoch {epoch_text(summaries[EPOCH].last)}, step {step:,}"


def epoch_text(epoch: float) -> str:
    """A number of epochs: whole ones without decimals."""
    return f"{int(epoch):,}" if epoch.is_integer() else number(epoch)
