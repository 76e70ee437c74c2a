"""Who listens to what happens inside of an observed call: its folds, and the rounds of a search."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol

from fitscribe.engine import Call


class Follower(Protocol):
    """Learns of what an observed call does inside, from any of its threads."""

    def fold_ended(self, fold: Call, result: Any, started: float) -> None:
        """A fit of one fold ended in this process.

        Args:
            fold: the call, with what was raised in it.
            result: what it gave; None where it raised.
            started: when it began, in seconds since 1970.
        """

    def round_ended(self, round_: Call, results: Any) -> None:
        """A search has the results of some more candidates, wherever they were fitted."""

    def folds_ended(self, results: Any) -> None:
        """The folds of a cross-validation have ended, wherever they were fitted."""


_followers: dict[Call, Follower] = {}


class followed:  # noqa: N801 - read as a statement: ``with followed(call, by=candidates):``
    """Tell a follower what happens inside of a call, during the block."""

    def __init__(self, call: Call, *, by: Follower) -> None:
        self._call = call
        self._by = by

    def __enter__(self) -> None:
        _followers[self._call] = self._by

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del _followers[self._call]


def follower_of(call: Call | None) -> Follower | None:
    """Who follows the call that owns what is going on; None where nobody does."""
    return None if call is None else _followers.get(call)


def is_inside_fold(call: Call | None) -> bool:
    """Whether a call is a fold, or is inside of one: there it belongs to a search that is one candidate."""
    while call is not None and call.point_id != "sklearn.fold":
        call = call.parent
    return call is not None
