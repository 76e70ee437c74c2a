"""The variables of a function that is running, read without leaving a trace."""

from __future__ import annotations

import inspect
import opcode
import sys
from collections.abc import Iterator
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

_LIVE_VIEWS = sys.version_info >= (3, 13)
# What a function gets hold of its own variables with. The others are names of many a method, too, such as
# `model.eval()`: of these it counts whether they are called as functions.
_LOOKS_AT_ITSELF = frozenset({"locals", "f_locals", "_getframe", "currentframe", "IPython"})
_MAY_LOOK = frozenset({"eval", "exec", "vars", "embed"})
# From Python 3.11 on the lowest bit says something else than which name it is.
_NAME_SHIFT = 1 if sys.version_info >= (3, 11) else 0
_LOAD_GLOBAL = opcode.opmap["LOAD_GLOBAL"]
_CACHE = opcode.opmap.get("CACHE")


def locals_of(frame: FrameType) -> dict[str, Any]:
    """Return the local variables of a function that waits for a call to return.

    Before Python 3.13 a frame keeps the dictionary that it gives, and every object in it, for as long as the
    function runs, and gives the same one to ``locals()``. The dictionary is emptied here, to be filled anew
    for the next who asks; functions that may hold theirs are passed over, and those that a debugger looks at:
    it writes the dictionary back into their variables.

    Args:
        frame: of the function.

    Returns:
        Names and values; nothing for a module, whose variables are global, and for the body of a class.
    """
    code = frame.f_code
    if not code.co_flags & inspect.CO_OPTIMIZED:
        return {}
    if _LIVE_VIEWS:
        return dict(frame.f_locals)
    if frame.f_trace is not None or _looks_at_itself(code):
        return {}
    kept = frame.f_locals
    found = dict(kept)
    kept.clear()
    return found


def _looks_at_itself(code: CodeType) -> bool:
    names = code.co_names
    if not _LOOKS_AT_ITSELF.isdisjoint(names):
        return True
    if _MAY_LOOK.isdisjoint(names):
        return False
    return any(
        operation == _LOAD_GLOBAL
        and (name := names[argument >> _NAME_SHIFT]) in _MAY_LOOK
        # `vars(obj)` is another's variables.
        and (name != "vars" or (following[1] == 0 and "CALL" in opcode.opname[following[0]]))
        for (operation, argument), following in pairwise(_instructions(code))
    )


def _instructions(code: CodeType) -> Iterator[tuple[int, int]]:
    # Not by `dis`, which takes milliseconds for the main function of a script.
    extended = 0
    for operation, argument in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        if operation == opcode.EXTENDED_ARG:
            extended = (extended | argument) << 8
        elif operation != _CACHE:
            yield operation, extended | argument
            extended = 0
