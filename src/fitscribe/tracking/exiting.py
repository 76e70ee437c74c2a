"""What has to be done when the process ends, a worker of ``multiprocessing`` among them."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable

_ends: list[Callable[[], None]] = []
_worker: int | None = None


def at_exit(end: Callable[[], None]) -> Callable[[], None]:
    """Call a function when the process ends, the last one first; may be used as a decorator."""
    _ends.append(end)
    atexit.register(end)
    return end


def end_with_worker() -> None:
    """See to it that a worker process of ``multiprocessing`` does the same: these run no exit handlers."""
    global _worker
    util = sys.modules.get("multiprocessing.util")
    if (
        util is not None
        and _worker != os.getpid()
        and sys.modules["multiprocessing.process"].parent_process()
    ):
        _worker = os.getpid()
        for end in _ends:
            util.Finalize(None, end, exitpriority=10)


def died_of() -> BaseException | None:
    """What the script died of, or None: a prompt and a notebook go on after an exception."""
    if hasattr(sys, "ps1") or "ipykernel" in sys.modules:
        return None
    return getattr(sys, "last_value", None)
