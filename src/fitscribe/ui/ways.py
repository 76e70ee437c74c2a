"""Which way the metrics of some runs get better, as these runs and the one that they lie in have said."""

from __future__ import annotations

from collections.abc import Iterable

from fitscribe.reading import Run
from fitscribe.reading.directions import stated_in


def stated_by(runs: Iterable[Run], parents: Iterable[Run]) -> dict[str, str]:
    """Return what libraries have said, by series.

    Args:
        runs: the runs.
        parents: the run that they lie in, if it is known: what it says goes before what they say.
    """
    stated: dict[str, str] = {}
    for run in (*runs, *parents):
        stated |= stated_in(run.facts)
    return stated
