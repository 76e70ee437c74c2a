"""Names in a filter that no run knows, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fitscribe.reading.index_tables import bindable
from fitscribe.reading.query import Comparison, Not, Tree, parse_filter
from fitscribe.reading.query_fields import AGGREGATES, TABLES, Field, written
from fitscribe.reading.query_tokens import QueryError

if TYPE_CHECKING:
    from sqlite3 import Connection

_NEAR = 0.75


def fields_of(tree: Tree | None) -> list[Field]:
    """Return the fields whose values a filter compares; asking whether there is one at all is no mistake."""
    if tree is None or (isinstance(tree, Comparison) and tree.operator == "null"):
        return []
    if isinstance(tree, Comparison):
        return [tree.field]
    parts = (tree.part,) if isinstance(tree, Not) else tree.parts
    return [field for part in parts for field in fields_of(part)]


def check_names(connection: Connection, query: str, fields: Iterable[Field]) -> None:
    """Make sure that a name nobody knows is no slip of the finger.

    A name that resembles no other is let through: scripts ask for what is not logged yet.

    Raises:
        QueryError: no run has such a value, and some have one of nearly the same name.
    """
    for field in fields:
        if field.table == "run" or _is_known(connection, field.table, field.name):
            continue
        near = _nearest(connection, field)
        if near is not None:
            raise QueryError(
                f"no run has {field.table}.{field.name}; did you mean {near}?", query, field.start, field.end
            )


def unknown_names(connection: Connection, query: str) -> list[str]:
    """Return the names in a filter that no run has, as it may write them.

    Args:
        connection: the index.
        query: the filter.

    Raises:
        QueryError: it cannot be understood.
    """
    fields = fields_of(parse_filter(query))
    found = [
        written(field.table, field.name)
        for field in fields
        if field.table != "run" and not _is_known(connection, field.table, field.name)
    ]
    return list(dict.fromkeys(found))


def _is_known(connection: Connection, table: str, name: str) -> bool:
    found = connection.execute(f"SELECT 1 FROM {table} WHERE name = ? LIMIT 1", (bindable(name),))
    return found.fetchone() is not None


def _nearest(connection: Connection, field: Field) -> str | None:
    series, dot, _ = field.name.rpartition(".")
    if dot and field.table == "metrics" and _is_known(connection, field.table, series):
        first, *others, last = (f".{aggregate}" for aggregate in AGGREGATES)
        return f"{written(field.table, series)}{', '.join([first, *others])} or {last}"
    names = [name for (name,) in connection.execute(f"SELECT DISTINCT name FROM {field.table} ORDER BY name")]
    # Short names that differ in their case alone have nothing in common as they stand: `c` and `C`.
    folded = {name.casefold(): name for name in reversed(names)}
    wanted = field.name.casefold()
    endings = tuple(separator + wanted for separator in ("/", "__", "."))
    near = [wanted] if wanted in folded else [name for name in folded if name.endswith(endings)][-1:]
    near = near or difflib.get_close_matches(wanted, folded, n=1, cutoff=_NEAR)
    if near:
        return written(field.table, folded[near[0]])
    # The right name under the wrong heading.
    return next(
        (written(table, field.name) for table in TABLES if _is_known(connection, table, field.name)), None
    )
