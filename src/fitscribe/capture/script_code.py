"""Which code is the script's own, and which belongs to Python or to an installed library."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable
from functools import cache, partial
from types import FrameType, FunctionType, MethodType
from typing import Any

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def is_script_code(file: str) -> bool:
    """Tell whether a file is none of Python's own, of an installed library, or a program installed with one.

    Args:
        file: as it stands in a code object.
    """
    return not file.startswith("<frozen ") and _is_outside(file, sys.prefix)


@cache
def _is_outside(file: str, prefix: str) -> bool:
    path = os.path.abspath(file)
    folder = os.path.dirname(path)
    if not _INSTALLED.isdisjoint(folder.split(os.sep)):
        return False
    programs = (os.path.join(prefix, "bin"), os.path.dirname(sys.executable))
    return folder not in programs and not path.startswith(os.path.dirname(os.__file__) + os.sep)


def is_script_frame(frame: FrameType) -> bool:
    """Tell whether the code that runs in a frame is the script's own."""
    file = frame.f_code.co_filename
    if file.startswith("<") and not file.startswith("<frozen "):
        # Made from text: by somebody at a prompt, or by a library for itself.
        found = frame.f_globals.get("__file__")
        return is_script_code(found) if isinstance(found, str) else True
    return is_script_code(file)


def is_called_by_script(frames: Iterable[FrameType], libraries: Collection[str]) -> bool:
    """Tell whether the script called a library, with nothing in between.

    Args:
        frames: those around the call, the nearest first.
        libraries: root packages whose frames may lie between.
    """
    for frame in frames:
        if is_script_frame(frame):
            return True
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] not in libraries:
            return False
    return False


def roots_of(cls: type) -> set[str]:
    """Return the root packages that a class and those it descends from are defined in."""
    return {each.__module__.partition(".")[0] for each in cls.__mro__}


def is_script_function(function: Any) -> bool:
    """Tell whether the function that others may have wrapped is the script's own.

    Args:
        function: as it was given to a library; what `functools.wraps` and `partial` leave is followed.
    """
    for _ in range(16):
        inner: Any = None
        if isinstance(function, MethodType):
            inner = function.__func__
        elif isinstance(function, partial):
            inner = function.func
        elif isinstance(function, FunctionType):
            inner = vars(function).get("__wrapped__")
        if inner is None:
            break
        function = inner
    return isinstance(function, FunctionType) and is_script_code(function.__code__.co_filename)
