"""Finding runs: by a filter, by the beginning of an id, by the run that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.reading import index, rows
from fitscribe.reading.family import ids_in
from fitscribe.reading.query import parse_filter, parse_order
from fitscribe.reading.query_names import check_names, fields_of
from fitscribe.reading.query_sql import Sql
from fitscribe.reading.run import Indexed, Run
from fitscribe.reading.runs import Runs
from fitscribe.store import Store, is_valid_id

if TYPE_CHECKING:
    from sqlite3 import Connection

LATEST = "latest"
_CANDIDATES = 10
# A training that a group shows as its own is not listed beside it.
_LISTED = "r.key NOT IN (SELECT only_child FROM runs WHERE only_child IS NOT NULL)"


class RunNotFound(LookupError):
    """There is no such run."""


class AmbiguousRun(LookupError):
    """An id that several runs begin with.

    Attributes:
        candidates: their ids.
    """

    def __init__(self, text: str, candidates: Sequence[str]) -> None:
        self.candidates = list(candidates)
        shown = ", ".join(self.candidates[:_CANDIDATES])
        more = f" and {len(candidates) - _CANDIDATES} more" if len(candidates) > _CANDIDATES else ""
        super().__init__(f"{len(candidates)} runs begin with {text!r}: {shown}{more}; give more of the id")


def get_run(run_id: str, *, store: Store | str | None = None) -> Run:
    """Return one run.

    Args:
        run_id: its id, a beginning of it that no other run shares, or ``"latest"``, the one that began last;
            candidates of a search and folds are parts of theirs.
        store: where to look; the store of this place by default.

    Raises:
        RunNotFound: there is none.
        AmbiguousRun: there are several; the message names them.
        TypeError: the id is no text.
    """
    if not isinstance(run_id, str):
        raise TypeError(f"get_run takes the id of a run, or 'latest', not {run_id!r}")
    if not run_id:
        raise RunNotFound("get_run takes the id of a run, or 'latest'; an empty text is none")
    place = _located(store)
    if run_id == LATEST:
        return _latest(place)
    if is_valid_id(run_id) and place.run_folder(run_id).is_dir():
        return Run(place, run_id)
    found = ids_in(place, run_id)
    if run_id in found or len(found) == 1:
        return Run(place, run_id if run_id in found else found[0])
    if found:
        raise AmbiguousRun(run_id, found)
    if any(each.startswith(run_id) for each in place.trashed_ids()):
        raise RunNotFound(f"the run {run_id!r} is in the trash; fitscribe restore {run_id} brings it back")
    raise RunNotFound(
        f"no run in {place.root} begins with {run_id!r}; search_runs() and fitscribe ls list them"
    )


def search_runs(
    query: str = "",
    *,
    order_by: str | Iterable[str] | None = None,
    limit: int | None = None,
    store: Store | str | None = None,
) -> Runs:
    """Return the runs that pass a filter.

    A group that holds exactly one training, and no other run, shows that training's values as its own; the
    training itself is not listed. Every other run is, children of larger groups included.

    Args:
        query: a filter such as ``metrics.`test/accuracy` > 0.9 and params.max_depth <= 6``, as docs/search.md
            describes it; all runs by default.
        order_by: one or more fields, each with ``asc`` or ``desc`` if wanted; the newest first by default.
            Runs that have no such value come last.
        limit: how many at most.
        store: where to look; the store of this place by default.

    Returns:
        The runs.

    Raises:
        TypeError: the filter is no text, a field to order by is none, or the limit is no whole number.
        QueryError: the filter or the order cannot be understood, or names a field that no run has while
            some have one of nearly the same name.
        ValueError: the limit is negative.
    """
    if not isinstance(query, str):
        raise TypeError(f"a filter is text, such as 'params.C > 1', not {type(query).__name__}")
    if limit is not None and not isinstance(limit, int):
        raise TypeError(f"limit is a number of runs, not {limit!r}")
    if limit is not None and limit < 0:
        raise ValueError(f"limit is a number of runs, not {limit}")
    place = _located(store)
    tail_of = selection(query, _one_text(order_by))

    def find(connection: Connection) -> list[Indexed]:
        tail, values = tail_of(connection)
        return rows.found(connection, f"{tail} LIMIT ?", [*values, -1 if limit is None else limit])

    return rows.runs_of(place, index.ask(place, find))


def _one_text(order_by: str | Iterable[str] | None) -> str:
    fields = [order_by] if isinstance(order_by, str) else order_by or ()
    if isinstance(fields, Iterable):
        fields = list(fields)
        if all(isinstance(each, str) for each in fields):
            return ", ".join(fields)
    raise TypeError(f"order_by takes fields, such as 'metrics.loss asc', not {order_by!r}")


def selection(query: str, order_by: str) -> Callable[[Connection], tuple[str, list[Any]]]:
    """Return what makes, with the index, the end of a statement from a filter and an order.

    Args:
        query: the filter.
        order_by: the order.

    Returns:
        Takes the connection, and gives what follows ``FROM runs r`` and the values for its question marks.

    Raises:
        QueryError: one of them cannot be understood; also where a name is looked up in the index.
    """
    tree = parse_filter(query)
    orders = parse_order(order_by) if order_by else []

    def tail(connection: Connection) -> tuple[str, list[Any]]:
        check_names(connection, query, fields_of(tree))
        check_names(connection, order_by, [order.field for order in orders])
        sql = Sql()
        where = _LISTED
        if tree is not None:
            where += f" AND {sql.condition(tree)}"
        return f"WHERE {where} ORDER BY {sql.order(orders)}", sql.values

    return tail


def _latest(store: Store) -> Run:
    def find(connection: Connection) -> list[Indexed]:
        where = f"{_LISTED} AND ifnull(r.role, '') NOT IN ('candidate', 'fold', 'trial')"
        return rows.found(connection, f"WHERE {where} ORDER BY {Sql().order([])} LIMIT 1", [])

    newest = rows.runs_of(store, index.ask(store, find))
    if not newest:
        raise RunNotFound(f"there is no run in {store.root}; a recorded training makes one")
    return newest[0]


def _located(store: Store | str | None) -> Store:
    return store if isinstance(store, Store) else Store.locate(store)
