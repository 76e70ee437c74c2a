"""The one guard: what goes wrong inside fitscribe is said once and kept from the user's code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import TracebackType

Listener = Callable[[str, BaseException], None]

_reported: set[str] = set()
_listeners: list[Listener] = []


def reraises() -> bool:
    """Whether defects surface instead of being swallowed: our own tests set ``FITSCRIBE_RERAISE=1``."""
    return os.environ.get("FITSCRIBE_RERAISE") == "1"


def passes(error: BaseException) -> bool:
    """Whether an exception that came out of our own code is not ours to keep from the user.

    Args:
        error: as it was caught.
    """
    return not isinstance(error, Exception) or reraises() or _is_from_outside(error)


def _is_from_outside(error: BaseException) -> bool:
    from fitscribe.engine.outside import is_from_outside  # where something went wrong, and not before

    return is_from_outside(error)


def _to_standard_error(line: str) -> None:
    stream = sys.stderr
    if stream is not None:
        stream.write(line + "\n")


_output: Callable[[str], None] = _to_standard_error


def set_output(write: Callable[[str], None] | None) -> None:
    """Send the lines of :func:`report` and :func:`notice` elsewhere.

    Args:
        write: takes one line without its end; None puts standard error back.
    """
    global _output
    _output = write or _to_standard_error


def notice(line: str) -> None:
    """Say one line, each line once per process.

    Args:
        line: what to say, without ``fitscribe:`` in front.
    """
    if line in _reported:
        return
    _reported.add(line)
    try:
        _output(f"fitscribe: {line}")
    except Exception:
        # A closed or broken standard error leaves nobody to tell.
        return


def keep(where: str, error: BaseException) -> None:
    """Keep what came out of our own code from the user, and report it; to be called where it was caught.

    Args:
        where: as for :func:`report`.
        error: what was raised.

    Raises:
        BaseException: the error itself, where it is not ours to keep.
    """
    if passes(error):
        raise error
    report(where, error)


def report(where: str, error: BaseException) -> None:
    """Say once per place that something inside fitscribe went wrong.

    Args:
        where: the patch point or the part of fitscribe.
        error: what was raised; only its type and message are kept.

    Raises:
        BaseException: the error itself, where it is none of fitscribe's: a time limit of the script's struck.
    """
    if _is_from_outside(error):
        raise error
    for listener in tuple(_listeners):
        try:
            listener(where, error)
        except Exception as second:
            _say("report listener", second)
    _say(where, error)


def _say(where: str, error: BaseException) -> None:
    if where in _reported:
        return
    _reported.add(where)
    try:
        message = str(error)
    except Exception as second:
        message = f"(no message: {type(second).__name__})"
    notice(f"{where}: {type(error).__name__}: {message} (the training is not affected)")


def on_report(callback: Listener) -> Callable[[], None]:
    """Call ``callback(where, error)`` for each report, repeated ones included.

    Args:
        callback: must not keep the error: its traceback holds the user's objects.

    Returns:
        A function that removes the callback again.
    """
    _listeners.append(callback)

    def remove() -> None:
        if callback in _listeners:
            _listeners.remove(callback)

    return remove


class guarded:  # noqa: N801 - read as a statement: ``with guarded("store"):``
    """Swallow and report what our own code raises in the block; ``KeyboardInterrupt`` and its like pass.

    Args:
        where: named in the report.
    """

    __slots__ = ("_where",)

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or passes(error):
            return False
        report(self._where, error)
        return True
