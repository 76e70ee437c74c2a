"""CPU, memory and GPU of runs that last longer than a few seconds, read by one thread for all of them."""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING

from fitscribe.engine import guarded

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

_INTERVAL_S = 5.0
_SHORT_RUN_S = 3.0

_lock = threading.Lock()
_watched: weakref.WeakSet[ActiveRun] = weakref.WeakSet()
_thread: threading.Thread | None = None


def watch(run: ActiveRun) -> None:
    """Record the system's series on a run until it ends."""
    global _thread
    with _lock:
        _watched.add(run)
        if _thread is None:
            _thread = threading.Thread(target=_sample, name="fitscribe-system", daemon=True)
            _thread.start()


def _sample() -> None:
    pause = threading.Event()
    while not pause.wait(_INTERVAL_S):
        with _lock:
            for run in [run for run in _watched if run.ended]:
                _watched.discard(run)
            long_runs = [run for run in _watched if time.time() - run.opened_at > _SHORT_RUN_S]
        if long_runs:
            with guarded("system"):
                from fitscribe.capture import read_system

                readings = read_system()
                for run in long_runs:
                    run.log_metrics(readings)
        del long_runs


def _forget_in_child() -> None:
    global _lock, _thread
    _lock = threading.Lock()
    _thread = None
    _watched.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
