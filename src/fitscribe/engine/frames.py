"""The frames around an observed call: who made it."""

from __future__ import annotations

import sys
from types import FrameType

WRAPPERS = "fitscribe.engine._importlib_bootstrap"
# wrapt's own are there only where it has no C extension.
_IN_BETWEEN = frozenset({WRAPPERS, f"{WRAPPERS}_watched", "wrapt.wrappers"})


def calling(frame: FrameType | None) -> FrameType | None:
    """The frame that called an observed function.

    Args:
        frame: of the wrapper around it, or next to that. A function may have several on top of each other.
    """
    while frame is not None and frame.f_globals.get("__name__") in _IN_BETWEEN:
        frame = frame.f_back
    return frame


def innermost_wrapper() -> FrameType | None:
    """The frame of the wrapper within whose observer this is asked."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != WRAPPERS:
        frame = frame.f_back  # the observer's own, which may be of the script itself
    return frame


def root_of(frame: FrameType | None) -> str:
    """The root package of the code that runs in a frame; nothing for code that belongs to no module."""
    return "" if frame is None else str(frame.f_globals.get("__name__", "")).partition(".")[0]
