"""Worker processes that nobody looks into: each is named once, on the next run that ends."""

from __future__ import annotations

from fitscribe import engine
from fitscribe.tracking.console import say
from fitscribe.tracking.launch import is_child_process
from fitscribe.tracking.options import options_for

_named = 0
_why = (
    "started without `fitscribe run`: a training in one is recorded only if the worker itself calls "
    "fitscribe.autolog()"
)


def processes() -> list[tuple[str, str]]:
    """What and why, of the worker processes that were started since this was asked last; nothing for none."""
    global _named
    count = engine.unseen_processes() - _named
    if count <= 0:
        return []
    _named += count
    return [(f"{count} worker process{'es' if count > 1 else ''}", _why)]


def tell() -> None:
    """Say on standard error, as the process ends, of worker processes that no run has named."""
    if is_child_process() or options_for().quiet:
        return
    for what, why in processes():
        say(f"{what} not seen: {why}")
