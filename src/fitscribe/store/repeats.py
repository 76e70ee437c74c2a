"""Values that contain themselves, or the same thing over and over."""

from __future__ import annotations

from typing import Any


class Walk:
    """The way through the containers of one value.

    Containers that contain each other, or that several others share, can have more paths through them than
    there is time for. What is met for the first time is bounded by its memory, so only repeats are counted.

    Args:
        repeats: how many items may be visited again, of containers that were visited before.

    Attributes:
        around: the identities of the containers around the item at hand, the outermost first.
    """

    __slots__ = ("_left", "_met", "around")

    def __init__(self, repeats: int) -> None:
        self.around: list[int] = []
        self._met: set[int] = set()
        self._left = repeats

    def goes_on(self, container: Any) -> bool:
        """Return whether to go into a container: it is not within itself, nor are there too many repeats.

        Args:
            container: something with a length that lives as long as the walk.
        """
        identity = id(container)
        if identity not in self._met:
            self._met.add(identity)
            return True
        self._left -= 1 + len(container)
        return self._left >= 0 and identity not in self.around
