"""Runs, launches, the active run of a context, and the options: the writing side of fitscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.tracking.options import Options, options_for

if TYPE_CHECKING:
    from fitscribe.tracking.context import active_run
    from fitscribe.tracking.run import ActiveRun
    from fitscribe.tracking.training import training_run

__all__ = ["ActiveRun", "Options", "active_run", "options_for", "training_run"]

_HOMES = {"ActiveRun": "run", "active_run": "context", "training_run": "training"}


def __getattr__(name: str) -> Any:
    # Loaded when the first run is opened: the one line at the top of a script needs the options only.
    if name not in _HOMES:
        raise AttributeError(f"module 'fitscribe.tracking' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"fitscribe.tracking.{_HOMES[name]}"), name)
