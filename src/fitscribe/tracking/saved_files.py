"""The files that the script saves in one run, recorded within a budget of the training's time."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.capture import mask_secrets
from fitscribe.capture.files import describe_file
from fitscribe.engine import guarded
from fitscribe.tracking.exiting import at_exit

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

_LEAST_S = 0.02
_SHARE = 0.01
# Up to this size a file is hashed whole, where there is time.
WHOLE_BYTES = 64 << 20
_CHUNK = 1 << 20
# How long it takes at first: to look at what was saved, and to hash a byte of it.
_LOOK_S = 0.0003
_BYTE_S = 1 / 400e6
# So many files have a record of their own each.
_FILES = 64
# Runs of which files are known.
_RUNS = 16


class Saved(NamedTuple):
    """One time that the script has saved something.

    Attributes:
        path: of the file, as the script gave it.
        is_open: whether the script still has the file open.
        by: what saved it.
        holds: what it is, such as a state of a model, in plain values.
        step: of the training; None where none goes on.
        time: when, in seconds since 1970.
    """

    path: str
    is_open: bool
    by: str
    holds: dict[str, Any]
    step: int | None
    time: float


class _File:
    """What is known of one path."""

    def __init__(self, first: Saved) -> None:
        self.latest = first
        self.first_step = first.step
        self.saves = 0
        self.facts: dict[str, Any] = {}
        # After how many saves it was looked at, and recorded.
        self.seen = self.recorded = 0


class Files:
    """The files that the script has saved in one run. Not thread-safe.

    Attributes:
        run: the run.
    """

    def __init__(self, run: ActiveRun) -> None:
        self.run = run
        self._files: dict[str, _File] = {}
        self._spent_s = self._hashing_s = 0.0
        self._look_s = _LOOK_S
        self._byte_s = _BYTE_S
        self._further = self._further_recorded = 0
        self._further_first: dict[str, Any] = {}
        self._further_last: dict[str, Any] = {}

    def saved(
        self,
        path: str,
        is_open: bool,
        by: str,
        contents: Callable[[], dict[str, Any] | None],
        step: int | None,
    ) -> None:
        """Take note that the script has saved something.

        Args:
            path: as in :class:`Saved`, like the others.
            is_open: see there.
            by: see there.
            contents: gives what was saved, or None where that is no checkpoint.
            step: see there.
        """
        known = self._files.get(path)
        if not self._affords(self._look_s) or (known is None and len(self._files) >= _FILES):
            self._count(known, path, step)
            return
        with self._measured():
            holds = contents()
            if holds is not None:
                self._take(Saved(path, is_open, by, holds, step, time.time()))

    def take(self, saved: Saved) -> None:
        """Record that something has been saved which was looked at then."""
        with self._measured():
            self._take(saved)

    def _take(self, saved: Saved) -> None:
        file = self._files.get(saved.path)
        if file is None:
            file = self._files[saved.path] = _File(saved)
        file.latest = saved
        file.saves += 1
        self._look_at(file)
        self._record(file)

    @contextmanager
    def _measured(self) -> Iterator[None]:
        started, cpu, hashing = time.perf_counter(), time.thread_time(), self._hashing_s
        yield
        taken = time.perf_counter() - started
        self._spent_s += taken
        self._look_s = (self._look_s + taken - (self._hashing_s - hashing)) / 2
        self.run.training_cpu_s += time.thread_time() - cpu

    def settle(self) -> None:
        """Record what has only been counted."""
        for file in self._files.values():
            if file.recorded < file.saves or (file.latest.is_open and file.latest.path[0] != "<"):
                file.latest = file.latest._replace(is_open=False)
                self._look_at(file)
                self._record(file)
        if self._further_recorded < self._further:
            self._record_further()

    def _affords(self, seconds: float) -> bool:
        allowed = max(_LEAST_S, _SHARE * (time.time() - self.run.opened_at))
        return self._spent_s + seconds <= allowed

    def _count(self, file: _File | None, path: str, step: int | None) -> None:
        """Only count: at powers of two, and in the end, that is recorded."""
        if file is not None:
            file.saves += 1
            file.latest = file.latest._replace(step=step, time=time.time())
            if not file.saves & (file.saves - 1):
                self._record(file)
            return
        self._further += 1
        self._further_last = {"path": path, "step": step}
        self._further_first = self._further_first or self._further_last
        if not self._further & (self._further - 1):
            self._record_further()

    def _look_at(self, file: _File) -> None:
        file.seen = file.saves
        file.facts = {}
        if file.latest.is_open or file.latest.path.startswith("<"):
            return
        described = describe_file(file.latest.path)
        described.pop("path")
        size = described.get("size")
        if size is None:
            file.facts = described  # it is gone, or no file
            return
        if size > WHOLE_BYTES:
            why = f"larger than {WHOLE_BYTES >> 20} MiB"
        elif not self._affords(self._look_s + size * self._byte_s):
            why = "it would take more than a hundredth of the training's time"
        else:
            file.facts = described | self._hashed(file.latest.path, size)
            return
        file.facts = described | {"not_hashed": why}

    def _hashed(self, path: str, size: int) -> dict[str, Any]:
        started = time.perf_counter()
        found = hashlib.sha256()
        try:
            with open(os.path.expanduser(path), "rb", buffering=0) as file:
                while piece := file.read(_CHUNK):
                    found.update(piece)
        except OSError as error:
            return {"not_hashed": error.strerror or str(error)}
        taken = time.perf_counter() - started
        self._hashing_s += taken
        if size >= _CHUNK:  # of small ones it says nothing
            self._byte_s = taken / size
        return {"sha256": found.hexdigest()}

    def _record(self, file: _File) -> None:
        latest = file.latest
        file.recorded = file.saves
        path = mask_secrets(latest.path)
        data = {
            "path": path,
            "by": latest.by,
            "saves": file.saves,
            "first_step": file.first_step,
            "step": latest.step,
            "time": round(latest.time, 3),
            "holds": latest.holds,
        }
        # What was seen of the file when it was saved before is not what is in it now.
        facts = file.facts if file.seen == file.saves else {}
        self.run.log_record(f"checkpoint/{path}", "checkpoint", data | facts)

    def _record_further(self) -> None:
        self._further_recorded = self._further
        data = {
            "saves": self._further,
            "why": f"more than {_FILES} files, or more than a hundredth of the training's time",
            "first": self._further_first,
            "last": self._further_last,
        }
        self.run.log_record("checkpoints", "checkpoints", data)


def files_of(run: ActiveRun) -> Files:
    """Return the files of a run; those of runs that are over are recorded, and let go when there are many.

    Args:
        run: the run.
    """
    with _lock:
        for each in _known:
            if each.run is run:
                return each
        for each in _known:
            if each.run.ended:
                each.settle()
        del _known[:-_RUNS]
        found = Files(run)
        _known.append(found)
        return found


def settle(run: ActiveRun | None = None) -> None:
    """Record what has only been counted so far.

    Args:
        run: of this run, which is about to end; by default of all.
    """
    with _lock:
        for each in _known:
            if run is None or each.run is run:
                each.settle()


@at_exit
def _settle_all() -> None:
    with guarded("checkpoints"):
        settle()


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    _known.clear()


_known: list[Files] = []
_lock = threading.RLock()

if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
