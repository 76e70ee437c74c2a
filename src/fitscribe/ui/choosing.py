"""Which runs a request is about: those that match, those of a group, those that are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.reading.query_fields import Field
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog, Order, in_parts, marks_for
from fitscribe.ui.cells import Entry, field_of, read_columns
from fitscribe.ui.failures import Failure

if TYPE_CHECKING:
    from sqlite3 import Connection

MOST_VALUES = 10_000


def fields_in(asked: Asked, name: str = "column") -> list[Field]:
    """Return the fields of a parameter that may be given several times.

    Raises:
        Failure: one is no field.
    """
    return [field_of(text, name) for text in asked.texts(name)]


def chosen(connection: Connection, catalog: Catalog, asked: Asked, *, nest: bool) -> list[Entry]:
    """Return the runs that a request is about, in their order.

    Args:
        connection: the index.
        catalog: of the store.
        asked: what :func:`matching` takes, and `by` and `key` of a group.
        nest: leave out those that lie in another one that matches.

    Raises:
        Failure: the filter, the order or a field cannot be understood.
    """
    entries = matching(connection, catalog, asked, nest=nest)
    by = fields_in(asked, "by")
    return in_group(connection, catalog, entries, by, asked.jsons("key")) if by else entries


def matching(connection: Connection, catalog: Catalog, asked: Asked, *, nest: bool) -> list[Entry]:
    """Return the runs that match, of all groups, in their order.

    Args:
        connection: the index.
        catalog: of the store.
        asked: `filter`, `sort`, `parent`, `unfold` and `run`.
        nest: leave out those that lie in another one that matches.

    Raises:
        Failure: the filter or the order cannot be understood.
    """
    order = catalog.order(connection, asked.text("filter"), asked.text("sort"))
    if "run" in asked:
        return _named(connection, order, asked)
    if "parent" in asked:
        parent = asked.text("parent")
        if asked.switch("unfold", False):
            return unfolded(connection, catalog, asked, order, parent)
        return [each for each in order.entries if each.parent == parent]
    return order.roots if nest else order.entries


def unfolded(
    connection: Connection, catalog: Catalog, asked: Asked, order: Order, parent: str
) -> list[Entry]:
    """Return what a row shows below itself: the children that match, or all of them where none does.

    Who looks for a search by its name wants to see its candidates.

    Args:
        connection: the index.
        catalog: of the store.
        asked: `filter` and `sort`.
        order: the runs that match.
        parent: the run of the row.
    """
    found = order.children.get(parent)
    if found or not asked.text("filter"):
        return found or []
    return catalog.order(connection, "", asked.text("sort")).children.get(parent, [])


def in_group(
    connection: Connection,
    catalog: Catalog,
    entries: Sequence[Entry],
    by: Sequence[Field],
    key: Sequence[Any],
) -> list[Entry]:
    """Return the runs that have certain values.

    Args:
        connection: the index.
        catalog: of the store.
        entries: the runs.
        by: the fields.
        key: the value of each.

    Raises:
        Failure: there are not as many values as fields.
    """
    if len(by) != len(key):
        raise Failure("bad_request", f"{len(by)} times by and {len(key)} times key: they belong together")
    columns = read_columns(connection, catalog.store, entries, by)
    wanted = [marked(each) for each in key]
    return [
        entry
        for entry, *cells in zip(entries, *columns, strict=True)
        if all(marked(cell) == each for cell, each in zip(cells, wanted, strict=True))
    ]


def marked(cell: Any) -> tuple[bool, Any]:
    """A cell as a key: True is not 1, though Python says they are equal."""
    return isinstance(cell, bool), cell if isinstance(cell, bool | int | float | str) else None


def _named(connection: Connection, order: Order, asked: Asked) -> list[Entry]:
    """The runs of `run`, also those that are not listed of their own, such as the only one in a group."""
    wanted = list(dict.fromkeys(asked.texts("run")))
    found = {
        run_id: Entry(key, run_id, parent, only)
        for some in in_parts(wanted)
        for run_id, key, parent, only in connection.execute(
            f"SELECT id, key, parent, only_child FROM runs WHERE id IN ({marks_for(some)})", some
        )
    }
    places = {each.id: place for place, each in enumerate(order.entries)}
    found.update((run_id, order.entries[places[run_id]]) for run_id in found.keys() & places.keys())
    entries = [found[each] for each in wanted if each in found]
    if asked.text("filter"):
        entries = [each for each in entries if each.id in places]
    if asked.text("sort"):
        entries.sort(key=lambda each: places.get(each.id, len(places)))
    return entries
