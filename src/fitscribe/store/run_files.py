"""The two files of a writer: made when they are needed, noticed as deleted, and made anew."""

from __future__ import annotations

import errno
import os
import sys
import threading
import weakref
from collections.abc import Iterable
from pathlib import Path
from time import localtime, strftime, time

from fitscribe.store import identity
from fitscribe.store.layout import FORMAT, create_run_folder
from fitscribe.store.lines import ENDING, POINTS, LineFile, create_numbered, line_of, names_lines
from fitscribe.store.points import PointFile

# How long points may go to a file that somebody has deleted before that is noticed.
LOOK_EVERY_S = 1.0

_open: weakref.WeakSet[OpenFiles] = weakref.WeakSet()


class OpenFiles:
    """What a writer has open: its lines, its points, and the names that these go by.

    A folder that vanishes is not created again: calls raise until it is back. A file that vanishes is: what
    the run is, and the names of points that are still there, are written again, and that the rest is gone.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._created = False
        self._look_at = 0.0
        self._lines: LineFile | None = None
        self._points: PointFile | None = None
        self._is_making_points = False
        # What a file is made anew with: where the one was that was deleted, and the line of the event "run".
        self._deleted: str | None = None
        self._run_line = b""
        self._keys: dict[str, int] = {}
        self._next_key = 1
        _open.add(self)

    def _open_lines(self) -> LineFile:
        if self._lines is not None and self._lines.is_deleted():
            self._replace_lines(self._lines)
        return self._lines or self._create_lines()

    def _create_lines(self) -> LineFile:
        self._ensure_folder()
        prefix = os.path.join(self.folder, f"w-{identity.current().slug}-")
        lines = create_numbered(prefix, self._first_lines())
        if self._lines is not None:  # a signal handler that logs was here in between
            lines.discard()
            return self._lines
        self._lines = lines
        self._deleted = None
        self._look_at = time() + LOOK_EVERY_S
        return lines

    def _first_lines(self) -> bytes:
        first = line_of("writer", time(), {"format": FORMAT, **identity.current()._asdict()})
        # It may be back by now, or another one in its place: that file speaks for itself.
        if self._deleted is None or os.path.exists(self._deleted):
            return first
        what = f"what was recorded before {strftime('%Y-%m-%d %H:%M:%S', localtime())}"
        why = "the file was deleted" + ("" if self._points is None else ", but not that of points")
        return first + self._run_line + line_of("unseen", time(), {"what": what, "why": why})

    def _replace_lines(self, lines: LineFile) -> bool:
        """Make a file anew that was deleted; tells whether the points stay where they are, named anew."""
        if not lines.is_empty():
            self._deleted = lines.path
        points = self._points
        if points is None or points.is_deleted() or os.path.exists(lines.path):
            self._abandon()
            return False
        again = LineFile(lines.path, self._first_lines() + names_lines(time(), self._keys))
        self._lines, self._deleted = again, None
        lines.close()
        again.append(b"")
        return True

    def _create_points(self, lines: LineFile) -> None:
        path = lines.path.removesuffix(ENDING) + POINTS
        # A signal handler that logs while the file is made here takes the same one.
        is_new, self._is_making_points = not self._is_making_points, True
        try:
            points = PointFile(path, is_new)
        except FileExistsError:
            if self._points is None:  # another writer's, whose points have names of their own
                self._abandon()
                raise
            return
        finally:
            self._is_making_points = False
        if self._points is not None:
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
        self._look_at = now + LOOK_EVERY_S
        lines, points = self._lines, self._points
        if lines is None:
            return
        if lines.is_deleted():
            if self._replace_lines(lines):
                return
        elif points is not None and points.is_deleted():
            self._abandon()
        else:
            return
        self._open_lines()
        raise gone()

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
        self._is_making_points = False
        self._abandon()


def gone() -> OSError:
    """The error of who writes to a file that was deleted."""
    return FileNotFoundError(errno.ENOENT, "a file of the run was deleted, and what was in it")


def _after_fork_in_child() -> None:
    for files in list(_open):
        files._after_fork()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork_in_child)
