"""Hooking into frameworks: import hooks, patch points, the gate, observers and the guard. Knows no run and no store."""

from __future__ import annotations

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
from fitscribe.engine.calls import Call, CallSite
from fitscribe.engine.guard import guarded, notice, on_report, report, set_output
from fitscribe.engine.hooks import when_imported
from fitscribe.engine.installed import PointStatus
from fitscribe.engine.ownership import current_owner, is_suppressed, suppress
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
