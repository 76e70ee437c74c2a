"""The runs of a store in the order of a query, kept between requests until the store changes."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fitscribe.reading import QueryError, Runs, index, rows
from fitscribe.reading.search import selection
from fitscribe.store import Store
from fitscribe.ui.cells import ENVIRONMENT, Cell, Entry, field_of, read_columns
from fitscribe.ui.failures import in_query

if TYPE_CHECKING:
    from sqlite3 import Connection

    from fitscribe.reading.run import Indexed

Answer = TypeVar("Answer")

# What one request has seen of the folders is good enough for those that come with it.
_AGE_S = 0.25
_LOOKED_AT_S = 60.0
_MOST_KEPT = 12
# A filter may ask for what is a certain time ago.
_LONGEST_KEPT_S = 30.0
# As many values a statement of SQLite could always hold.
_VALUES = 900


class _Kept(NamedTuple):
    """Something that was read of the index.

    Attributes:
        token: of the store then.
        at: when that was.
        value: what was read.
    """

    token: str
    at: float
    value: Any


class Order(NamedTuple):
    """The runs that match a filter, in their order.

    Attributes:
        entries: all of them.
        roots: those whose parent does not match.
        children: by the parent's id, those that lie in it.
    """

    entries: list[Entry]
    roots: list[Entry]
    children: dict[str, list[Entry]]


class Catalog:
    """The runs of one store.

    Args:
        store: the store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._looking = threading.Lock()

    def ask(self, question: Callable[[Connection], Answer], *, age: float = _AGE_S) -> Answer:
        """Ask the index; see :func:`fitscribe.reading.index.ask`."""
        # A page asks for several things at once: one of its requests looks at the store, the others wait.
        with self._looking:
            index.ask(self.store, lambda connection: None, age=age)
        return index.ask(self.store, question, age=_LOOKED_AT_S)

    def token(self) -> str:
        """Return what tells whether anything has changed."""
        return self.ask(token_of)

    def runs(self, run_ids: Sequence[str]) -> Runs:
        """Return the runs that are there of some ids, in that order."""

        def find(connection: Connection) -> dict[str, Indexed]:
            return {
                row.id: row
                for some in in_parts(run_ids)
                for row in rows.found(connection, f"WHERE r.id IN ({marks_for(some)})", some)
            }

        known = self.ask(find)
        return rows.runs_of(self.store, [known[each] for each in run_ids if each in known])

    def order(self, connection: Connection, query: str, order_by: str) -> Order:
        """Return the runs that match, as the index has them now.

        Args:
            connection: the index.
            query: a filter.
            order_by: an order; of fields of ``environment.``, too.

        Raises:
            Failure: one of them cannot be understood.
        """
        key = ("order", query, order_by)
        return self.kept(connection, key, lambda: self._ordered(connection, query, order_by))

    def kept(self, connection: Connection, key: tuple[str, ...], read: Callable[[], Answer]) -> Answer:
        """Return what was read under a name, unless the store has changed since.

        Args:
            connection: the index.
            key: the name.
            read: reads it.
        """
        return self.kept_at(token_of(connection), key, read)

    def kept_at(self, token: str, key: tuple[str, ...], read: Callable[[], Answer]) -> Answer:
        """Return what was read under a name when the store was as a token says.

        Args:
            token: of the store.
            key: the name.
            read: reads it.
        """
        with self._lock:
            known = self._kept.get(key)
            if known is not None and known.token == token and time.time() - known.at < _LONGEST_KEPT_S:
                self._kept.move_to_end(key)
                found: Answer = known.value
                return found
        found = read()
        with self._lock:
            self._kept[key] = _Kept(token, time.time(), found)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _ordered(self, connection: Connection, query: str, order_by: str) -> Order:
        pieces = pieces_of(order_by)
        # The index knows nothing of environments: it sorts by what stands behind them.
        names = [name.partition(".")[0] for name, _ in pieces]
        count = len(names) - names[::-1].index(ENVIRONMENT) if ENVIRONMENT in names else 0
        if count:
            order_by = ", ".join(f"{name} {'desc' if down else 'asc'}" for name, down in pieces[count:])
        try:
            tail, values = selection(query, order_by)(connection)
        except QueryError as error:
            where = "sort" if error.query == order_by and order_by != query else "filter"
            raise in_query(error, where) from None
        matching = connection.execute(
            f"SELECT r.key, r.id, r.parent, r.only_child FROM runs r {tail}", values
        )
        shown_in: dict[str, str] = dict(
            connection.execute("SELECT o.id, r.id FROM runs r JOIN runs o ON o.key = r.only_child")
        )
        entries = [Entry(key, run, shown_in.get(parent, parent), only) for key, run, parent, only in matching]
        for name, down in reversed(pieces[:count]):
            entries = self._sorted(connection, entries, name, down)
        roots, children = _nested(entries)
        return Order(entries, roots, children)

    def _sorted(self, connection: Connection, entries: list[Entry], name: str, down: bool) -> list[Entry]:
        """Sort runs by one field; those of one value stay in their order, those without one come last."""
        (column,) = read_columns(connection, self.store, entries, [field_of(name, "sort")])
        there = [i for i, cell in enumerate(column) if cell is not None]
        there.sort(key=lambda i: sort_key(column[i]), reverse=down)
        return [entries[i] for i in (*there, *(i for i, cell in enumerate(column) if cell is None))]


_PIECE = re.compile(r"""(?:`(?:[^`]|``)*`|[^,`])+""")


def pieces_of(order_by: str) -> list[tuple[str, bool]]:
    """Return the fields of a sort order, and whether each is descending."""
    found = []
    for piece in _PIECE.findall(order_by):
        name, _, direction = piece.strip().rpartition(" ")
        if name and direction.lower() in ("asc", "desc"):
            found.append((name.strip(), direction.lower() == "desc"))
        elif piece.strip():
            found.append((piece.strip(), False))
    return found


def _nested(entries: Sequence[Entry]) -> tuple[list[Entry], dict[str, list[Entry]]]:
    there = {each.id for each in entries}
    roots: list[Entry] = []
    children: dict[str, list[Entry]] = {}
    for each in entries:
        if each.parent is not None and each.parent in there:
            children.setdefault(each.parent, []).append(each)
        else:
            roots.append(each)
    reached = len(roots)
    waiting = list(roots)
    while waiting:
        below = children.get(waiting.pop().id, ())
        reached += len(below)
        waiting += below
    # Files may say that runs lie in each other: nothing that matches must be out of reach.
    return (roots, children) if reached == len(entries) else (list(entries), {})


def sort_key(cell: Cell) -> tuple[int, Any]:
    """By which cells of a column are sorted: numbers, then texts, then what is missing."""
    if cell is None:
        return 3, 0
    if isinstance(cell, str):
        return 2, cell
    return 1, cell


def token_of(connection: Connection) -> str:
    """Return what tells whether anything has changed in an index."""
    (last,) = connection.execute("SELECT last FROM changes").fetchone()
    return str(last)


def in_parts(ids: Sequence[str]) -> Iterator[list[str]]:
    """Return ids in as many lists as statements are needed for them."""
    return (list(ids[start : start + _VALUES]) for start in range(0, len(ids), _VALUES))


def marks_for(values: Sequence[str]) -> str:
    """The question marks for some values."""
    return ",".join("?" * len(values))
