"""The runs as a table, and columns of values for plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.ui.asked import MOST_ROWS, Asked
from fitscribe.ui.catalog import Catalog, Order, token_of
from fitscribe.ui.cells import Entry, read_columns
from fitscribe.ui.choosing import MOST_VALUES, chosen, fields_in, unfolded
from fitscribe.ui.rows import rows_of

if TYPE_CHECKING:
    from sqlite3 import Connection


def table(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/runs``.

    Raises:
        Failure: a parameter cannot be understood.
    """
    fields = fields_in(asked)
    nest = asked.switch("nest", True)
    offset, limit = asked.whole("offset", 0, 0, 1 << 40), asked.whole("limit", 100, 0, MOST_ROWS)

    def find(connection: Connection) -> dict[str, Any]:
        entries = chosen(connection, catalog, asked, nest=nest)
        query = asked.text("filter") if nest else ""
        within = catalog.order(connection, query, asked.text("sort"))
        window = entries[offset : offset + limit]
        children = {each.id: len(unfolded(connection, catalog, asked, within, each.id)) for each in window}
        return {
            "token": token_of(connection),
            "total": len(entries),
            "matching": _with_those_below(entries, within) if nest else len(entries),
            "offset": offset,
            "rows": rows_of(connection, catalog.store, window, fields, children),
        }

    return catalog.ask(find)


def _with_those_below(entries: list[Entry], order: Order) -> int:
    """How many runs match on all levels, where some are listed on the first one."""
    count, level = 0, entries
    while level:
        count += len(level)
        level = [child for each in level for child in order.children.get(each.id, ())]
    return count


def row_of(catalog: Catalog, run_id: str) -> dict[str, Any] | None:
    """Return the row of one run, without cells; None where there is no such run any more."""
    asked = Asked([("run", run_id), ("nest", "0")])
    rows = table(catalog, asked)["rows"]
    found: dict[str, Any] | None = rows[0] if rows else None
    return found


def values(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/values``.

    Raises:
        Failure: a parameter cannot be understood.
    """
    fields = fields_in(asked)
    nest = asked.switch("nest", False)
    limit = asked.whole("limit", MOST_VALUES, 0, MOST_VALUES)

    def find(connection: Connection) -> dict[str, Any]:
        entries = chosen(connection, catalog, asked, nest=nest)
        shown = entries[:limit]
        keys = ",".join(str(each.key) for each in shown)
        names = dict(connection.execute(f"SELECT key, name FROM runs WHERE key IN ({keys})"))
        columns = read_columns(connection, catalog.store, shown, fields)
        return {
            "total": len(entries),
            "ids": [each.id for each in shown],
            "names": [names[each.key] or "" for each in shown],
            "columns": [
                {"field": text, "numeric": is_numeric(column), "values": column}
                for text, column in zip(asked.texts("column"), columns, strict=True)
            ],
        }

    return catalog.ask(find)


def is_numeric(column: list[Any]) -> bool:
    """Whether a column holds numbers, and nothing else but what is no finite one."""
    kinds = {type(each) for each in column if each is not None and each not in ("nan", "inf", "-inf")}
    return bool(kinds) and kinds <= {int, float}
