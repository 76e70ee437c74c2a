"""Writing a child that has no files of its own: it is kept within another run's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from time import time

from fitscribe.store.ids import checked_id
from fitscribe.store.layout import artifact_parts
from fitscribe.store.points import checked_step
from fitscribe.store.writer import RunWriter


class ChildWriter:
    """Appends to one child from this process, from any of its threads, in the place of a `RunWriter`.

    Every call is a line in the files of the run that holds the child, on disk at once. That suits short
    trainings: a point takes some five times the room that it would in a file of the child's own.

    Args:
        parent: the writer of the run that holds it, or of another child that this run holds.
        child_id: the child's id.

    Raises:
        ValueError: the id could not be one.
    """

    def __init__(self, parent: RunWriter | ChildWriter, child_id: str) -> None:
        self._holder: RunWriter = parent._holder if isinstance(parent, ChildWriter) else parent
        self._id = checked_id(child_id)
        # Counters and no lock, which a fork could leave locked for ever: `next` is one step to other threads.
        self._steps: dict[str, count[int]] = {}

    @property
    def folder(self) -> Path:
        """The folder of the run that holds it; paths of artifacts are relative to it."""
        return self._holder.folder

    def event(self, event: str, /, **fields: object) -> None:
        """Append one event; see `RunWriter.event`."""
        self._holder.child(self._id, [(event, fields)])

    def child(self, child_id: str, events: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        """Append events of a child of this child, which the same run holds; see `RunWriter.child`."""
        self._holder.child(child_id, events)

    def point(self, name: str, value: float, step: int | None = None) -> None:
        """Append one point of a series; see `RunWriter.point`."""
        self.points({name: value}, step)

    def points(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Append one point of each of several series at the same step; see `RunWriter.point`."""
        if not values:
            return
        now = time()
        rows = {name: [[self._step(name, step), now, value]] for name, value in values.items()}
        self._holder.child(self._id, [("points", {"values": rows})])

    def timed(self, points: Sequence[tuple[str, int, float, float]]) -> None:
        """Append points that were seen a moment ago; see `RunWriter.timed`."""
        rows: dict[str, list[list[float]]] = {}
        for name, step, seen, value in points:
            rows.setdefault(name, []).append([self._step(name, step), seen, value])
        if rows:
            self._holder.child(self._id, [("points", {"values": rows})])

    def curves(self, curves: Mapping[str, tuple[int, Sequence[float]]]) -> None:
        """Append whole series at once; see `RunWriter.curves`."""
        now = time()
        rows = {
            name: [[step, now, value] for step, value in enumerate(values, self._step(name, first))]
            for name, (first, values) in curves.items()
        }
        self._steps.update({name: count(first + len(values)) for name, (first, values) in curves.items()})
        if rows:
            self._holder.child(self._id, [("points", {"values": rows})])

    def has_series(self, name: str) -> bool:
        """Whether there are points of that name; see `RunWriter.has_series`."""
        return name in self._steps

    def artifact(self, name: str) -> Path:
        """Return the path of an artifact, which lies in a folder of the child's; see `RunWriter.artifact`."""
        return self._holder.artifact("/".join([self._id, *artifact_parts(name)]))

    def close(self) -> None:
        """End this writer; the files belong to the run that holds it, and stay open."""

    def _step(self, name: str, step: int | None) -> int:
        if step is None:
            return next(self._steps.setdefault(name, count()))
        self._steps[name] = count(checked_step(step) + 1)
        return step
