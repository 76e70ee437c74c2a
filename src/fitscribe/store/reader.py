"""Reading a run: the events of all its writers, put together into one record."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fitscribe.store.files import WriterFiles, read_writers
from fitscribe.store.points import RECORD
from fitscribe.store.record import ENDS, RunRecord, WriterInfo
from fitscribe.store.series import summaries


def read_run(folder: Path | str) -> RunRecord:
    """Read a run.

    Args:
        folder: the run's folder; one that does not exist gives an empty record.

    Returns:
        What the files say; what is damaged in them is left out and listed. Damage never raises.
    """
    record = RunRecord(os.path.basename(folder))
    writers = read_writers(folder, record.damage)
    for event in _in_order(writers):
        add = _ADD.get(event["event"])
        if add is None:
            continue
        try:
            add(record, event)
        except (TypeError, ValueError, KeyError):
            record.damage.append(f"an event {event['event']!r} cannot be read")
    record.last = summaries(writers, record.damage)
    now = time.time()
    record.writers = [WriterInfo(each.identity, each.sealed, _last_write(each, now)) for each in writers]
    record.last_write = max((writer.last_write for writer in record.writers), default=0.0)
    return record


def _in_order(writers: list[WriterFiles]) -> list[dict[str, Any]]:
    if len(writers) == 1:
        return writers[0].events
    timed = []
    for writer in writers:
        clock = float("-inf")
        for event in writer.events:
            # A clock that was set back must not change the order within one writer.
            clock = max(clock, event["time"])
            timed.append((clock, event))
    timed.sort(key=lambda pair: pair[0])
    return [event for _, event in timed]


def _last_write(writer: WriterFiles, now: float) -> float:
    """By the writer's own clock, since a copied file has the time of the copy; nonsense is left out."""
    times = [event["time"] for event in writer.events[-1:]]
    if writer.points:
        times.append(RECORD.unpack_from(writer.points, len(writer.points) - RECORD.size)[2])
    return max((float(each) for each in times if 0 < each <= now), default=writer.written)


# -- what each kind of event adds


def _fields(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("event", "time")}


def _pairs(data: Any) -> dict[str, Any]:
    """The names and encoded values of an encoded dict, whatever form its names made it take."""
    if not isinstance(data, dict):
        raise TypeError(data)
    if data.keys() == {"$dict"}:
        return {name: value for name, value in data["$dict"] if isinstance(name, str)}
    return data


def _run(record: RunRecord, event: dict[str, Any]) -> None:
    if not record.header:
        record.header = _fields(event)
        record.started = float(event["time"])


def _params(record: RunRecord, event: dict[str, Any]) -> None:
    record.params.update(_pairs(event["values"]))
    if "changed" in event:
        known = record.changed or []
        record.changed = known + [name for name in _texts(event["changed"]) if name not in known]


def _texts(data: Any) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise TypeError(data)
    return data


def _tags(record: RunRecord, event: dict[str, Any]) -> None:
    for name, value in _pairs(event["values"]).items():
        if value is None:
            record.tags.pop(name, None)
        else:
            record.tags[name] = value


def _notes(record: RunRecord, event: dict[str, Any]) -> None:
    record.notes = str(event["text"])


def _facts(record: RunRecord, event: dict[str, Any]) -> None:
    record.facts.update(_pairs(event["values"]))


def _signature(record: RunRecord, event: dict[str, Any]) -> None:
    record.signature = _pairs(event["signature"])


def _coverage(record: RunRecord, event: dict[str, Any]) -> None:
    points = event["points"]
    if not isinstance(points, list):
        raise TypeError(points)
    record.coverage = [point for point in points if isinstance(point, dict)]


def _cost(record: RunRecord, event: dict[str, Any]) -> None:
    record.cost = _fields(event)


def _end(record: RunRecord, event: dict[str, Any]) -> None:
    if event["status"] not in ENDS:
        raise ValueError(event["status"])
    record.end = _fields(event)
    record.ended = float(event["time"])


def _each(attribute: str) -> Callable[[RunRecord, dict[str, Any]], None]:
    def add(record: RunRecord, event: dict[str, Any]) -> None:
        getattr(record, attribute).append(_fields(event))

    return add


def _each_name(attribute: str) -> Callable[[RunRecord, dict[str, Any]], None]:
    """What is logged again under the same name takes the place of what was there, as its file does."""

    def add(record: RunRecord, event: dict[str, Any]) -> None:
        name = event["name"]
        if not isinstance(name, str):
            raise TypeError(name)
        known = getattr(record, attribute)
        known[:] = [other for other in known if other["name"] != name]
        known.append(_fields(event))

    return add


_ADD: dict[str, Callable[[RunRecord, dict[str, Any]], None]] = {
    "run": _run,
    "params": _params,
    "tags": _tags,
    "notes": _notes,
    "facts": _facts,
    "signature": _signature,
    "coverage": _coverage,
    "cost": _cost,
    "end": _end,
    "dataset": _each("datasets"),
    "unseen": _each("unseen"),
    "problem": _each("problems"),
    "lost": _each("lost"),
    "model": _each_name("models"),
    "artifact": _each_name("artifacts"),
}
