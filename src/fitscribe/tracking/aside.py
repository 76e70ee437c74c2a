"""Threads of fitscribe's own that look after something now and then, and are gone while a process forks.

From Python 3.12 on a fork beside a thread, whoever has started that, warns the user.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

from fitscribe.engine import guarded

# A fork waits no longer for a thread to end: a driver that is asked may take its time.
_PATIENCE_S = 2.0
# Python 3.12 warns before it calls what runs in the parent after a fork, later versions after it.
_WARNS_LATE = sys.version_info >= (3, 13)

# How long, and how often, to look whether the system has ended a thread that Python is done with.
_EXIT_S, _LOOK_S = 0.05, 0.0002

asleep: list[Aside] = []
"""Those that a fork has ended, and that whoever logs next is to wake."""


def wake() -> None:
    """Have those that a fork has ended go on."""
    waking = asleep[:]
    del asleep[: len(waking)]
    for each in waking:
        each.start()


class Aside:
    """One such thread: there from `start` on, for as long as there is something to look after.

    Args:
        name: what is looked after, such as ``system``.
        every_s: seconds between two looks.
        look: looks at all that there is.
        is_over: whether nothing is left to be looked after.
    """

    def __init__(
        self, name: str, every_s: float, look: Callable[[], None], is_over: Callable[[], bool]
    ) -> None:
        self._name = name
        self._every_s = every_s
        self._look = look
        self._is_over = is_over
        self._is_paused = False
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        if sys.platform != "win32":
            os.register_at_fork(before=self._pause, after_in_parent=self._go_on, after_in_child=self._forget)

    def start(self) -> None:
        """See to it that the thread is there; to be called once there is something to look after."""
        with self._lock:
            if self._thread is not None:
                return
            self._end = threading.Event()
            name = f"fitscribe-{self._name}"
            thread = threading.Thread(target=self._run, args=(self._end,), name=name, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is shutting down, or the system has no more threads
                return
            self._thread = thread

    def _run(self, end: threading.Event) -> None:
        while not end.wait(self._every_s):
            with guarded(self._name):
                self._look()
            with self._lock:
                if self._is_over():
                    self._thread = None
                    return

    def _pause(self) -> None:
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        self._end.set()
        thread.join(_PATIENCE_S)
        if sys.version_info[:2] == (3, 12):
            _await_exit(thread)
        # One that is still at work ends by itself after that.
        self._thread, self._is_paused = None, True

    def _go_on(self) -> None:
        if not self._is_paused:
            return
        self._is_paused = False
        if _WARNS_LATE:
            asleep.append(self)
        else:
            self.start()

    def _forget(self) -> None:
        self._lock, self._end = threading.Lock(), threading.Event()
        self._thread, self._is_paused = None, False
        if self in asleep:
            asleep.remove(self)


def _await_exit(thread: threading.Thread) -> None:
    """Wait until the system has ended a thread, too: Python 3.12 joins none, and warns by what that says."""
    task = f"/proc/self/task/{thread.native_id}"
    latest = time.monotonic() + _EXIT_S
    while os.path.exists(task) and time.monotonic() < latest:
        time.sleep(_LOOK_S)
