"""Which run is active where.

A run is active in the context (thread, asyncio task) that opened it. A thread that carries no context of its
own sees the one run that a script opened explicitly, if there is exactly one: that is what ``log_metric`` in a
worker thread means.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from fitscribe import engine

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

_active: ContextVar[ActiveRun | None] = ContextVar("fitscribe_active_run", default=None)
_explicit: list[ActiveRun] = []


def active_run() -> ActiveRun | None:
    """The run that log calls made here go to, or None where none is open."""
    run = _active.get()
    if run is not None and not run.ended:
        return run
    while run is not None and run.ended:
        run = run.outer
    if run is not None:
        return run
    return _explicit[0] if len(_explicit) == 1 else None


def enter(run: ActiveRun, *, explicit: bool) -> None:
    """Make a run the active one of this context."""
    _active.set(run)
    if explicit:
        _explicit.append(run)


def leave(run: ActiveRun) -> None:
    """Give the context back to the run outside of the one that ended."""
    if _active.get() is run:
        _active.set(run.outer)
    if run in _explicit:
        _explicit.remove(run)


def open_runs() -> list[ActiveRun]:
    """The runs that the script opened and has not ended."""
    return list(_explicit)


engine.carry_when(lambda: active_run() is not None)
