"""Children that are kept within the files of another run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fitscribe.store.events import Event, add_event, pairs
from fitscribe.store.files import parse, read_lines_with
from fitscribe.store.ids import checked_id
from fitscribe.store.plain import plain
from fitscribe.store.record import MetricSummary, RunRecord, WriterInfo

Point = tuple[int, float, float]
"""Step, time and value."""


class Children(Mapping[str, RunRecord]):
    """The children that are kept within a run, by their ids; each is put together whenever it is asked for.

    Args:
        holder: the id of the run that keeps them.

    Attributes:
        coverage: of the holder, which counts for those that say nothing else.
    """

    def __init__(self, holder: str) -> None:
        self.coverage: list[dict[str, Any]] = []
        self._holder = holder
        self._lines: dict[str, list[Event]] = {}
        self._writers: list[tuple[WriterInfo, dict[str, float]]] = []

    def __getitem__(self, child_id: str) -> RunRecord:
        child = RunRecord(child_id, holder=self._holder)
        for line in self._lines[child_id]:
            for event in _events(line, child.damage):
                if event["event"] == "points":
                    _add_points(child, event)
                else:
                    add_event(child, event)
        child.header.setdefault("parent", self._holder)
        child.coverage = child.coverage or self.coverage
        for writer, times in self._writers:
            if child_id in times:
                # To the child: a holder that is written to changes none of the children that it is done with.
                last_write = min(times[child_id], writer.last_write)
                child.writers.append(writer._replace(last_write=last_write))
                child.last_write = max(child.last_write, last_write)
        return child

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: Event) -> None:
        """Take a line with events of a child; lines come in the order that counts.

        Raises:
            ValueError: it does not say of which child.
        """
        child_id = line.get("id")
        if not isinstance(child_id, str):
            raise ValueError(child_id)
        lines = self._lines.get(checked_id(child_id))
        if lines is None:
            self._lines[child_id] = [line]
        else:
            lines.append(line)

    def note_writer(self, writer: WriterInfo, events: Iterable[Event]) -> None:
        """Take note of who wrote lines of children, and when."""
        times = {str(event.get("id")): float(event["time"]) for event in events if event["event"] == "child"}
        if times:
            self._writers.append((writer, times))


def points_of_child(folder: Path | str, child_id: str) -> dict[str, list[Point]]:
    """Return the points of each metric of a child in order, those of several writers merged by time.

    Args:
        folder: of the run that keeps it.
        child_id: its id; a child that is not there has no points.
    """
    found: dict[str, list[tuple[float, Point]]] = {}
    for lines in read_lines_with(folder, child_id):
        clock = -math.inf
        for line in lines:
            if line["event"] != "child" or line.get("id") != child_id:
                continue
            # A clock that was set back must not change the order within one writer.
            clock = max(clock, line["time"])
            for event in _events(line, []):
                if event["event"] == "points":
                    for name, point in _points(event, []):
                        found.setdefault(name, []).append((clock, point))
    for rows in found.values():
        rows.sort(key=lambda row: row[0])
    return {name: [point for _, point in rows] for name, rows in found.items()}


def _events(line: Event, damage: list[str]) -> Iterator[Event]:
    """The events of a line; those without a time have that of the line."""
    events = line.get("events")
    if "raw" in line:
        parsed = parse(line["raw"])
        events = None if parsed is None else parsed.get("events")
    if not isinstance(events, list):
        damage.append("a line cannot be read")
        return
    for event in events:
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            time = event.setdefault("time", line["time"])
            if type(time) is float or type(time) is int:
                yield event
                continue
        damage.append("a part of a line cannot be read")


def _add_points(child: RunRecord, event: Event) -> None:
    for name, (step, _, value) in _points(event, child.damage):
        known = child.last.get(name)
        if known is None:
            child.last[name] = MetricSummary(value, value, value, 1, step)
            continue
        known.last, known.last_step = value, step
        known.count += 1
        known.min = value if known.min != known.min else min(known.min, value)
        known.max = value if known.max != known.max else max(known.max, value)


def _points(event: Event, damage: list[str]) -> Iterator[tuple[str, Point]]:
    try:
        for name, rows in pairs(event["values"]).items():
            for step, time, value in rows:
                if type(step) is not int or not -(1 << 63) <= step < 1 << 63:
                    raise TypeError(step)
                yield name, (step, _number(event["time"] if time is None else time), _number(value))
    except (TypeError, ValueError, KeyError, OverflowError):
        damage.append("points cannot be read")


def _number(data: Any) -> float:
    if type(data) is float or type(data) is int:
        return float(data)
    number = plain(data)[0] if isinstance(data, dict) else None
    if number is None:
        raise TypeError(data)
    return number
