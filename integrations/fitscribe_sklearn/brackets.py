"""What an argument was written to be some rows of: `y_pred` in `f1_score(y_test[mask], y_pred[mask])`."""

from __future__ import annotations

import ast
import weakref
from types import CodeType
from typing import Any

from fitscribe.engine import Call
from fitscribe.engine.frames import calling, innermost_wrapper

_OF_A_FUNCTION = 0x1  # CO_OPTIMIZED
_INDEXERS = ("iloc", "loc")
_MOST_KEPT = 1_024
# The global variable before the brackets, by code, instruction and parameter; empty where there is none.
_names: dict[tuple[int, int, str], tuple[weakref.ref[CodeType], str]] = {}


def whole_of(call: Call, parameter: str) -> Any:
    """Return what stands before the brackets of an argument, as it is called by a global variable.

    The variables of functions are left alone: to read them would keep alive what they hold.

    Args:
        call: that goes on.
        parameter: which argument.

    Returns:
        The object; None where the argument was not written that way, or nobody knows how it was.
    """
    frame = calling(innermost_wrapper())
    if frame is None:
        return None
    code = frame.f_code
    key = id(code), frame.f_lasti, parameter
    known = _names.get(key)
    if known is None or known[0]() is not code:
        text = call.written(parameter)
        name = _before_brackets(text) if text else ""
        if len(_names) >= _MOST_KEPT:
            _names.clear()
        known = _names[key] = weakref.ref(code), name if _is_global(name, code) else ""
    return frame.f_globals.get(known[1]) if known[1] else None


def _is_global(name: str, code: CodeType) -> bool:
    if code.co_flags & _OF_A_FUNCTION:
        return name not in (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
    return code.co_name == "<module>"  # a class body has variables of its own


def _before_brackets(text: str) -> str:
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    if not isinstance(node, ast.Subscript):
        return ""
    while isinstance(node, ast.Subscript):
        node = node.value
        if isinstance(node, ast.Attribute) and node.attr in _INDEXERS:
            node = node.value
    return node.id if isinstance(node, ast.Name) else ""
