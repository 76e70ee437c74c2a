"""What of a run is compared with what of another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fitscribe.testing.snapshots import difference

if TYPE_CHECKING:
    from fitscribe.store import RunRecord

# How a run says that a part was left out for the time that it would have taken.
_OVER_BUDGET = re.compile(r"\bwould take about [\d.,]+ m?s\b")

# What the names of seconds end with, and of what comes of them: no two calls take as long.
_TIMED = ("_s", "_share")


def names(runs: list[RunRecord]) -> str:
    """Name runs in a message."""
    return ", ".join(f"{run.header.get('name')} ({run.status})" for run in runs) or "none"


def picture(run: RunRecord) -> dict[str, Any]:
    """Return what two runs of the same training must have in common."""
    parts = {
        "name": run.header.get("name"),
        "point": run.header.get("point"),
        "params": run.params,
        "changed": run.changed,
        # Of the framework's making: what the system's sampler saw is another matter.
        "metrics": {
            name: summary.last
            for name, summary in sorted(run.last.items())
            if "/" in name and not name.endswith(_TIMED)
        },
        "facts": {name: value for name, value in run.facts.items() if not name.endswith(_TIMED)},
        "datasets": run.datasets,
        "signature": run.signature,
        "models": [model.get("type") for model in run.models.values()],
    }
    if any(_OVER_BUDGET.search(str(note.get("why"))) for note in run.unseen):
        # On a busy machine an evaluation may cost more than it is allowed to, and is left out.
        del parts["metrics"]
    if any(note.get("what") == "model" for note in run.unseen):
        # The same trainings side by side are a sweep, which keeps its best and its newest model.
        del parts["models"]
    return parts


def unlike(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> str:
    """Say in what the pictures of runs differ first, or return the empty string."""
    if len(expected) != len(found):
        return f"{len(found)} runs instead of {len(expected)}"
    for number, (old, new) in enumerate(zip(expected, found, strict=True)):
        shared = [part for part in old if part in new]
        was, now = ({part: each[part] for part in shared} for each in (old, new))
        where = difference(was, now, f"run {number}")
        if where:
            return where
    return ""


def shape(run: RunRecord) -> dict[str, Any]:
    """Return what runs of the same training have in common wherever the random generators stood."""
    parts = ("name", "point", "params", "changed", "datasets", "signature", "models")
    whole = picture(run)
    return {**{part: whole[part] for part in parts if part in whole}, "facts": list(whole["facts"])}
