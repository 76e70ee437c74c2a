"""What the index knows of how runs belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitscribe.reading import index
from fitscribe.reading.rows import found, runs_of
from fitscribe.store import Store

if TYPE_CHECKING:
    from sqlite3 import Connection

    from fitscribe.reading.run import Indexed, Run
    from fitscribe.reading.runs import Runs


_AGE_S = 1.0


def children_of(run: Run) -> Runs:
    """Return the runs that were made in a run, the first one first."""

    def find(connection: Connection) -> list[Indexed]:
        return found(connection, "WHERE r.parent = ? ORDER BY r.started, r.id", [run.id])

    return runs_of(run.store, index.ask(run.store, find))


def only_training_of(run: Run) -> Run | None:
    """Return the training whose values a group shows as its own, if there is just one."""

    def find(connection: Connection) -> list[Indexed]:
        only = "(SELECT only_child FROM runs WHERE id = ?)"
        return found(connection, f"WHERE r.key = {only}", [run.id])

    # Asked of each of many runs: where hundreds are being written, looking at them takes a second.
    age = _AGE_S if index.has_the_same_runs(run.store) else 0.0
    return next(iter(runs_of(run.store, index.ask(run.store, find, age=age))), None)


def holder_of(store: Store, run_id: str) -> str | None:
    """Return the id of the run in whose files a run is kept; None where there is no such run."""

    def find(connection: Connection) -> str | None:
        row = connection.execute("SELECT holder FROM runs WHERE id = ?", (run_id,)).fetchone()
        return None if row is None else row[0]

    return index.ask(store, find)


def ids_in(store: Store, prefix: str = "") -> list[str]:
    """Return the ids of all runs that begin with a text, in their order, those kept in others among them."""

    def find(connection: Connection) -> list[str]:
        # "~" comes after all that an id may hold.
        rows = connection.execute(
            "SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY id", (prefix, prefix + "~")
        )
        return [run_id for (run_id,) in rows]

    return index.ask(store, find)


def everyone_in(store: Store) -> Runs:
    """Return all runs of a store, those that groups show as their own among them, the first one first."""

    def find(connection: Connection) -> list[Indexed]:
        return found(connection, "ORDER BY r.started, r.id", [])

    return runs_of(store, index.ask(store, find))


def numbers_of_children(store: Store) -> dict[str, int]:
    """Return how many children each run has that has any; a group has those of the training that it shows."""

    def find(connection: Connection) -> dict[str, int]:
        counts: dict[str, int] = dict(
            connection.execute("SELECT parent, count(*) FROM runs WHERE parent IS NOT NULL GROUP BY parent")
        )
        groups = connection.execute(
            "SELECT r.id, only.id FROM runs r JOIN runs only ON only.key = r.only_child"
        )
        counts.update((group, counts.get(training, 0)) for group, training in groups.fetchall())
        return {run_id: count for run_id, count in counts.items() if count}

    return index.ask(store, find)
