"""The tables of the index, and the rows that a look at a run becomes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fitscribe.reading.directions import direction_of, stated_in
from fitscribe.reading.look import Look
from fitscribe.reading.records import pack
from fitscribe.store.plain import plain

if TYPE_CHECKING:
    from sqlite3 import Connection

FORMAT = 6
"""Version of the tables; an index of any other one is made anew."""

# Filters compare the beginning of a text; the run itself shows all of it.
LONGEST_TEXT = 10_000

_TABLES = f"""
CREATE TABLE IF NOT EXISTS runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    stamp INTEGER NOT NULL,     -- of the folder, its holder's if it has none; 0: must be looked at again
    looked_at REAL NOT NULL,
    name TEXT, experiment TEXT, status TEXT NOT NULL, started REAL,
    stopped REAL,               -- NULL while it runs
    framework TEXT, parent TEXT, notes TEXT, role TEXT, launch TEXT,
    holder TEXT,                -- id of the run in whose files it is kept; NULL: it has a folder of its own
    only_child INTEGER,         -- key of the one training in a group, whose values the group shows
    changed INTEGER NOT NULL    -- the number of the change that it was written in last
);
CREATE INDEX IF NOT EXISTS runs_by_parent ON runs (parent);
CREATE INDEX IF NOT EXISTS runs_by_holder ON runs (holder);
CREATE TABLE IF NOT EXISTS params (
    run INTEGER, name TEXT, number REAL, text TEXT, PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (
    run INTEGER, name TEXT, number REAL, text TEXT, PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metrics (
    run INTEGER, name TEXT, last REAL, min REAL, max REAL,
    best REAL,                  -- the smallest or the largest; NULL: nobody knows which one
    PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (run INTEGER PRIMARY KEY, record TEXT);
CREATE TABLE IF NOT EXISTS changes (last INTEGER NOT NULL, structural INTEGER NOT NULL);
INSERT INTO changes SELECT 0, 0 WHERE NOT EXISTS(SELECT 1 FROM changes);
PRAGMA user_version = {FORMAT};
"""

_COLUMNS = (
    "stamp looked_at name experiment status started stopped framework parent notes role launch holder changed"
).split()
_INSERT = f"INSERT INTO runs (id, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})"
_UPDATE = f"UPDATE runs SET {', '.join(f'{column} = ?' for column in _COLUMNS)} WHERE id = ?"
_FOLD = """
UPDATE runs SET changed = ?, only_child = (
    SELECT CASE WHEN count(*) = 1 AND min(child.role) = 'training' THEN min(child.key) END
    FROM runs child WHERE child.parent = runs.id
) WHERE id = ? AND role = 'group'
"""
_KNOWN = """
SELECT id, key, stamp, status, parent, holder, record
FROM runs LEFT JOIN records ON run = key WHERE {column} = ?
"""
_PARENT = _COLUMNS.index("parent")
# Runs whose values are kept until they are written together.
_BATCH = 2000
_WIDTHS = {"params": 4, "tags": 4, "metrics": 6, "records": 2}


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
    writing = _Writing(connection)
    for run_id in gone:
        writing.remove("id = ?", run_id)
        writing.remove("holder = ?", run_id)
    for run_id, look in looks.items():
        known = connection.execute("SELECT looked_at FROM runs WHERE id = ?", (run_id,)).fetchone()
        # A clock that was set back must not keep an old look for ever.
        if known is None or not look.at < known[0] <= look.at + 3600:
            writing.put(run_id, look)
            writing.put_children(run_id, look)
    writing.finish()


class _Writing:
    """One change of the index; rows of values are written many at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._regrouped: set[str] = set()
        (last,) = connection.execute("SELECT last FROM changes").fetchone()
        # Never a number that an index which was deleted since has had: those who watch would miss a change.
        self._change = max(last + 1, time.time_ns())
        self._is_changed = self._is_structural = False
        self._values: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _WIDTHS}

    def put(self, run_id: str, look: Look) -> None:
        """Write the row of a run, and its values where they have changed."""
        text = _packed(look)
        found = self._connection.execute(_KNOWN.format(column="id"), (run_id,)).fetchone()
        if found is None:
            self._insert(run_id, look, text)
            return
        _, key, stamp, status, parent, holder, kept = found
        if text is None or (status, holder, kept) != (look.record.status, None, text):
            self._replace(run_id, key, parent, look, text)
        elif stamp != look.stamp:
            place = (look.stamp, look.at, key)
            self._connection.execute("UPDATE runs SET stamp = ?, looked_at = ? WHERE key = ?", place)

    def put_children(self, holder: str, look: Look) -> None:
        """Write the rows of the children that are kept within a run."""
        known = {row[0]: row for row in self._connection.execute(_KNOWN.format(column="holder"), (holder,))}
        for child in look.record.children.values():
            seen = Look(child, look.stamp, look.at)
            text = _packed(seen)
            if child.id not in known:
                # An id that is taken is that of a run with a folder of its own, or of a copy of this one.
                if not self._connection.execute("SELECT 1 FROM runs WHERE id = ?", (child.id,)).fetchone():
                    self._insert(child.id, seen, text)
                continue
            _, key, _, status, parent, _, kept = known.pop(child.id)
            if text is None or (status, kept) != (child.status, text):
                self._replace(child.id, key, parent, seen, text)
        for child_id in known:
            self.remove("id = ?", child_id)
        self._connection.execute(
            "UPDATE runs SET stamp = ? WHERE holder = ? AND stamp != ?", (look.stamp, holder, look.stamp)
        )

    def remove(self, condition: str, run_id: str) -> None:
        """Delete the rows of runs for which a condition on an id holds."""
        rows = self._connection.execute(f"SELECT key, parent FROM runs WHERE {condition}", (run_id,))
        for key, parent in rows.fetchall():
            self._is_changed = self._is_structural = True
            self._regrouped.add(parent)
            self._connection.execute("DELETE FROM runs WHERE key = ?", (key,))
            self._clear(key)

    def finish(self) -> None:
        """Write the values, and see anew which groups hold just one training."""
        self._write_values()
        self._connection.executemany(_FOLD, [(self._change, each) for each in self._regrouped if each])
        if self._is_changed:
            self._connection.execute("UPDATE changes SET last = ?", (self._change,))
        if self._is_structural:
            self._connection.execute("UPDATE changes SET structural = ?", (self._change,))

    def _write_values(self) -> None:
        for table, rows in self._values.items():
            marks = ", ".join("?" * _WIDTHS[table])
            self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)
            rows.clear()

    def _insert(self, run_id: str, look: Look, text: str | None) -> None:
        self._is_changed = self._is_structural = True
        row = _row(look, self._change)
        self._regrouped.update((run_id, row[_PARENT]))
        self._add_values(self._connection.execute(_INSERT, (run_id, *row)).lastrowid, look, text)

    def _replace(self, run_id: str, key: int, old_parent: str, look: Look, text: str | None) -> None:
        self._is_changed = True
        row = _row(look, self._change)
        self._regrouped.update((run_id, row[_PARENT], old_parent))
        self._connection.execute(_UPDATE, (*row, run_id))
        self._clear(key)
        self._add_values(key, look, text)

    def _add_values(self, key: int | None, look: Look, text: str | None) -> None:
        record, values = look.record, self._values
        if text is not None:
            values["records"].append((key, text))
        values["params"] += ((key, *row) for row in _named(record.params))
        values["tags"] += ((key, *row) for row in _named(record.tags))
        stated = stated_in(record.facts)
        for name, each in record.last.items():
            direction = direction_of(name, stated)
            best = None if direction is None else each.min if direction == "min" else each.max
            values["metrics"].append((key, bindable(name), each.last, each.min, each.max, best))
        if len(values["records"]) > _BATCH:
            self._write_values()

    def _clear(self, key: int) -> None:
        for table in self._values:
            self._connection.execute(f"DELETE FROM {table} WHERE run = ?", (key,))


def _packed(look: Look) -> str | None:
    text = pack(look.record)
    return None if text is None else bindable(text)


def _row(look: Look, change: int) -> tuple[Any, ...]:
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
        _text(head.get("launch")),
        record.holder,
        change,
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
