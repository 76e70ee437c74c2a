"""Runs that are being written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fitscribe.reading import index
from fitscribe.reading.rows import found, runs_of

if TYPE_CHECKING:
    from sqlite3 import Connection

    from fitscribe.reading.run import Indexed, Run
    from fitscribe.store import Store


def running_among(store: Store, runs: Iterable[Run]) -> list[Run]:
    """Return the runs that are still running, be they among some runs or anywhere below them.

    Args:
        store: where they are.
        runs: what is looked at.
    """

    def find(connection: Connection) -> list[Indexed]:
        return found(connection, "WHERE r.status = 'running' ORDER BY r.started, r.id", [])

    named = {run.id: run for run in runs}
    # What is named is looked at itself: an index that cannot be brought up to date says what was.
    below = {
        run.id: run
        for run in runs_of(store, index.ask(store, find))
        if not named.keys().isdisjoint(_above(run))
    }
    return [run for run in {**named, **below}.values() if run.status == "running"]


def _above(run: Run) -> set[str]:
    """The ids of a run and of all that it lies in."""
    ids: set[str] = set()
    at: Run | None = run
    while at is not None and at.id not in ids:
        ids.add(at.id)
        at = at.parent
    return ids
