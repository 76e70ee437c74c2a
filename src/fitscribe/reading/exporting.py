"""Runs as plain data for other programs: all of them as JSON, or a table as CSV."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, Literal, overload

from fitscribe.reading import launches
from fitscribe.reading.csv_text import csv_text
from fitscribe.reading.plain_data import plain_data, writable
from fitscribe.reading.run import Run
from fitscribe.store import Store, read_all_series
from fitscribe.store.plain import plain

_COLUMNS = ("id", "name", "experiment", "status", "started", "duration", "framework", "parent")


@overload
def export(runs: Iterable[Run], kind: Literal["json"], *, series: bool = ...) -> list[dict[str, Any]]: ...
@overload
def export(runs: Iterable[Run], kind: Literal["csv"]) -> str: ...
def export(runs: Iterable[Run], kind: str, *, series: bool = False) -> list[dict[str, Any]] | str:
    """Return runs for another program.

    Args:
        runs: which.
        kind: ``json`` for everything that is known of them, or ``csv`` for one row per run: head,
            parameters, last values of metrics, and tags.
        series: with the points of all metrics (JSON only).

    Returns:
        A list of one dict per run that strict JSON can hold, or the text of a CSV file. Times are in seconds
        since 1970 in the one, in UTC as ISO 8601 in the other.

    Raises:
        ValueError: the kind is another one.
    """
    if kind == "json":
        read_launch = functools.cache(_launch)
        return [_document(run, read_launch(run.store, run.launch_id), series=series) for run in runs]
    if kind == "csv":
        return _table(list(runs))
    raise ValueError(f"runs are exported as 'json' or 'csv', not {kind!r}")


def _document(run: Run, launch: dict[str, Any], *, series: bool) -> dict[str, Any]:
    seen = run.snapshot()
    document = {
        "id": run.id,
        "name": run.name,
        "experiment": run.experiment,
        "role": run.role,
        "status": run.status,
        "started": seen.own.started,
        "stopped": seen.stopped,
        "duration": seen.duration,
        "parent": seen.head("parent"),
        "holder": seen.own.holder,
        "only_training": None if seen.training is None else seen.training.id,
        "framework": run.framework,
        "framework_version": run.framework_version,
        "point": seen.head_of_training("point"),
        "site": run.site,
        "notes": seen.own.notes,
        "tags": seen.tags,
        "params": seen.params,
        "changed": seen.changed,
        "metrics": {name: each.last for name, each in seen.summaries.items()},
        "summaries": {
            name: {"min": each.min, "max": each.max, "count": each.count, "last_step": each.last_step}
            for name, each in seen.summaries.items()
        },
        "facts": seen.facts,
        "datasets": seen.datasets,
        "signature": seen.signature,
        "models": seen.models,
        "artifacts": seen.artifacts,
        "launch": run.launch_id,
        **launch,
        "coverage": seen.coverage,
        "unseen": seen.everything("unseen"),
        "problems": seen.everything("problems"),
        "lost": seen.everything("lost"),
        "damage": seen.everything("damage"),
        "cost": seen.cost,
        "error": seen.error,
    }
    if series:
        places = [(run.store.run_folder(record.folder_id), record.child_id) for record in seen.records]
        points = {name: each for place in places for name, each in read_all_series(*place).items()}
        document["series"] = {name: _points(each) for name, each in points.items()}
    found: dict[str, Any] = plain_data(document)
    return found


def _launch(store: Store, launch: str | None) -> dict[str, Any]:
    source = launches.read_source(store, launch)
    # Up to a megabyte, and the same for every run of the launch: named, as artifacts are.
    source.update(
        (name, f"launches/{launch}/{file}") for name, file in launches.TEXTS.items() if name in source
    )
    return {"environment": launches.read_environment(store, launch), "source": source}


def _points(series: Any) -> dict[str, list[Any]]:
    return {name: getattr(series, name).tolist() for name in ("steps", "values", "times")}


def _table(runs: list[Run]) -> str:
    rows = [_row(run) for run in runs]
    named = dict.fromkeys(name for row in rows for name in row if name not in _COLUMNS)
    columns = [*_COLUMNS, *sorted(named, key=lambda name: _KINDS.index(name.partition(".")[0]))]
    return writable(csv_text([columns, *([row.get(name, "") for name in columns] for row in rows)]))


_KINDS = ("params", "metrics", "tags")


def _row(run: Run) -> dict[str, Any]:
    seen = run.snapshot()
    moment = seen.started_at
    return {
        "id": run.id,
        "name": run.name,
        "experiment": run.experiment,
        "status": run.status,
        "started": "" if moment is None else moment.isoformat(timespec="milliseconds"),
        "duration": seen.duration,
        "framework": run.framework,
        "parent": seen.head("parent"),
        **{f"params.{name}": _cell(value) for name, value in seen.encoded("params").items()},
        **{f"metrics.{name}": repr(each.last) for name, each in seen.summaries.items()},
        **{f"tags.{name}": _cell(value) for name, value in seen.own.tags.items()},
    }


def _cell(data: Any) -> str:
    """An encoded value as text; a recorded None is told from a value that is not there."""
    try:
        text = plain(data)[1]
    except RecursionError:  # nested as deeply as JSON allows
        return "..."
    return "None" if text is None else text
