"""CPU, memory and GPU of runs that last longer than a few seconds, read by one thread for all of them.

Runs that want no readings get a sign of life instead: on another host it is all that tells a long silent
training from a dead one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING

from fitscribe.engine import guarded
from fitscribe.engine.locking import before_forks

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

_INTERVAL_S = 5.0
_SHORT_RUN_S = 3.0
_SIGN_OF_LIFE_S = 60.0
# A run's readings come this part of its age apart: a week takes some ten thousand, not a hundred thousand.
_SPREAD = 2000

_lock = threading.Lock()
_watched: weakref.WeakKeyDictionary[ActiveRun, float] = weakref.WeakKeyDictionary()
_thread: threading.Thread | None = None
_over = threading.Event()
# Python 3.12 warns of threads before it calls what runs in the parent after a fork, later versions after it.
_WARNS_LATE = sys.version_info >= (3, 13)
asleep = False
"""Whether a fork has ended the thread, and whoever logs next is to wake it."""
# A fork waits no longer for the thread to end: a driver that is asked may take its time.
_PATIENCE_S = 2.0


def watch(run: ActiveRun) -> None:
    """Record the system's series on a run, or that it lives, until it ends."""
    with _lock:
        _watched[run] = run.opened_at
        _start()


def wake() -> None:
    """Go on after a fork."""
    with _lock:
        if _watched:
            _start()


def _start() -> None:
    global _thread, asleep
    asleep = False
    if _thread is None:
        _thread = threading.Thread(target=_sample, name="fitscribe-system", daemon=True)
        try:
            _thread.start()
        except RuntimeError:  # the interpreter is shutting down, or the system has no more threads
            _thread = None


def _sample() -> None:
    global _thread
    while not _over.wait(_INTERVAL_S):
        with guarded("system"):
            _look()
        with _lock:
            if not _watched:
                _thread = None
                return


def _look() -> None:
    due = _due(time.time())
    readings: dict[str, float] = {}
    started = time.thread_time()
    if any(run.options.system for run in due):
        with before_forks():
            from fitscribe.capture import read_system

            readings = read_system()
    spent = time.thread_time() - started
    for run in due:
        run.log_system(readings if run.options.system else {}, spent / len(due))


def _due(now: float) -> list[ActiveRun]:
    """The runs whose time has come; those that have ended are forgotten."""
    due = []
    with _lock:
        for run, last in list(_watched.items()):
            age = now - run.opened_at
            apart = max(0.0 if run.options.system else _SIGN_OF_LIFE_S, age / _SPREAD)
            if run.ended:
                del _watched[run]
            elif age > _SHORT_RUN_S and now - last >= apart:
                _watched[run] = now
                due.append(run)
    return due


def _pause() -> None:
    """End the thread while the process forks: from Python 3.12 on a fork beside a thread warns the user."""
    global _thread
    if _thread is None or _thread is threading.current_thread():
        return
    _over.set()
    _thread.join(_PATIENCE_S)
    if not _thread.is_alive():
        _thread = None


def _go_on() -> None:
    global asleep
    _over.clear()
    if _WARNS_LATE:
        asleep = bool(_watched)
    else:
        wake()


def _forget_in_child() -> None:
    global _lock, _over, _thread, asleep
    _lock, _over = threading.Lock(), threading.Event()
    _thread, asleep = None, False
    _watched.clear()


if sys.platform != "win32":
    os.register_at_fork(before=_pause, after_in_parent=_go_on, after_in_child=_forget_in_child)
