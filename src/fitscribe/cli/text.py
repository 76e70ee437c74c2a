"""Values as text on a screen: as everywhere, and shortened."""

from __future__ import annotations

from fitscribe.reading.text import (
    ago,
    clock,
    decimals_of,
    duration,
    listing,
    literal,
    number,
    plural,
    shape,
    size,
    value,
)
from fitscribe.store.visible import visible

__all__ = [
    "ELLIPSIS",
    "ago",
    "clock",
    "decimals_of",
    "duration",
    "listing",
    "literal",
    "number",
    "plural",
    "shape",
    "shortened",
    "size",
    "value",
    "visible",
]

ELLIPSIS = "…"


def shortened(text: str, width: int) -> str:
    """The text cut in the middle, so that the beginning and the end of a path or a list stay readable.

    Args:
        text: one line.
        width: terminal cells; East Asian characters take two.
    """
    from rich.cells import cell_len

    if len(text) <= width * 4 and cell_len(text) <= width:  # a huge value is not measured to its end
        return text
    room = max(0, width - 1)
    head = room if width < 12 else room * 2 // 3
    return _start(text, head) + ELLIPSIS + _start(text[::-1][: width * 2], room - head)[::-1]


def _start(text: str, width: int) -> str:
    from rich.cells import cell_len

    taken = 0
    for position, character in enumerate(text):
        taken += cell_len(character)
        if taken > width:
            return text[:position]
    return text
