"""The user's code that leads to what is being observed: its frames, and the line that called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine.frames import root_of

if TYPE_CHECKING:
    from fitscribe.engine.installed import InstalledPoint

# Frames of these belong to nobody's training script.
_MACHINERY = frozenset(
    {"fitscribe", "joblib", "concurrent", "threading", "multiprocessing", "asyncio", "wrapt"}
)


class CallSite(NamedTuple):
    """Where the user called: the nearest frame outside of fitscribe, the framework and the thread pools."""

    file: str
    line: int
    function: str


def passed_over(framework: str, declared: Callable[..., Any]) -> set[str]:
    """The root packages whose frames are none of the user's.

    Args:
        framework: that of the patch point.
        declared: what its integration wrote for it.
    """
    own = str(getattr(declared, "__module__", None) or "").partition(".")[0]
    return {framework, own} - {"__main__"} | _MACHINERY


def users_frames(frame: FrameType | None, roots: set[str]) -> Iterator[FrameType]:
    """The frames of the user's code, the nearest first; none of them to be kept.

    Args:
        frame: where to begin.
        roots: as :func:`passed_over` gives them.
    """
    while frame is not None:
        if root_of(frame) not in roots:
            yield frame
        frame = frame.f_back


def site_in(frame: FrameType | None, roots: set[str]) -> CallSite:
    """The nearest line of the user's code; the outermost one there is where none is the user's."""
    site = CallSite("", 0, "")
    while frame is not None:
        site = CallSite(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        if root_of(frame) not in roots:
            break
        frame = frame.f_back
    return site


class Moment:
    """When a hook or a watcher of an integration is called: what there is to say of it, while it runs.

    Args:
        point: the point of the hook or the watcher.
        between: other packages whose frames are none of the user's.
    """

    def __init__(self, point: InstalledPoint, between: Iterable[str] = ()) -> None:
        self._point = point
        self._roots = passed_over(point.framework, point.definition.function).union(between)

    @property
    def point_id(self) -> str:
        """The patch point, such as ``torch.step``."""
        return self._point.id

    @property
    def framework(self) -> str:
        """The framework's name."""
        return self._point.framework

    @property
    def framework_version(self) -> str | None:
        """The framework's installed version; None where nobody knows it."""
        return self._point.version

    @property
    def untested(self) -> bool:
        """Whether that version is newer than the newest that fitscribe is tested with."""
        return self._point.verdict.untested

    @property
    def site(self) -> CallSite:
        """Where the user's code is."""
        return site_in(sys._getframe(1), self._roots)

    def callers(self) -> Iterator[FrameType]:
        """The frames of the user's code that lead here, the nearest first; none of them to be kept."""
        return users_frames(sys._getframe(1), self._roots)
