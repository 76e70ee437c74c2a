"""Writing to a run: one writer is one process, and writes only files of its own."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time

from fitscribe.store import late, run_files
from fitscribe.store.ids import checked_id
from fitscribe.store.layout import ARTIFACTS, artifact_parts
from fitscribe.store.lines import child_line, line_of
from fitscribe.store.points import StepTooLarge, checked_step
from fitscribe.store.run_files import OpenFiles, gone
from fitscribe.store.values import encode_fields


class RunWriter(OpenFiles):
    """Appends to one run from this process, from any of its threads.

    Nothing exists on disk before the first write, which creates the store and the run's folder if need be.
    After a fork, and after `close`, the next write opens new files, which do not stay open for ever. What a
    call that returned has written survives the process.

    Args:
        folder: the run's folder, `Store.run_folder(run_id)`.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._is_over = False
        # Times of what is added to a run that is over: not before those of the files that were closed then.
        self._earliest = 0.0
        self._last_steps: dict[str, int] = {}

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
            self._look_at = max(self._look_at, now + run_files.LOOK_EVERY_S)  # it has just been looked at
            line = line_of(event, max(now, self._earliest), encoded)
            lines.append(line)
        if event == "end":
            self._is_over = True
        elif event == "run":
            self._run_line = line
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
            was_set_back = now < self._look_at - run_files.LOOK_EVERY_S
            self._earliest = max(self._earliest, self._look_at if was_set_back else now)
            deleted = [file for file in (lines, points) if file is not None and file.is_deleted()]
            try:
                if points is not None:
                    points.close()
            finally:
                if lines is not None:
                    try:
                        if lines not in deleted:
                            lines.append(line_of("sealed", now, {}))
                    finally:
                        lines.close()
            if deleted:
                raise gone()

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
