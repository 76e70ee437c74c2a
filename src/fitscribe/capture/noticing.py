"""Whether the script would notice a child process that is not its own, be it for a millisecond."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import FunctionType
from typing import Any

# The handler of `DataLoader`, which asks after its workers by their numbers, then calls the one before it.
_ASKS_BY_NUMBER = "torch.utils.data._utils.signal_handling"
_THREADS = "/proc/self/task"
# The first argument of the calls of the system that wait for any child: `wait4(-1)`, `waitid(P_ALL)`.
_ANY_CHILD = frozenset({0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})


def noticed_by() -> str:
    """Return what of the script would notice a child process of fitscribe's; empty where nothing does."""
    if _has_handler():
        return "the script has a SIGCHLD handler of its own"
    if _waits_for_any():
        return "the script waits for any child process to end (os.wait)"
    return ""


def _has_handler() -> bool:
    number = getattr(signal, "SIGCHLD", None)
    handler: Any = None if number is None else signal.getsignal(number)
    while isinstance(handler, FunctionType) and handler.__module__ == _ASKS_BY_NUMBER:
        variables = dict(zip(handler.__code__.co_freevars, handler.__closure__ or (), strict=True))
        handler = variables["previous_handler"].cell_contents if "previous_handler" in variables else None
    return callable(handler)


def _waits_for_any() -> bool:
    """Whether a thread waits for whichever child ends first, as far as the system tells (on Linux)."""
    try:
        threads = os.listdir(_THREADS)
    except OSError:
        return False
    return any(_said(thread, "wchan") == "do_wait" and _is_for_any(thread) for thread in threads)


def _is_for_any(thread: str) -> bool:
    call = _said(thread, "syscall").split()
    if len(call) < 2:  # it has just ended, or the system does not tell
        return call != ["running"]
    return int(call[1], 16) in _ANY_CHILD


def _said(thread: str, name: str) -> str:
    try:
        return Path(_THREADS, thread, name).read_text()
    except OSError:
        return ""
