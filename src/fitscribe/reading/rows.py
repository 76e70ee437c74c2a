"""From rows of the index to runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fitscribe.reading.holder import Holder
from fitscribe.reading.run import Indexed, Run
from fitscribe.reading.runs import Runs
from fitscribe.store import Store, is_valid_id

if TYPE_CHECKING:
    from sqlite3 import Connection


def found(connection: Connection, tail: str, values: Iterable[Any]) -> list[Indexed]:
    """Return what the index keeps of runs.

    Args:
        connection: the index.
        tail: what follows ``FROM runs r``.
        values: for its question marks.
    """
    # Keys first: what is sorted stays small, however large the records are.
    keys = connection.execute(f"SELECT r.key, r.only_child FROM runs r {tail}", tuple(values)).fetchall()
    return [_indexed(connection, key, only) for key, only in keys]


def runs_of(store: Store, rows: Iterable[Indexed]) -> Runs:
    """Return the runs of rows; those that the same run holds share what is read of it."""
    holders: dict[str, Holder] = {}
    return Runs(Run.from_index(store, row, holders) for row in rows)


def _indexed(connection: Connection, key: int, only: int | None) -> Indexed:
    row = connection.execute(
        "SELECT id, stamp, holder, record FROM runs LEFT JOIN records ON run = key WHERE key = ?", (key,)
    ).fetchone()
    if row is None or not _is_sound(*row):
        import sqlite3

        raise sqlite3.DatabaseError("a damaged row")  # so that the index is made anew
    run_id, stamp, holder, text = row
    return Indexed(run_id, stamp, text, holder, None if only is None else _indexed(connection, only, None))


def _is_sound(run_id: Any, stamp: Any, holder: Any, text: Any) -> bool:
    ids = (run_id,) if holder is None else (run_id, holder)
    are_ids = all(isinstance(each, str) and is_valid_id(each) for each in ids)
    return are_ids and isinstance(stamp, int) and isinstance(text, str | None)
