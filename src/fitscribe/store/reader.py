"""Reading a run: the events of all its writers, put together into one record, and one per child within it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fitscribe.store.children import Children
from fitscribe.store.events import Event, add_event
from fitscribe.store.files import WriterFiles, read_writers
from fitscribe.store.points import RECORD
from fitscribe.store.record import RunRecord, WriterInfo
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
    record.children = children = Children(record.id)
    for event in _in_order(writers):
        if event["event"] == "child":
            try:
                children.add(event)
            except ValueError:
                record.damage.append("a line of a child does not say of which")
        else:
            add_event(record, event)
    children.coverage = record.coverage
    record.last = summaries(writers, record.damage)
    now = time.time()
    record.writers = [WriterInfo(each.identity, each.sealed, _last_write(each, now)) for each in writers]
    record.last_write = max((writer.last_write for writer in record.writers), default=0.0)
    for each, info in zip(writers, record.writers, strict=True):
        children.note_writer(info, each.events)
    return record


def _in_order(writers: list[WriterFiles]) -> list[Event]:
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
