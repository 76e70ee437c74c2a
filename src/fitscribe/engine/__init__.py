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
    register,
    unregister,
)
from fitscribe.engine.guard import guarded, notice, on_report, report, set_output
from fitscribe.engine.hooks import when_imported
from fitscribe.engine.ownership import current_owner, is_suppressed, suppress

if TYPE_CHECKING:
    from fitscribe.engine.calls import Call, CallSite
    from fitscribe.engine.installed import PointStatus
    from fitscribe.engine.parallel import carry_when, is_active_in_children, unseen_processes
    from fitscribe.engine.points import Integration, PatchPoint, observes
    from fitscribe.engine.wrappers import PatchedFunction

__all__ = [
    "Call",
    "CallSite",
    "Integration",
    "PatchPoint",
    "PatchedFunction",
    "PointStatus",
    "UnsupportedFramework",
    "activate",
    "carry_when",
    "coverage",
    "coverage_for",
    "current_owner",
    "deactivate",
    "guarded",
    "is_active",
    "is_active_in_children",
    "is_suppressed",
    "notice",
    "observes",
    "on_report",
    "register",
    "report",
    "set_output",
    "suppress",
    "unregister",
    "unseen_processes",
    "when_imported",
]

# Loaded with the first framework: the one line at the top of a script needs none of them.
_HOMES = {
    "Call": "calls",
    "CallSite": "calls",
    "Integration": "points",
    "PatchPoint": "points",
    "PatchedFunction": "wrappers",
    "PointStatus": "installed",
    "carry_when": "parallel",
    "is_active_in_children": "parallel",
    "observes": "points",
    "unseen_processes": "parallel",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fitscribe.engine' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"fitscribe.engine.{_HOMES[name]}"), name)
    return value
