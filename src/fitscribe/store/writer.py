"""Writing to a run: one writer is one process, and writes only files of its own."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import sys
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import time

from fitscribe.store import identity, late
from fitscribe.store.ids import checked_id
from fitscribe.store.layout import ARTIFACTS, FORMAT, artifact_parts, create_run_folder
from fitscribe.store.lines import ENDING, LineFile, child_line, create_numbered, line_of
from fitscribe.store.points import PointFile, StepTooLarge, checked_step
from fitscribe.store.values import encode_fields

# How long points may go to a file that somebody has deleted before that is noticed.
_LOOK_EVERY_S = 1.0
_POINTS = ".bin"

_writers: weakref.WeakSet[RunWriter] = weakref.WeakSet()


class RunWriter:
    """Appends to one run from this process, from any of its threads.

    Nothing exists on disk before the first write, which creates the store and the run's folder if need be.
    After a fork, and after `close`, the next write opens new files, which do not stay open for ever. A folder
    that vanishes later is not created again: calls raise until it is back. What a call that returned has
    written survives the process.

    Args:
        folder: the run's folder, `Store.run_folder(run_id)`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._created = False
        self._is_over = False
        self._look_at = 0.0
        # Times of what is added to a run that is over: not before those of the files that were closed then.
        self._earliest = 0.0
        self._lines: LineFile | None = None
        self._points: PointFile | None = None
        self._keys: dict[str, int] = {}
        self._next_key = 1
        self._last_steps: dict[str, int] = {}
        _writers.add(self)

    def event(self, event: str, /, **fields: object) -> None:
        """Append one event.

        Args:
            event: what it is, such as ``params``.
            fields: what it says, of any type (see `fitscribe.store.values`).

        Raises:
            OSError: the store could not take it.
        """
        encoded = encode_fields(fields)
        now = time()
        with self._lock:
            lines = self._open_lines()
            self._look_at = max(self._look_at, now + _LOOK_EVERY_S)  # it has just been looked at
            lines.append(line_of(event, max(now, self._earliest), encoded))
        if event == "end":
            self._is_over = True
        if self._is_over:
            late.keep_open(self)

    def child(self, child_id: str, events: Sequence[tuple[str, Mapping[str, object]]]) -> None:
        """Append events of a child that is kept within this run, all of them on one line.

        Args:
            child_id: the child's id; its first event is ``run``.
            events: what each is, and its fields, as in `event`. They are of now, unless a field ``time`` says
                otherwise. Series are events, too: ``points`` with ``values``, lists of [step, time, value] by
                name, Python's own numbers; a time of None is that of the event.

        Raises:
            OSError: the store could not take it.
            ValueError: the id could not be one.
        """
        now = max(time(), self._earliest)
        try:
            line = child_line(checked_id(child_id), now, events)
        except ValueError:
            # Numbers that JSON lacks are rare in points, and looking for them takes as long as all the rest.
            line = child_line(checked_id(child_id), now, events, encode_points=True)
        with self._lock:
            if now >= self._look_at:
                self._look(now)
            (self._lines or self._create_lines()).append(line)
        if self._is_over:
            late.keep_open(self)

    def point(self, name: str, value: float, step: int | None = None) -> None:
        """Append one point of a series.

        Args:
            name: the metric's name.
            value: the value.
            step: any whole number of 64 bits; the one after the last of this metric if left out.

        Raises:
            OSError: the store could not take it.
            StepTooLarge: the step does not fit 64 bits.
        """
        now = time()
        with self._lock:
            if now >= self._look_at:
                self._look(now)
            if now < self._earliest:
                now = self._earliest
            key = self._keys.get(name) or self._announce([name])
            if step is None:
                step = self._last_steps.get(name, -1) + 1
            try:
                self._points.add(key, step, now, value)  # type: ignore[union-attr] # open while there are keys
            except struct.error:
                raise StepTooLarge(step) from None
            self._last_steps[name] = step
        if self._is_over:
            late.keep_open(self)

    def points(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Append one point of each of several series at the same step; the rest is as in `point`."""
        if not values:
            return
        now = time()
        with self._lock:
            if now >= self._look_at:
                self._look(now)
            if now < self._earliest:
                now = self._earliest
            if not values.keys() <= self._keys.keys():
                self._announce(values)
            steps = {name: self._last_steps.get(name, -1) + 1 if step is None else step for name in values}
            try:
                records = [(self._keys[name], steps[name], now, value) for name, value in values.items()]
                self._points.add_all(records)  # type: ignore[union-attr] # open while there are keys
            except struct.error:
                raise StepTooLarge(step) from None
            self._last_steps.update(steps)
        if self._is_over:
            late.keep_open(self)

    def timed(self, points: Sequence[tuple[str, int, float, float]]) -> None:
        """Append points that were seen a moment ago.

        Args:
            points: name, step, time in seconds since the epoch, and value of each.

        Raises:
            OSError: the store could not take it.
            StepTooLarge: a step does not fit 64 bits.
        """
        if not points:
            return
        with self._lock:
            if (now := time()) >= self._look_at:
                self._look(now)
            names = {name for name, _, _, _ in points}
            if not names <= self._keys.keys():
                self._announce(sorted(names))
            keys = self._keys
            try:
                records = [(keys[name], step, seen, value) for name, step, seen, value in points]
                self._points.add_all(records)  # type: ignore[union-attr] # open while there are keys
            except struct.error:
                raise StepTooLarge(max(step for _, step, _, _ in points)) from None
            self._last_steps.update({name: step for name, step, _, _ in points})
        if self._is_over:
            late.keep_open(self)

    def curves(self, curves: Mapping[str, tuple[int, Sequence[float]]]) -> None:
        """Append whole series at once.

        Args:
            curves: by the metric's name the step of the first value, and the values, a step from each other.

        Raises:
            OSError: the store could not take it.
            StepTooLarge: a step does not fit 64 bits.
        """
        if not curves:
            return
        now = time()
        with self._lock:
            if now >= self._look_at:
                self._look(now)
            if now < self._earliest:
                now = self._earliest
            if not curves.keys() <= self._keys.keys():
                self._announce(curves)
            records = [
                (self._keys[name], step, now, value)
                for name, (first, values) in curves.items()
                for step, value in enumerate(values, checked_step(first))
            ]
            self._points.add_all(records)  # type: ignore[union-attr] # open while there are keys
            self._last_steps.update(
                {name: first + len(values) - 1 for name, (first, values) in curves.items()}
            )
        if self._is_over:
            late.keep_open(self)

    def has_series(self, name: str) -> bool:
        """Whether this writer has written points of that name since it was opened."""
        return name in self._keys

    def artifact(self, name: str) -> Path:
        """Return the path of an artifact, its folder created.

        Args:
            name: a relative path with forward slashes.

        Raises:
            ValueError: the name leaves the folder of the artifacts.
            OSError: the folder could not be created.
        """
        parts = artifact_parts(name)
        folder = os.path.join(self.folder, ARTIFACTS, *parts[:-1])
        if not os.path.isdir(folder):
            with self._lock:
                self._ensure_folder()
            os.makedirs(folder, exist_ok=True)
        return Path(folder, parts[-1])

    def close(self) -> None:
        """End this writer: cut what was preallocated, and say in the file that no more will come.

        Raises:
            OSError: that could not be written; the files are closed all the same.
        """
        with self._lock:
            lines, points = self._lines, self._points
            self._forget_files()
            self._is_over = True
            late.forget(self)
            now = time()
            # Whoever merges files goes by their times; a clock that was set back has given later ones.
            was_set_back = now < self._look_at - _LOOK_EVERY_S
            self._earliest = max(self._earliest, self._look_at if was_set_back else now)
            gone = [file for file in (lines, points) if file is not None and file.is_deleted()]
            try:
                if points is not None:
                    points.close()
            finally:
                if lines is not None:
                    try:
                        if lines not in gone:
                            lines.append(line_of("sealed", now, {}))
                    finally:
                        lines.close()
            if gone:
                raise _gone()

    def discard(self) -> None:
        """Remove what was made for a run of which the store took nothing; what it took stays."""
        with (
            self._lock,
            contextlib.suppress(OSError),
        ):  # files of others, or of the run: it does say something
            if self._lines is not None:
                if not self._lines.is_empty():
                    return
                self._lines.discard()
                self._forget_files()
            if self._created:
                for folder, _, _ in os.walk(self.folder, topdown=False):
                    os.rmdir(folder)
                self._created = False

    # -- files

    def _open_lines(self) -> LineFile:
        if self._lines is not None and self._lines.is_deleted():
            self._abandon()
        return self._lines or self._create_lines()

    def _create_lines(self) -> LineFile:
        self._ensure_folder()
        me = identity.current()
        first = line_of("writer", time(), {"format": FORMAT, **me._asdict()})
        lines = create_numbered(os.path.join(self.folder, f"w-{me.slug}-"), first)
        if self._lines is not None:  # a signal handler that logs was here in between
            lines.discard()
            return self._lines
        self._lines = lines
        self._look_at = time() + _LOOK_EVERY_S
        return lines

    def _create_points(self, lines: LineFile) -> None:
        points = PointFile(lines.path.removesuffix(ENDING) + _POINTS)
        if self._points is not None:  # likewise
            points.abandon()
        else:
            self._points = points

    def _announce(self, names: Iterable[str]) -> int:
        """Give names a key, on disk before the points that need it; returns the last one given."""
        lines = self._open_lines()
        new = [name for name in names if name not in self._keys]
        first = self._next_key
        # Never used twice, not even after a failure: part of the line may be on disk.
        self._next_key = end = first + len(new)
        lines.append(line_of("metrics", time(), {"first": first, "names": new}))
        if self._points is None:
            self._create_points(lines)
        self._keys.update(zip(new, range(first, end), strict=True))
        return end - 1

    def _ensure_folder(self) -> None:
        if self._created:
            if not os.path.isdir(self.folder):
                raise FileNotFoundError(errno.ENOENT, "the folder of the run is gone", str(self.folder))
        else:
            create_run_folder(self.folder)
            self._created = True

    def _look(self, now: float) -> None:
        """Notice, once in a while, that the files were deleted: writing to them would not fail."""
        self._look_at = now + _LOOK_EVERY_S
        if self._lines is not None:
            gone = self._is_deleted()
            if gone:
                self._abandon()
            self._open_lines()
            if gone:
                raise _gone()

    def _is_deleted(self) -> bool:
        return any(file is not None and file.is_deleted() for file in (self._lines, self._points))

    def _abandon(self) -> None:
        """Close the files as they are: they were deleted, or belong to the parent of this fork."""
        lines, points = self._lines, self._points
        self._forget_files()
        if points is not None:
            points.abandon()
        if lines is not None:
            lines.close()

    def _forget_files(self) -> None:
        self._lines = self._points = None
        self._keys = {}
        self._next_key = 1

    def _after_fork(self) -> None:
        self._lock = threading.RLock()
        self._abandon()


def _gone() -> OSError:
    return FileNotFoundError(errno.ENOENT, "a file of the run was deleted, and what was in it")


def _after_fork_in_child() -> None:
    for writer in list(_writers):
        writer._after_fork()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork_in_child)
