"""Writers of runs that are over: few of them stay open for what is still added to their runs.

A loop that fits, predicts and scores adds to each run after its end. Without a bound every run would keep its
further pair of files open, and the process would run out of descriptors.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections import OrderedDict
from typing import Protocol

_MOST = 16


class Closable(Protocol):
    """A writer."""

    def close(self) -> None:
        """Close its files; what is written later opens new ones."""


_open: OrderedDict[Closable, None] = OrderedDict()
# A signal handler may log, too. Nobody waits for a writer's own lock while holding this one.
_lock = threading.RLock()


def keep_open(writer: Closable) -> None:
    """Take note that a writer was used after the end of its run, and close the least recently used one."""
    with _lock:
        _open[writer] = None
        _open.move_to_end(writer)
        oldest = _open.popitem(last=False)[0] if len(_open) > _MOST else None
    if oldest is not None:
        _close(oldest)


def forget(writer: Closable) -> None:
    """Take note that a writer has closed its files."""
    with _lock:
        _open.pop(writer, None)


def _close(writer: Closable) -> None:
    # Everything that was logged is on disk; what may fail is the word that no more will come.
    with contextlib.suppress(OSError):
        writer.close()


@atexit.register
def _close_all() -> None:
    for writer in list(_open):
        _close(writer)


def _forget_all_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    _open.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_all_in_child)
