"""What records the call that a trainer is making: found by the trainer, which is not kept alive by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from collections.abc import Mapping


class Recorder(Protocol):
    """What is told of all that Lightning gives its loggers."""

    def wants(self, trainer: Any) -> bool:
        """Whether it is to be told of what the trainer logs now."""

    def logged(self, trainer: Any, metrics: Mapping[str, Any], step: int | None) -> None:
        """Record what is logged.

        Args:
            trainer: whose metrics they are.
            metrics: names and tensors.
            step: None where it is for Lightning's own count of steps to say.
        """


_recorders: WeakTable[Recorder | None] = WeakTable()

# Asked whenever a trainer logs: one call less.
of = _recorders.get
"""The recorder of the call that a trainer is making, or None."""


def begin(trainer: Any, recorder: Recorder) -> None:
    """Let a recorder be told, in this process and until it ends, of what a trainer logs."""
    _recorders.set(trainer, recorder)


@contextmanager
def recording(trainer: Any, recorder: Recorder) -> Iterator[None]:
    """Let a recorder be told, within the block, of what a trainer logs."""
    begin(trainer, recorder)
    try:
        yield
    finally:
        _recorders.set(trainer, None)
