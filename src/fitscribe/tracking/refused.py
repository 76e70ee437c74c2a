"""What the store did not take of a run: kept in mind until it takes word of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOST = 100
_NAMES_SHOWN = 5
_OF_ITSELF = frozenset({"alive", "cost", "coverage", "seen", "resumed"})
"""Events that tell nothing of the training."""


class Refused:
    """Log calls that failed because of the store, each once.

    Attributes:
        any: whether there ever was one, written down by now or not.
    """

    def __init__(self) -> None:
        self.any = False
        self._why = ""
        self._waiting: dict[str, str] = {}
        self._further = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def because(self, error: OSError) -> None:
        """Take note of why the store refuses what it refuses."""
        self.any = True
        self._why = f"the store could not be written: {error.strerror or error}"

    def note(self, event: str, fields: Mapping[str, Any]) -> None:
        """Keep in mind that an event was refused.

        Args:
            event: what it is.
            fields: what it says, of which only names are kept.
        """
        if event in _OF_ITSELF:
            return
        what, why = (
            (fields["what"], fields["why"]) if event == "unseen" else (_what(event, fields), self._why)
        )
        if what in self._waiting or len(self._waiting) < _MOST:
            self._waiting[what] = why
        else:
            self._further += 1

    def take(self) -> tuple[str, str] | None:
        """Return what was refused, and why, and forget it; None where nothing is left to tell."""
        for what in self._waiting:
            return what, self._waiting.pop(what)
        further, self._further = self._further, 0
        return (f"{further} further log calls", self._why) if further else None

    def put_back(self, told: tuple[str, str]) -> None:
        """Keep in mind what could not be told."""
        self._waiting = dict([told, *self._waiting.items()])


def _what(event: str, fields: Mapping[str, Any]) -> str:
    if event in ("params", "tags", "facts"):
        names = list(fields["values"])
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        return f"{event} {', '.join(map(str, names[:_NAMES_SHOWN]))}{more}"
    name = fields.get("name") or fields.get("role")
    return event if name is None or (event, name) == ("model", "model") else f"{event} {name}"
