"""The tables of the index, and the rows that a look at a run becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fitscribe.reading.look import Look
from fitscribe.reading.records import pack
from fitscribe.store.plain import plain

if TYPE_CHECKING:
    from sqlite3 import Connection

FORMAT = 1
"""Version of the tables; an index of any other one is made anew."""

# Filters compare the beginning of a text; the run itself shows all of it.
LONGEST_TEXT = 10_000

_TABLES = f"""
CREATE TABLE IF NOT EXISTS runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    stamp INTEGER NOT NULL,     -- of the folder; 0: must be looked at again
    looked_at REAL NOT NULL,
    name TEXT, experiment TEXT, status TEXT NOT NULL, started REAL,
    stopped REAL,               -- NULL while it runs
    framework TEXT, parent TEXT, notes TEXT, role TEXT,
    only_child INTEGER          -- key of the one training in a group, whose values the group shows
);
CREATE INDEX IF NOT EXISTS runs_by_parent ON runs (parent);
CREATE TABLE IF NOT EXISTS params (
    run INTEGER, name TEXT, number REAL, text TEXT, PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
    run INTEGER, name TEXT, number REAL, text TEXT, PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metrics (
    run INTEGER, name TEXT, last REAL, min REAL, max REAL, PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (run INTEGER PRIMARY KEY, record TEXT);
PRAGMA user_version = {FORMAT};
"""

_COLUMNS = "stamp looked_at name experiment status started stopped framework parent notes role".split()
_INSERT = f"INSERT INTO runs (id, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})"
_UPDATE = f"UPDATE runs SET {', '.join(f'{column} = ?' for column in _COLUMNS)} WHERE id = ?"
_FOLD = """
UPDATE runs SET only_child = (
    SELECT CASE WHEN count(*) = 1 AND min(child.role) = 'training' THEN min(child.key) END
    FROM runs child WHERE child.parent = runs.id
) WHERE id = ? AND role = 'group'
"""
_VALUES = ("params", "tags", "metrics")


def create_tables(connection: Connection) -> None:
    """Create the tables in an empty database, unless another process has just done so."""
    connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")


def write_looks(connection: Connection, looks: dict[str, Look], gone: set[str]) -> None:
    """Put what was seen of runs in the place of what was known, inside of an open transaction.

    Args:
        connection: the index.
        looks: what was seen, by run id; it is left alone where another process has looked later.
        gone: ids of runs that are no longer there.
    """
    params: list[tuple[Any, ...]] = []
    tags: list[tuple[Any, ...]] = []
    metrics: list[tuple[Any, ...]] = []
    records: list[tuple[int, str]] = []
    regrouped = _remove(connection, gone)
    for run_id, look in looks.items():
        record = look.record
        text = pack(record)
        key = _write_run(connection, run_id, look, text, regrouped)
        if key is None:
            continue
        if text is not None:
            records.append((key, bindable(text)))
        params += ((key, *row) for row in _named(record.params))
        tags += ((key, *row) for row in _named(record.tags))
        metrics += (
            (key, bindable(name), each.last, each.min, each.max) for name, each in record.last.items()
        )
    connection.executemany("INSERT OR REPLACE INTO params VALUES (?, ?, ?, ?)", params)
    connection.executemany("INSERT OR REPLACE INTO tags VALUES (?, ?, ?, ?)", tags)
    connection.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?)", metrics)
    connection.executemany("INSERT INTO records VALUES (?, ?)", records)
    connection.executemany(_FOLD, [(each,) for each in regrouped])


def _write_run(
    connection: Connection, run_id: str, look: Look, text: str | None, regrouped: set[str]
) -> int | None:
    """Write the row of a run; returns its key, or None where nothing is to be changed."""
    row = _row(look)
    known = connection.execute(
        "SELECT key, looked_at, stamp, status, parent FROM runs WHERE id = ?", (run_id,)
    )
    found = known.fetchone()
    parent = row[_COLUMNS.index("parent")]
    if found is None:
        regrouped.update(each for each in (run_id, parent) if each)
        key: int | None = connection.execute(_INSERT, (run_id, *row)).lastrowid
        return key
    key, looked_at, stamp, status, old_parent = found
    # A clock that was set back must not keep an old look for ever.
    if look.at < looked_at <= look.at + 3600:
        return None
    if (stamp, status) == (row[0], row[_COLUMNS.index("status")]) and text is not None:
        kept = connection.execute("SELECT record FROM records WHERE run = ?", (key,)).fetchone()
        if kept is not None and kept[0] == bindable(text):
            return None
    regrouped.update(each for each in (run_id, parent, old_parent) if each)
    connection.execute(_UPDATE, (*row, run_id))
    _clear(connection, key)
    return key


def _remove(connection: Connection, gone: set[str]) -> set[str]:
    """Delete the rows of runs; returns the ids of their parents."""
    parents = set()
    for run_id in gone:
        found = connection.execute("SELECT key, parent FROM runs WHERE id = ?", (run_id,)).fetchone()
        if found is not None:
            key, parent = found
            parents.add(parent)
            connection.execute("DELETE FROM runs WHERE key = ?", (key,))
            _clear(connection, key)
    return {parent for parent in parents if parent}


def _clear(connection: Connection, key: int) -> None:
    for table in (*_VALUES, "records"):
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (key,))


def _row(look: Look) -> tuple[Any, ...]:
    record = look.record
    head = record.header
    status = record.status
    stopped = record.ended
    if stopped is None and status != "running":
        stopped = record.last_write or None
    return (
        look.stamp,
        look.at,
        _text(head.get("name")),
        _text(head.get("experiment")),
        status,
        record.started,
        stopped,
        _text(head.get("framework")),
        _text(head.get("parent")),
        _text(record.notes),
        _text(head.get("role")),
    )


def _text(value: Any) -> str | None:
    return bindable(value[:LONGEST_TEXT]) if isinstance(value, str) and value else None


def _named(values: dict[str, Any]) -> Iterator[tuple[str, float | None, str | None]]:
    for name, value in values.items():
        try:
            number, text = plain(value)
        except RecursionError:  # nested as deeply as JSON allows: there, and equal to nothing
            number, text = None, "<nested too deeply>"
        yield bindable(name), number, None if text is None else bindable(text[:LONGEST_TEXT])


def bindable(text: str) -> str:
    """The text with what UTF-8 and therefore SQLite cannot hold, lone surrogates, as question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
