"""What was not written of a run: kept in mind until the store takes word of it."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

_MOST = 100
_NAMES_SHOWN = 5
# Telling fails as long as the store does, and log calls may be many.
_AGAIN_S = 1.0
_OF_ITSELF = frozenset({"alive", "cost", "coverage", "seen", "resumed"})
"""Events that tell nothing of the training."""


class Refused:
    """Log calls that failed because of the store, or of fitscribe itself, each once; and lost points.

    Attributes:
        any: whether there ever was anything, written down by now or not.
        waits: whether there is something to tell.
    """

    def __init__(self) -> None:
        self.any = self.waits = False
        self._why = ""
        self._lost = 0
        self._waiting: dict[str, str] = {}
        self._further = 0
        self._again_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is to be told now."""
        return self.waits and monotonic() >= self._again_at

    def because(self, error: Exception) -> None:
        """Take note of why something is not written."""
        self.any = True
        if isinstance(error, OSError):
            self._why = f"the store could not be written: {error.strerror or error}"
        else:
            self._why = f"fitscribe failed to write it: {type(error).__name__}: {error}"

    def lose(self, points: int) -> None:
        """Count points that were not written."""
        self._lost += points
        self.waits = True

    def note(self, event: str, fields: Mapping[str, Any]) -> None:
        """Keep in mind that an event was not written.

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
        self.waits = True

    def note_run(self, what: str, its: Refused) -> None:
        """Keep in mind that a run within this one was not written at all.

        Args:
            what: says which.
            its: what was refused of it.
        """
        self.any = True
        self.note("unseen", {"what": what, "why": its._why})

    def take(self) -> tuple[str, dict[str, Any]] | None:
        """Return an event that tells of some of it, and forget that; None where nothing is left to tell."""
        if self._waiting:
            first = next(iter(self._waiting))
            return "unseen", {"what": first, "why": self._waiting.pop(first)}
        if self._further:
            further, self._further = self._further, 0
            return "unseen", {"what": f"{further} further log calls", "why": self._why}
        if self._lost:
            lost, self._lost = self._lost, 0
            return "lost", {"points": lost, "why": self._why}
        self.waits = False
        return None

    def put_back(self, event: str, fields: Mapping[str, Any]) -> None:
        """Keep in mind what could not be told, for a while."""
        if event == "lost":
            self._lost += fields["points"]
        else:
            self._waiting = {fields["what"]: fields["why"], **self._waiting}
        self._again_at = monotonic() + _AGAIN_S


def _what(event: str, fields: Mapping[str, Any]) -> str:
    if event in ("params", "tags", "facts"):
        names = list(fields["values"])
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        return f"{event} {', '.join(map(str, names[:_NAMES_SHOWN]))}{more}"
    name = fields.get("name") or fields.get("role")
    return event if name is None or (event, name) == ("model", "model") else f"{event} {name}"
