"""No warnings out of a block of code, with those of every other thread as they were."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class _OfOneThread:
    """Stands where a filter has the pattern of a message: it matches all that one thread warns of.

    The module ``warnings`` asks a pattern for nothing but ``match`` (CPython 3.10 to 3.14). Whatever holds on
    to the filter beyond the block, such as a copy of the filters in ``catch_warnings``, has one that matches
    nothing.
    """

    # scikit-learn makes the filters anew from these around each task of its pools, and sends them to its
    # worker processes, which need not know this class: there, too, nothing is to match.
    pattern = "(?!)"

    def __init__(self) -> None:
        self._thread: int | None = threading.get_ident()

    def match(self, _: str) -> bool:
        return threading.get_ident() == self._thread

    def expire(self) -> None:
        self._thread = None

    def __reduce__(self) -> Any:
        return re.compile, (self.pattern,)


@contextmanager
def no_warnings() -> Iterator[None]:
    """Let no warning of the block out, in this thread alone.

    ``warnings.catch_warnings`` replaces the filters of the process, and two threads that do so at once leave
    those of one behind for good. Here one filter comes to those that are there, and goes again.
    """
    message = _OfOneThread()
    ours: Any = ("ignore", message, Warning, None, 0)
    filters: Any = warnings.filters
    # By hand: simplefilter would also let each warning that was shown once be shown once more.
    filters.insert(0, ours)
    try:
        yield
    finally:
        message.expire()
        now: Any = warnings.filters
        for each in (filters, now):
            with suppress(ValueError):  # it is gone already
                each.remove(ours)
