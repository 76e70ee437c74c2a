"""Steps that have been noted are recorded within a second, be it that the script makes a pause.

A loop that goes on does that by itself: a thread of its own has to see to it only when nothing is called
any more, as when the script waits, or writes a large file.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Protocol

from fitscribe.engine import guarded
from fitscribe.tracking.aside import Aside

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

_EVERY_S = 0.5


class Noting(Protocol):
    """A training that notes its steps, and records them later."""

    run: ActiveRun

    def catch_up_aside(self) -> None:
        """Record what was noted, on a thread that is not the script's."""


_looked_after: list[Noting] = []
_lock = threading.Lock()


def look_after(training: Noting) -> None:
    """Record the noted steps of a training every now and then, until its run ends."""
    with _lock:
        if training not in _looked_after:
            _looked_after.append(training)
    _aside.start()


def _keep_up() -> None:
    for each in tuple(_looked_after):
        with guarded("steps"):
            each.catch_up_aside()


def _is_over() -> bool:
    with _lock:
        _looked_after[:] = [each for each in _looked_after if not each.run.ended]
        return not _looked_after


def _forget_in_child() -> None:
    global _lock
    _lock = threading.Lock()
    _looked_after.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)

_aside = Aside("steps", _EVERY_S, _keep_up, _is_over)
