"""What is raised while fitscribe is at work and is none of its own: by a signal handler, or into the thread.

A time limit of the script's, such as ``signal.alarm`` with a handler that raises, may strike anywhere: also
within code of fitscribe's, which would then keep it as a mistake of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

_OURS = "fitscribe."
_INSTALLED = ("site-packages", "dist-packages")


def is_from_outside(error: BaseException) -> bool:
    """Whether an exception that came out of fitscribe's own code was raised by none of it.

    It was where a signal handler is on the way that it came. One that another thread has set
    (``PyThreadState_SetAsyncExc``) leaves no trace: it is told by its class, where that is of the script
    and no code of the script's is on the way.

    Args:
        error: as it was caught.
    """
    frames = list(_frames(error))
    roads = [str(frame.f_globals.get("__name__", "")) for frame in frames]
    # A store that is full fails with each log call, on a way that no handler is on.
    if not all(road.startswith(_OURS) for road in roads):
        handlers = set(_codes_of_handlers())
        if any(frame.f_code in handlers for frame in frames):
            return True
    return bool(roads) and _is_of_script(type(error).__module__) and not any(map(_is_of_script, roads))


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _codes_of_handlers() -> Iterator[CodeType]:
    import signal  # only where something went wrong

    for number in signal.valid_signals():
        handler: Any = signal.getsignal(number)
        if not callable(handler):
            continue
        # A partial's function, a method's, and that of an object with __call__.
        handler = getattr(handler, "func", handler)
        handler = getattr(handler, "__func__", handler)
        code = getattr(handler, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
        if isinstance(code, CodeType):
            yield code


def _is_of_script(module: str) -> bool:
    """Whether a module is neither installed, nor part of Python or fitscribe."""
    root = module.partition(".")[0]
    if root == "__main__":
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None or root in sys.stdlib_module_names or root.startswith("fitscribe"):
        return False
    return not any(each in file for each in _INSTALLED)
