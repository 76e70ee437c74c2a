"""Runs that another process of the launch has open: what its workers train and log belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from fitscribe.store import Store
from fitscribe.tracking import context
from fitscribe.tracking.opening import options_in_force
from fitscribe.tracking.run import ActiveRun

# The one that tasks came from last: a worker is given many of the same.
_last: ActiveRun | None = None


def variables_for(around: Mapping[str, Any]) -> list[tuple[ContextVar[Any], Any]]:
    """The context variables that a task from another process is to find.

    Args:
        around: what `fitscribe.tracking.context.around_tasks` said where it was submitted.
    """
    global _last
    run = _last
    if run is None or run.id != around["id"]:
        run = _last = ActiveRun(
            Store(Path(around["store"])),
            name=around["name"],
            experiment=around["experiment"],
            role=around["role"],
            options=options_in_force(),
            opened_as=around["id"],
        )
        run.outer = None
    if not around["of_script"]:
        return [(context.active, run)]
    if context.active_run() is None:
        context.take_log_calls(run)
    return []
