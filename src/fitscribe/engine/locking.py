"""The lock of whoever changes what is patched, or who waits for what; and what a fork waits for besides."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

lock = threading.RLock()

# A fork waits no longer: what it waits for may ask a slow file system.
_PATIENCE_S = 2.0


class _OfThread(threading.local):
    waited = False
    """Whether its fork has what it waited for."""


_aside = threading.RLock()
_own = _OfThread()


@contextmanager
def before_forks() -> Iterator[None]:
    """Let a fork wait until the block is over, two seconds at most.

    For threads of fitscribe's own: a child that is forked while one of them imports a module can never import
    that itself, as it waits for a thread that it does not have.
    """
    with _aside:
        yield


def _wait() -> None:
    _own.waited = _aside.acquire(timeout=_PATIENCE_S)


def _go_on() -> None:
    if _own.waited:
        _own.waited = False
        _aside.release()


def _go_on_in_child() -> None:
    global _aside
    _own.waited = False
    _aside = threading.RLock()


if hasattr(os, "register_at_fork"):
    # A fork waits for it: no child begins with a lock that nobody will release, or with a class half patched.
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    # Waited for first, as the one that is registered last: what goes on in such a block may need the other.
    os.register_at_fork(before=_wait, after_in_parent=_go_on, after_in_child=_go_on_in_child)
