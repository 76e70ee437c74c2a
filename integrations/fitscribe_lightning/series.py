"""The series of a training or an evaluation: a point of each that was logged, at Lightning's own step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from time import monotonic, time
from typing import Any

# What is seen at each step is on disk at the latest after so many points, or so long.
_MOST_WAITING = 256
_LONGEST_WAITING_S = 1.0

Point = tuple[str, int, float, float]
"""Name, step, time in seconds since 1970, and value."""


class Series:
    """Writes what was logged, many points at a time: numbers on a device are fetched together, too.

    Args:
        write: records points of any series and steps.
    """

    def __init__(self, write: Callable[[list[Point]], None]) -> None:
        self.last: dict[str, float] = {}
        """The last value of each series that has been written."""
        self._write = write
        self._waiting: list[tuple[str, int, float, Any]] = []
        self._since = 0.0

    def add(self, values: Mapping[str, Any], step: int) -> None:
        """Record what was logged together.

        Args:
            values: numbers and tensors of one number, by the names of their series.
            step: of all of them.
        """
        waiting = self._waiting
        if not waiting:
            self._since = monotonic()
        seen = time()
        for name, value in values.items():
            if getattr(value, "is_cpu", False):
                waiting.append((name, step, seen, value.item()))
            elif isinstance(value, (int, float)):
                waiting.append((name, step, seen, value))
            elif hasattr(value, "detach"):
                # Not copied: Lightning makes each one anew, and changes none.
                waiting.append((name, step, seen, value.detach()))
        if len(waiting) >= _MOST_WAITING or monotonic() - self._since >= _LONGEST_WAITING_S:
            self.write()

    def write(self) -> None:
        """Write what is still waiting."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        numbers = _fetched([each[3] for each in waiting])
        points = [(name, step, seen, numbers[index]) for index, (name, step, seen, _) in enumerate(waiting)]
        self.last.update({name: value for name, _, _, value in points})
        self._write(points)


def _fetched(values: list[Any]) -> list[float]:
    """Numbers, and those in tensors, by one transfer for the tensors of one device and type."""
    numbers: list[float] = [0.0] * len(values)
    alike: dict[tuple[Any, Any], list[int]] = {}
    for index, value in enumerate(values):
        if isinstance(value, (int, float)):
            numbers[index] = float(value)
        else:
            alike.setdefault((value.device, value.dtype), []).append(index)
    for indices in alike.values():
        together = sys.modules["torch"].stack([values[index].reshape(()) for index in indices])
        for index, number in zip(indices, together.tolist(), strict=True):
            numbers[index] = float(number)
    return numbers
