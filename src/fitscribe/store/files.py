"""Reading the two files of each writer of a run, whatever state they are in."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitscribe.store.identity import Identity
from fitscribe.store.layout import FORMAT
from fitscribe.store.plain_file import open_plain
from fitscribe.store.points import RECORD

_SIZE = RECORD.size
# Between announcing series and making the file of their points, in seconds.
_MADE_WITHIN_S = 5.0
_CHILD = re.compile(rb'{"event":"child","time":([0-9]+(?:\.[0-9]+)?),"id":"([A-Za-z0-9_-]+)","events":\[')


@dataclass
class WriterFiles:
    """What one writer wrote.

    Attributes:
        events: its events in order, each with a text as "event" and a number as "time"; those of children
            have an "id", and "events" or, where nobody has parsed it, the line as "raw".
        points: its records, whole ones only.
        names: names of the metrics by key.
        identity: who wrote; None where that line is missing or damaged.
        sealed: it said that it will write no more.
        written: when one of its files was changed last, in seconds since 1970.
    """

    events: list[dict[str, Any]]
    points: bytes
    names: dict[int, str]
    identity: Identity | None
    sealed: bool
    written: float


def read_writers(folder: Path | str, damage: list[str]) -> list[WriterFiles]:
    """Read the files of all writers of a run, in the order of their names.

    Args:
        folder: the run's folder; one that does not exist has no writers.
        damage: gets one sentence for each thing that cannot be read.
    """
    try:
        found = {entry for entry in os.listdir(folder) if entry.startswith("w-")}
    except FileNotFoundError:
        return []
    except OSError as error:
        damage.append(f"the folder cannot be read: {error.strerror}")
        return []
    stems = sorted({entry.rpartition(".")[0] for entry in found if entry.endswith((".jsonl", ".bin"))})
    writers = []
    for stem in stems:
        # Points first: a name that they need is in the other file before they are in this one.
        points, points_written = _content(folder, stem + ".bin", found, damage)
        lines, lines_written = _content(folder, stem + ".jsonl", found, damage)
        events = _events(lines, stem + ".jsonl", damage)
        if stem + ".bin" not in found and _had_points(events):
            damage.append(f"{stem}.bin is missing, with whatever points were in it")
        # Looked for once more: of a file that is made while they are listed, the other one may be seen alone.
        if stem + ".jsonl" not in found and not os.path.lexists(os.path.join(folder, stem + ".jsonl")):
            damage.append(f"{stem}.jsonl is missing, and with it what the points in {stem}.bin are called")
        writers.append(
            WriterFiles(
                events=events,
                points=_records(points, stem + ".bin", damage),
                names=_names(events, stem + ".jsonl", damage),
                identity=_identity(events, stem + ".jsonl", damage),
                sealed=bool(events) and events[-1]["event"] == "sealed",
                written=max(points_written, lines_written),
            )
        )
    return writers


def _had_points(events: list[dict[str, Any]]) -> bool:
    """Whether series were announced, long enough ago that the file of their points would be there."""
    announced = [event["time"] for event in events if event["event"] == "metrics"]
    return bool(announced) and (
        events[-1]["event"] == "sealed" or time.time() - announced[0] > _MADE_WITHIN_S
    )


def read_header(folder: Path | str) -> dict[str, Any]:
    """Return the event that says what the run is, reading little more than it; {} if there is none."""
    try:
        names = sorted(
            name for name in os.listdir(folder) if name.startswith("w-") and name.endswith(".jsonl")
        )
        for name in names:
            event = _first_run(os.path.join(folder, name))
            if event is not None:
                return event
    except OSError:
        return {}
    return {}


def _first_run(path: str) -> dict[str, Any] | None:
    try:
        number = open_plain(path)
    except OSError:
        return None
    with open(number, "rb") as file:
        events = (parse(line) for line in file)
        return next((event for event in events if event is not None and event["event"] == "run"), None)


def read_lines_with(folder: Path | str, word: str) -> list[list[dict[str, Any]]]:
    """Return, of each writer, the events whose lines hold a word; the others are not even parsed.

    Args:
        folder: the run's folder; one that does not exist has no writers.
        word: ASCII text without anything that JSON escapes.
    """
    try:
        names = {name for name in os.listdir(folder) if name.startswith("w-") and name.endswith(".jsonl")}
    except OSError:
        return []
    needle = word.encode("ascii")
    found = []
    for name in sorted(names):
        content, _ = _content(folder, name, names, [])
        lines = content.split(b"\n") if needle in content else []
        events = (parse(line) for line in lines if needle in line)
        found.append([event for event in events if event is not None])
    return found


def _content(folder: Path | str, name: str, found: set[str], damage: list[str]) -> tuple[bytes, float]:
    if name not in found:
        return b"", 0.0
    try:
        number = open_plain(os.path.join(folder, name))
        with open(number, "rb", buffering=0) as file:
            return file.read(), os.fstat(number).st_mtime
    except OSError as error:
        damage.append(f"{name} cannot be read: {error.strerror}")
        return b"", 0.0


def parse(line: bytes) -> dict[str, Any] | None:
    """Return the event that a line is, with a text as "event" and a number as "time"; None for any other."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return None
    time = event.get("time")
    return event if type(time) is float or type(time) is int else None


def _events(content: bytes, name: str, damage: list[str]) -> list[dict[str, Any]]:
    events = []
    lines = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        # The last one may be torn anywhere.
        event = (_unparsed(line) if number < len(lines) else None) or parse(line)
        if event is not None:
            events.append(event)
        elif number == len(lines):
            damage.append(f"{name} ends in the middle of a line: the disk was full, or its process died")
        else:
            damage.append(f"{name}: line {number} cannot be read")
    return events


def _unparsed(line: bytes) -> dict[str, Any] | None:
    """A line of a child as its kind, time, id and text: readers need few of the children, or one by one."""
    head = _CHILD.match(line)
    if head is None or not line.endswith(b"]}"):
        return None
    return {"event": "child", "time": float(head[1]), "id": head[2].decode("ascii"), "raw": line}


def _records(content: bytes, name: str, damage: list[str]) -> bytes:
    # Preallocated and never used: not a trace of a record, nor of a torn one.
    used = len(content.rstrip(b"\0"))
    whole = min(-(-used // _SIZE), len(content) // _SIZE) * _SIZE
    if used > whole:
        damage.append(f"{name} ends in the middle of a record")
    return content[:whole]


def _names(events: list[dict[str, Any]], name: str, damage: list[str]) -> dict[int, str]:
    names: dict[int, str] = {}
    for event in events:
        if event["event"] != "metrics":
            continue
        first, new = event.get("first"), event.get("names")
        if type(first) is int and isinstance(new, list) and all(isinstance(metric, str) for metric in new):
            names.update(zip(range(first, first + len(new)), new, strict=True))
        else:
            damage.append(f"{name}: names of metrics cannot be read")
    return names


def _identity(events: list[dict[str, Any]], name: str, damage: list[str]) -> Identity | None:
    for event in events:
        if event["event"] != "writer":
            continue
        if event.get("format") != FORMAT:
            damage.append(
                f"{name} has format {event.get('format')}; this version of fitscribe reads {FORMAT}"
            )
        host, boot, pidns, pid, start = (event.get(field) for field in Identity._fields)
        if (
            isinstance(host, str)
            and isinstance(boot, str | None)
            and isinstance(pidns, str | None)
            and type(pid) is int
            and 0 < pid < 1 << 31
            and (start is None or type(start) is int)
        ):
            return Identity(host, boot, pidns, pid, start)
    return None
