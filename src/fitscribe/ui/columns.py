"""Which columns there are, and which of them say most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.reading import Runs
from fitscribe.reading.directions import RANKED_BY, direction_of
from fitscribe.reading.leading import LONGEST_NAME, ReadRun, differing_params, leading_metrics, nameable
from fitscribe.reading.query_fields import COLUMNS, TABLES, written
from fitscribe.reading.rows import found, runs_of
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog, token_of
from fitscribe.ui.cells import ENVIRONMENT
from fitscribe.ui.choosing import matching
from fitscribe.ui.environments import environment_of
from fitscribe.ui.rows import STAR
from fitscribe.ui.ways import stated_by

if TYPE_CHECKING:
    from sqlite3 import Connection

_LOOKED_AT = 200
_METRICS, _PARAMS = 4, 6
_NUMERIC = frozenset({"started", "duration"})
_MOST_NAMES = 5000


def columns(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/columns``.

    Raises:
        Failure: the filter cannot be understood.
    """
    choice = [text for name in ("filter", "parent", "run") for text in (*asked.texts(name), "")]

    def find(connection: Connection) -> tuple[str, list[dict[str, Any]], Runs]:
        newest = matching(connection, catalog, asked, nest=True)[:_LOOKED_AT]
        keys = ",".join(str(each.key) for each in newest)
        rows = found(connection, f"WHERE r.key IN ({keys}) ORDER BY r.started DESC", [])
        known = catalog.kept(connection, ("columns",), lambda: _all(connection, catalog))
        return token_of(connection), known, runs_of(catalog.store, rows)

    token, known, runs = catalog.ask(find)
    parent = asked.text("parent")
    # Runs that are being written ask the index themselves, which nobody can bring up to date meanwhile.
    first = catalog.kept_at(
        token, ("suggested", *choice), lambda: suggested(runs, catalog.runs([parent] if parent else []))
    )
    return {"columns": known, **first}


def suggested(runs: Runs, parents: Runs) -> dict[str, Any]:
    """Return the fields that say most about some runs, and which way the metrics among these get better.

    Args:
        runs: the runs, the newest first.
        parents: the run that they lie in, if they are asked for as such: it may know what they do not say.
    """
    read = list(map(ReadRun, runs))
    (ranked_by,) = [each.facts.get(RANKED_BY) for each in parents] or [None]
    metrics = nameable(leading_metrics(read, ranked_by))[:_METRICS]
    stated = stated_by(runs, parents)
    # Who looks at a training that goes on wants a number of it.
    running = [
        each for each in read if each.seen.status == "running" and each.metrics.keys().isdisjoint(metrics)
    ]
    metrics += nameable(leading_metrics(running))[:1]
    return {
        "suggested": [
            *(written("metrics", name) for name in metrics),
            *(written("params", name) for name in nameable(differing_params(read))[:_PARAMS]),
        ],
        "directions": {written("metrics", name): direction_of(name, stated) for name in metrics},
    }


def _all(connection: Connection, catalog: Catalog) -> list[dict[str, Any]]:
    return [
        *_of_runs(connection),
        *(each for table in TABLES for each in _named(connection, table)),
        *_of_environment(connection, catalog),
    ]


def _of_runs(connection: Connection) -> list[dict[str, Any]]:
    # How long it took is no column of its own: every run that has begun has it. What a run shows of its only
    # child is counted, too.
    other = {"duration": "r.started", "framework": "coalesce(r.framework, o.framework)"}
    counts = ", ".join(f"count(nullif({other.get(name, f'r.{name}')}, ''))" for name in COLUMNS)
    found = connection.execute(f"SELECT {counts} FROM runs r LEFT JOIN runs o ON o.key = r.only_child")
    return [
        _column("run", name, runs, name in _NUMERIC)
        for name, runs in zip(COLUMNS, found.fetchone(), strict=True)
    ]


def _column(table: str, name: str, runs: int, numeric: bool) -> dict[str, Any]:
    field = name if table == "run" else written(table, name)
    return {"field": field, "table": table, "name": name, "runs": runs, "numeric": numeric}


def _named(connection: Connection, table: str) -> list[dict[str, Any]]:
    # A metric is a number; a parameter is one where all of its values are, None left aside.
    numeric = "1" if table == "metrics" else "count(number) > 0 AND count(number) = count(text)"
    rows = connection.execute(
        f"SELECT name, count(*), {numeric} FROM {table} WHERE length(name) <= {LONGEST_NAME} "
        f"GROUP BY name ORDER BY 2 DESC, 1 LIMIT {_MOST_NAMES}"
    )
    return [
        _column(table, name, runs, bool(is_numeric))
        for name, runs, is_numeric in rows
        if not (table == "tags" and name == STAR) and name
    ]


def _of_environment(connection: Connection, catalog: Catalog) -> list[dict[str, Any]]:
    """The names that the newest launches know: there may be thousands of these, and each is read."""
    rows = connection.execute(
        "SELECT launch, count(*) FROM runs WHERE launch IS NOT NULL GROUP BY launch "
        f"ORDER BY max(started) DESC LIMIT {_LOOKED_AT}"
    )
    counts: dict[str, int] = {}
    numbers: dict[str, bool] = {}
    for launch, runs in rows.fetchall():
        for name, value in environment_of(catalog.store, launch).items():
            counts[name] = counts.get(name, 0) + runs
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            numbers[name] = numbers.get(name, True) and is_number
    return [_column(ENVIRONMENT, name, runs, numbers[name]) for name, runs in sorted(counts.items())]
