"""Stores for the tests of the reading side, written as the tracking side writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fitscribe.store import RunWriter, Store, new_id

MakeRun = Callable[..., str]


def write_run(
    store: Store,
    name: str | None = "run",
    *,
    run_id: str | None = None,
    params: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    notes: str = "",
    status: str | None = "finished",
    started: float | None = None,
    duration: float | None = None,
    events: Iterable[tuple[str, Mapping[str, Any]]] = (),
    **header: Any,
) -> str:
    """Write one run; without a status it stays open in this process. Returns its id."""
    run_id = run_id or new_id()
    writer = RunWriter(store.run_folder(run_id))
    writer.event("run", **{"id": run_id, "name": name, "experiment": "tests", "role": "training", **header})
    if params:
        writer.event("params", values=dict(params), changed=[])
    for metric, values in (metrics or {}).items():
        for value in values if isinstance(values, list) else [values]:
            writer.point(metric, value)
    if tags:
        writer.event("tags", values=dict(tags))
    if notes:
        writer.event("notes", text=notes)
    for kind, fields in events:
        writer.event(kind, **fields)
    if status is not None:
        writer.event("end", status=status, error=None)
        writer.close()
    if started is not None:
        set_times(store.run_folder(run_id), started, duration or 0.0)
    return run_id


def set_times(folder: Path, started: float, duration: float) -> None:
    """Make a written run one of another time."""
    for file in folder.glob("w-*.jsonl"):
        lines = [json.loads(line) for line in file.read_text().splitlines() if line]
        for line in lines:
            line["time"] = started + (duration if line["event"] in ("end", "sealed") else 0.0)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def age(folder: Path, seconds: float = 3600.0) -> None:
    """Make a folder one that was last changed some time ago, as most are."""
    stamp = folder.stat().st_mtime_ns - int(seconds * 1e9) + 1
    os.utime(folder, ns=(stamp, stamp))


@pytest.fixture
def store(own_store: Path) -> Store:
    return Store(own_store)


@pytest.fixture
def make_run(store: Store) -> MakeRun:
    def make(*args: Any, **options: Any) -> str:
        return write_run(store, *args, **options)

    return make


@pytest.fixture
def make_old() -> Callable[[Path], None]:
    return age
