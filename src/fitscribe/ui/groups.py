"""Runs grouped by the values of fields, with means and deviations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.ui.asked import MOST_ROWS, Asked
from fitscribe.ui.catalog import Catalog, sort_key, token_of
from fitscribe.ui.cells import Cell, read_columns
from fitscribe.ui.choosing import fields_in, marked, matching
from fitscribe.ui.failures import Failure

if TYPE_CHECKING:
    from sqlite3 import Connection

_SHOWN = 3
_ODD = frozenset({"nan", "inf", "-inf"})
RUNS = "runs"


class Group(NamedTuple):
    """Runs that have the same values.

    Attributes:
        key: these values.
        runs: how many there are.
        cells: a summary of each column.
    """

    key: list[Cell]
    runs: int
    cells: list[dict[str, Any] | None]


def groups(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/groups``.

    Raises:
        Failure: a parameter cannot be understood.
    """
    offset, limit = asked.whole("offset", 0, 0, 1 << 40), asked.whole("limit", 100, 0, MOST_ROWS)

    found, matching_runs, token = grouped(catalog, asked)
    return {
        "token": token,
        "total": len(found),
        "matching": matching_runs,
        "rows": [each._asdict() for each in found[offset : offset + limit]],
    }


def grouped(catalog: Catalog, asked: Asked) -> tuple[list[Group], int, str]:
    """Return the groups of the runs that match, in order, how many runs that are, and the store's token.

    Raises:
        Failure: a parameter cannot be understood.
    """
    by, fields = fields_in(asked, "by"), fields_in(asked)
    if not by:
        raise Failure("bad_request", "by is missing")

    def find(connection: Connection) -> tuple[list[Group], int, str]:
        entries = matching(connection, catalog, asked.with_value("sort", ""), nest=False)
        keys = read_columns(connection, catalog.store, entries, by)
        columns = read_columns(connection, catalog.store, entries, fields)
        members: dict[tuple[Any, ...], list[int]] = {}
        for place, key in enumerate(zip(*keys, strict=True)):
            members.setdefault(tuple(map(marked, key)), []).append(place)
        found = [
            Group(
                [column[places[0]] for column in keys],
                len(places),
                [summary([column[place] for place in places]) for column in columns],
            )
            for places in members.values()
        ]
        _sort(found, asked.text("sort"), asked.texts("by"), asked.texts("column"))
        return found, len(entries), token_of(connection)

    return catalog.ask(find)


def summary(cells: Sequence[Cell]) -> dict[str, Any] | None:
    """Summarise the values of a column: of numbers mean and deviation, else the most frequent ones.

    NaN and infinities are in neither, and are counted of their own.
    """
    there = [each for each in cells if each is not None]
    if not there:
        return None
    numbers = [each for each in there if isinstance(each, int | float) and not isinstance(each, bool)]
    others = [each for each in there if isinstance(each, str | bool)]
    if (numbers and all(each in _ODD for each in others)) or set(others) <= _ODD:
        return _of_numbers(numbers, len(there) - len(numbers))
    frequent = Counter(map(str, there))
    return {
        "n": len(there),
        "distinct": len(frequent),
        "values": [text for text, _ in frequent.most_common(_SHOWN)],
    }


def _of_numbers(numbers: Sequence[float], not_finite: int) -> dict[str, Any]:
    counts = {"n": len(numbers), "not_finite": not_finite}
    if not numbers:
        return {**counts, "mean": "nan", "std": None, "min": "nan", "max": "nan"}
    scale = max(map(abs, numbers)) or 1.0
    # Scaled, since the sum and the squares of huge values are beyond a float.
    scaled = [each / scale for each in numbers]
    mean = math.fsum(scaled) / len(scaled)
    std = None
    if len(scaled) > 1:
        std = math.sqrt(math.fsum((each - mean) ** 2 for each in scaled) / (len(scaled) - 1)) * scale
    return {
        **counts,
        "mean": _number(mean * scale),
        "std": None if std is None else _number(std),
        "min": min(numbers),
        "max": max(numbers),
    }


def _number(value: float) -> float | str:
    return value if value - value == 0 else str(value)


def _sort(found: list[Group], order: str, by: Sequence[str], columns: Sequence[str]) -> None:
    """Sort groups by their keys, their number of runs, or what a column of them has.

    Raises:
        Failure: the order names something else.
    """
    found.sort(key=lambda group: [sort_key(each) for each in group.key])
    text = order.strip()
    name, _, direction = text.rpartition(" ")
    if direction.lower() not in ("asc", "desc"):
        name, direction = text, "asc"
    if not text:
        return
    name, descending = name.strip(), direction.lower() == "desc"
    if name == RUNS:
        found.sort(key=lambda group: group.runs, reverse=descending)
    elif name in by:
        place = list(by).index(name)
        _sort_by([group.key[place] for group in found], found, descending)
    elif name in columns:
        place = list(columns).index(name)
        _sort_by([_leading(name, group.cells[place]) for group in found], found, descending)
    else:
        raise Failure(
            "filter",
            f"groups are ordered by {RUNS}, by what they are grouped by, or by one of their columns",
            where="sort",
            text=order,
            position=0,
            end=len(order),
        )


def _sort_by(cells: Sequence[Cell], found: list[Group], descending: bool) -> None:
    pairs = list(zip(cells, found, strict=True))
    there = [pair for pair in pairs if pair[0] is not None]
    there.sort(key=lambda pair: sort_key(pair[0]), reverse=descending)
    found[:] = [group for _, group in there] + [group for cell, group in pairs if cell is None]


def _leading(name: str, cell: dict[str, Any] | None) -> Cell:
    if cell is None:
        return None
    # Of times there is no mean that anybody wants: the last one counts.
    found: Cell = (
        cell["max"]
        if name == "started"
        else cell["mean"]
        if "mean" in cell
        else next(iter(cell["values"]), None)
    )
    return found
