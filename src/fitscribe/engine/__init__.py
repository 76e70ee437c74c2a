"""Hooking into frameworks: import hooks, patch points, the gate, observers, guard. Knows no run, no store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.engine.activation import (
    UnsupportedFramework,
    activate,
    coverage,
    coverage_for,
    deactivate,
    is_active,
    moment,
    register,
    unregister,
)
from fitscribe.engine.guard import guarded, notice, on_report, report, set_output
from fitscribe.engine.hooks import when_imported
from fitscribe.engine.ownership import current_owner, is_silenced, is_suppressed, suppress

if TYPE_CHECKING:
    from fitscribe.engine.callers import CallSite, Moment
    from fitscribe.engine.calls import Call
    from fitscribe.engine.installed import PointStatus
    from fitscribe.engine.outside import is_from_outside
    from fitscribe.engine.parallel import unseen_processes
    from fitscribe.engine.points import Integration, PatchPoint, Watched, observes, registers, watches
    from fitscribe.engine.tasks import carry_to_processes, carry_when, is_active_in_children
    from fitscribe.engine.wrappers import PatchedFunction

__all__ = [
    "Call",
    "CallSite",
    "Integration",
    "Moment",
    "PatchPoint",
    "PatchedFunction",
    "PointStatus",
    "UnsupportedFramework",
    "Watched",
    "activate",
    "carry_to_processes",
    "carry_when",
    "coverage",
    "coverage_for",
    "current_owner",
    "deactivate",
    "guarded",
    "is_active",
    "is_active_in_children",
    "is_from_outside",
    "is_silenced",
    "is_suppressed",
    "moment",
    "notice",
    "observes",
    "on_report",
    "register",
    "registers",
    "report",
    "set_output",
    "suppress",
    "unregister",
    "unseen_processes",
    "watches",
    "when_imported",
]

# Loaded with the first framework: the one line at the top of a script needs none of them.
_HOMES = {
    "Call": "calls",
    "CallSite": "callers",
    "Integration": "points",
    "Moment": "callers",
    "PatchPoint": "points",
    "PatchedFunction": "wrappers",
    "PointStatus": "installed",
    "Watched": "points",
    "carry_to_processes": "tasks",
    "carry_when": "tasks",
    "is_active_in_children": "tasks",
    "is_from_outside": "outside",
    "observes": "points",
    "registers": "points",
    "unseen_processes": "parallel",
    "watches": "points",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fitscribe.engine' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"fitscribe.engine.{_HOMES[name]}"), name)
    return value
