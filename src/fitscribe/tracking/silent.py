"""A run inside of ``suppress()``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fitscribe.tracking.run import ActiveRun


class SilentRun(ActiveRun):
    """Takes all that is logged to it as any run does, and records nothing: there is no trace of it."""

    def _open(self) -> None:
        self._point = _forget

    def _store_takes(self, write: Callable[[], None]) -> bool:
        return True

    def _target(self, name: str, what: str = "") -> Path | None:
        return None


def _forget(name: str, value: float, step: int | None) -> None:
    """Takes the place of the writer's own."""
