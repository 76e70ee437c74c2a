"""Which run is active where.

A run is active in the context (thread, asyncio task) that opened it. A thread that carries no context of its
own sees the innermost run that the script has open, unless several are open beside each other: that is what
``log_metric`` in a worker thread means. Where none is open there is the run of the script, which log calls
have opened: it takes these wherever they are made, but nobody has asked for it to group trainings.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fitscribe import engine

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

active: ContextVar[ActiveRun | None] = ContextVar("fitscribe_active_run", default=None)
blocks: list[ActiveRun] = []
"""The runs that `start_run` has opened and that have not ended, in the order of their beginning."""
_of_script: ActiveRun | None = None


def active_run() -> ActiveRun | None:
    """The run that log calls made here go to, or None where none is open."""
    return opened_run() or _of_script


def run_of_script() -> ActiveRun | None:
    """The run that log calls have opened outside of every other, or None where there is none."""
    return _of_script


def opened_run() -> ActiveRun | None:
    """As :func:`active_run`, without the run of the script: trainings go on beside that, not within it."""
    return _of_context() or _innermost(tuple(blocks))


def enclosing_run() -> ActiveRun | None:
    """The run that one opened here is a child of, or None.

    That of the context; in a thread without one, the run that the main thread has open, whatever other
    threads have. Tasks and threads that open runs beside each other stay independent.
    """
    run = _of_context()
    if run is None and blocks and threading.current_thread() is not threading.main_thread():
        return _innermost(tuple(run for run in tuple(blocks) if run.opened_by_main_thread))
    return run


def _of_context() -> ActiveRun | None:
    run = active.get()
    # Of a call that is over only what could not be ended is still open.
    while run is not None and (run.ended or (run.call is not None and run.call.finished)):
        run = run.outer
    return run


def _innermost(runs: tuple[ActiveRun, ...]) -> ActiveRun | None:
    """The last of runs in the order of their beginning, if each was opened inside of the one before it."""
    for outer, inner in pairwise(runs):
        if inner.outer is not outer:
            return None
    return runs[-1] if runs else None


def enter(run: ActiveRun, *, explicit: bool) -> None:
    """Make a run the active one of this context."""
    active.set(run)
    if explicit:
        blocks.append(run)


def take_log_calls(run: ActiveRun) -> None:
    """Make a run that of the script: log calls go to it that are made outside of every other run."""
    global _of_script
    _of_script = run


def leave(run: ActiveRun) -> None:
    """Give the context back to the run outside of the one that ended."""
    global _of_script
    if active.get() is run:
        active.set(run.outer)
    if run in blocks:
        blocks.remove(run)
    if run is _of_script:
        _of_script = None


def open_runs() -> list[ActiveRun]:
    """The runs that the script and its log calls opened and have not ended."""
    return [*blocks, *([] if _of_script is None else [_of_script])]


def around_tasks() -> dict[str, Any] | None:
    """What a task that is submitted here says in a worker process of the run that it came from."""
    run = enclosing_run() or _of_script
    if run is None:
        return None
    shared = ("id", "name", "experiment", "role")
    header = {name: run._header[name] for name in shared}
    return {"store": str(run.store.root), "of_script": run is _of_script, **header}


engine.carry_when(lambda: active_run() is not None)
engine.carry_to_processes(around_tasks, "fitscribe.tracking.remote:variables_for")
