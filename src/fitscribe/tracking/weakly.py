"""What is known of objects of the user's: kept for as long as they live, without keeping them alive.

No callback runs when one of them dies: a finalizer would run in the middle of whatever the user's program
does just then. Entries of the dead are dropped when there have come to be twice as many entries as before.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_ENTRIES = 256


class WeakTable(Generic[T]):
    """One fact per object, found by identity: to hash or compare an object may run code of the user's."""

    __slots__ = ("_entries", "_limit", "_lock")

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[Any], T]] = {}
        self._limit = _ENTRIES
        self._renew_lock()
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._renew_lock)

    def __len__(self) -> int:
        """How many objects something is known of, some of which may be gone by now."""
        return len(self._entries)

    def get(self, obj: object) -> T | None:
        """What is known of an object, or None."""
        entry = self._entries.get(id(obj))
        return entry[1] if entry is not None and entry[0]() is obj else None

    def set(self, obj: object, fact: T) -> None:
        """Remember a fact in place of what was known; nothing of an object that takes no weak reference."""
        try:
            reference = weakref.ref(obj)
        except TypeError:
            return
        with self._lock:
            self._entries[id(obj)] = reference, fact
            if len(self._entries) > self._limit:
                entries = list(self._entries.items())  # a copy: collecting garbage may come back to here
                self._entries = {key: entry for key, entry in entries if entry[0]() is not None}
                self._limit = max(_ENTRIES, 2 * len(self._entries))

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()
