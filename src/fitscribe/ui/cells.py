"""Columns over many runs, read from the index: what tables, groups and plots are made of."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from fitscribe.reading.index_tables import bindable
from fitscribe.reading.query_fields import Field, read_field
from fitscribe.reading.query_tokens import Cursor, QueryError
from fitscribe.store import Store
from fitscribe.ui.environments import environment_of
from fitscribe.ui.failures import in_query

if TYPE_CHECKING:
    from sqlite3 import Connection

Cell: TypeAlias = "float | int | str | bool | None"
"""One value; None is no value at all, and numbers that JSON lacks are their names."""

ENVIRONMENT = "environment"
LONGEST_CELL = 200
# Beyond this, JavaScript's numbers lose digits.
_EXACT = 1 << 53


class Entry(NamedTuple):
    """A run in the index.

    Attributes:
        key: its key there.
        id: its id.
        parent: the run that it is listed in; None for one in no other.
        only: key of the one training in a group, whose values the group shows.
    """

    key: int
    id: str
    parent: str | None
    only: int | None


def field_of(text: str, where: str) -> Field:
    """Return the field that a text names, one of ``environment.`` included.

    Args:
        text: as filters write it.
        where: the parameter that it comes from, for the error.

    Raises:
        Failure: there is no such field.
    """
    head, dot, name = text.partition(".")
    if head == ENVIRONMENT and dot:
        quoted = len(name) > 1 and name[0] == name[-1] == "`"
        return Field(ENVIRONMENT, name[1:-1].replace("``", "`") if quoted else name, "", 0, len(text))
    try:
        cursor = Cursor(text)
        field = read_field(cursor)
        if cursor.next.kind != "end":
            raise cursor.expected("the end of the field")
    except QueryError as error:
        raise in_query(error, where) from None
    return field


def read_columns(
    connection: Connection, store: Store, entries: Sequence[Entry], fields: Iterable[Field]
) -> list[list[Cell]]:
    """Return a column of cells for each field, with one cell per run.

    Args:
        connection: the index.
        store: where the runs' environments are.
        entries: the runs.
        fields: what is read of them.
    """
    keys = {each.key for each in entries} | {each.only for each in entries if each.only is not None}
    within = f"({','.join(map(str, sorted(keys)))})"
    return [_read(connection, store, entries, field, within) for field in fields]


def _read(
    connection: Connection, store: Store, entries: Sequence[Entry], field: Field, within: str
) -> list[Cell]:
    if field.table == ENVIRONMENT:
        found = _of_launches(connection, store, field.name, within)
    elif field.table == "run":
        found = _of_runs(connection, field.name, within)
    else:
        found = _of_values(connection, field, within)
    # A group shows what its one training has, where it has nothing of its own.
    shows = field.table in ("params", "metrics") or field.name == "framework"
    return [
        found.get(each.only if shows and each.key not in found and each.only is not None else each.key)
        for each in entries
    ]


def _of_launches(connection: Connection, store: Store, name: str, within: str) -> dict[int, Cell]:
    rows = connection.execute(f"SELECT key, launch FROM runs WHERE key IN {within} AND launch IS NOT NULL")
    found = ((key, environment_of(store, launch).get(name)) for key, launch in rows.fetchall())
    return {key: value for key, value in found if value is not None}


def _of_runs(connection: Connection, name: str, within: str) -> dict[int, Cell]:
    if name == "duration":
        sql, now = "coalesce(stopped, ?) - started", [time.time()]
    else:
        sql, now = f"substr({name}, 1, {LONGEST_CELL})" if name != "started" else name, []
    rows = connection.execute(f"SELECT key, {sql} FROM runs WHERE key IN {within}", now)
    return {key: value for key, value in rows if value is not None}


def _of_values(connection: Connection, field: Field, within: str) -> dict[int, Cell]:
    columns = field.part if field.table == "metrics" else "number, text"
    rows = connection.execute(
        f"SELECT run, {columns} FROM {field.table} WHERE run IN {within} AND name = ?",
        (bindable(field.name),),
    )
    if field.table != "metrics":
        return {run: value_cell(number, text) for run, number, text in rows}
    # NaN is NULL in SQLite, and so is the best value where nobody knows which one that is.
    missing = None if field.part == "best" else "nan"
    return {run: missing if value is None else number_cell(value) for run, value in rows}


def number_cell(number: float) -> Cell:
    """A number as JSON has it."""
    return number if number - number == 0 else str(number)


def value_cell(number: float | None, text: str | None) -> Cell:
    """A parameter or tag of the index as one cell: a number where its text is no more than that.

    Args:
        number: as :func:`fitscribe.store.plain.plain` gives it.
        text: likewise; None for a recorded None.
    """
    if text is None:
        return "None"
    if number is not None:
        if text in ("True", "False"):
            return text == "True"
        if text == repr(number):
            return number_cell(number)
        if number.is_integer() and abs(number) <= _EXACT and text == str(int(number)):
            return int(number)
    return text[:LONGEST_CELL]
