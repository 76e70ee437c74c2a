"""Which parameters a metric goes with, over many runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.reading.directions import direction_of
from fitscribe.reading.query_fields import Field, written
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog
from fitscribe.ui.cells import Cell, field_of, read_columns
from fitscribe.ui.choosing import MOST_VALUES, chosen
from fitscribe.ui.shapes import shape_of
from fitscribe.ui.table import is_numeric
from fitscribe.ui.ways import stated_by

if TYPE_CHECKING:
    from sqlite3 import Connection

_BINS = 8
_MOST_PARAMS = 200
# So many runs say which way the metric gets better.
_ASKED = 50
# Fewer runs tell nothing.
_FEWEST = 4


def importance(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/importance``.

    Raises:
        Failure: a parameter cannot be understood.
    """
    metric = field_of(asked.needed("metric"), "column")

    def find(connection: Connection) -> tuple[list[str], dict[str, Any]]:
        entries = chosen(connection, catalog, asked, nest=False)[:MOST_VALUES]
        (scores,) = read_columns(connection, catalog.store, entries, [metric])
        there = [
            place
            for place, each in enumerate(scores)
            if isinstance(each, int | float) and not isinstance(each, bool)
        ]
        runs = [entries[place] for place in there]
        keys = ",".join(str(key) for each in runs for key in (each.key, each.only) if key is not None)
        names = connection.execute(
            f"SELECT name FROM params WHERE run IN ({keys}) GROUP BY name "
            f"HAVING count(DISTINCT ifnull(text, '')) > 1 ORDER BY count(*) DESC, name LIMIT {_MOST_PARAMS}"
        )
        fields = [(written("params", name), Field("params", name, "", 0, 0)) for (name,) in names.fetchall()]
        columns = read_columns(connection, catalog.store, runs, [field for _, field in fields])
        ranks = ranked([float(scores[place]) for place in there])  # type: ignore[arg-type] # numbers
        rows = [
            {"field": text, **explained(column, ranks)}
            for (text, _), column in zip(fields, columns, strict=True)
        ]
        rows.sort(key=lambda row: -row["importance"])
        return [each.id for each in runs[:_ASKED]], {"runs": len(runs), "rows": rows}

    asked_ids, found = catalog.ask(find)
    parent = asked.text("parent")
    stated = stated_by(catalog.runs(asked_ids), catalog.runs([parent] if parent else []))
    return {"metric": asked.text("metric"), "direction": direction_of(metric.name, stated), **found}


def explained(column: Sequence[Cell], ranks: Sequence[float]) -> dict[str, Any]:
    """Return how much of the variance of ranks the values of a parameter explain (epsilon squared).

    Args:
        column: the parameter, one value per run.
        ranks: of the metric, in the same order.

    Returns:
        `importance`: from 0 to 1, corrected for what as many groups of runs explain by chance.
        `correlation`: Spearman's, where the parameter is a number. `shape` and `at`: what the metric does
        where it grows, as :class:`Shape` has it. `runs`: how many have the parameter.
    """
    there = [place for place, each in enumerate(column) if each is not None]
    own = ranked([ranks[place] for place in there])
    cells = [column[place] for place in there]
    numeric = is_numeric(cells) and all(not isinstance(each, str) for each in cells)
    groups: Sequence[Any] = cells
    correlation = None
    numbers: list[float] = []
    if numeric:
        numbers = [float(each) for each in cells]  # type: ignore[arg-type] # numbers
        placed = ranked(numbers)
        correlation = _correlation(placed, own)
        if len(set(cells)) > _BINS:
            groups = [int(rank * _BINS / len(placed)) for rank in placed]
    share = _explained(groups, own)
    shape = shape_of(numbers, groups, own, correlation, share) if numeric else None
    return {
        "importance": share,
        "correlation": correlation,
        "shape": None if shape is None else shape.kind,
        "at": None if shape is None else shape.at,
        "runs": len(there),
    }


def _explained(groups: Sequence[Any], ranks: Sequence[float]) -> float:
    members: dict[Any, list[float]] = {}
    for group, rank in zip(groups, ranks, strict=True):
        members.setdefault((type(group), group), []).append(rank)
    count = len(ranks)
    if count < _FEWEST or not 1 < len(members) < count:
        return 0.0
    mean = sum(ranks) / count
    whole = sum((rank - mean) ** 2 for rank in ranks)
    if not whole:
        return 0.0
    between = sum(len(each) * (sum(each) / len(each) - mean) ** 2 for each in members.values())
    degrees = len(members) - 1
    within = (whole - between) / (count - len(members))
    return max(0.0, min(1.0, (between - degrees * within) / whole))


def ranked(values: Sequence[float]) -> list[float]:
    """Return the ranks of numbers, from 0; those of equal ones are their mean."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2
        start = end + 1
    return ranks


def _correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    count = len(first)
    if count < _FEWEST:
        return None
    mean = (count - 1) / 2
    both = sum((a - mean) * (b - mean) for a, b in zip(first, second, strict=True))
    one = sum((a - mean) ** 2 for a in first)
    other = sum((b - mean) ** 2 for b in second)
    return None if not one or not other else float(both / (one * other) ** 0.5)
