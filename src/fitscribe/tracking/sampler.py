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

from fitscribe.engine.locking import before_forks
from fitscribe.tracking.aside import Aside

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

_INTERVAL_S = 5.0
_SHORT_RUN_S = 3.0
_SIGN_OF_LIFE_S = 60.0
# A run's readings come this part of its age apart: a week takes some ten thousand, not a hundred thousand.
_SPREAD = 2000

_lock = threading.Lock()
_watched: weakref.WeakKeyDictionary[ActiveRun, float] = weakref.WeakKeyDictionary()


def watch(run: ActiveRun) -> None:
    """Record the system's series on a run, or that it lives, until it ends."""
    with _lock:
        _watched[run] = run.opened_at
    _aside.start()


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


def _forget_in_child() -> None:
    global _lock
    _lock = threading.Lock()
    _watched.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)

_aside = Aside("system", _INTERVAL_S, _look, lambda: not _watched)
