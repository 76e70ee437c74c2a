"""What the user wrote for an argument: the source text at the line that called."""

from __future__ import annotations

import ast
import io
import linecache
import re
import tokenize
import weakref
from collections.abc import Iterator
from itertools import islice
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine.frames import calling, innermost_wrapper

if TYPE_CHECKING:
    from fitscribe.engine.calls import Call
    from fitscribe.engine.places import Place

_LONGEST = 200
_MOST_KEPT = 1024
_MOST_LINES = 100


class WrittenCall(NamedTuple):
    """The source of one call."""

    function: str
    """The last name before the parenthesis."""
    is_name: bool
    """Whether that is all there is before it, as in ``f(x)`` and unlike in ``module.f(x)``."""
    positional: tuple[str, ...] | None
    """None where some come out of a ``*list``: nobody can tell then which is which."""
    by_keyword: dict[str, str]
    receiver: str
    """What is before the last name, as ``self.metric`` in ``self.metric.compute()``; empty for nothing."""


# By identity, as code objects compare by what they do, wherever they stand; weakly, as notebooks make many.
_known: dict[tuple[int, int], tuple[weakref.ref[CodeType], WrittenCall | None]] = {}


def call_in(frame: FrameType, name: str) -> WrittenCall | None:
    """The source of the call that is going on in a frame.

    Args:
        frame: it waits for the call to return.
        name: of the function that it called.

    Returns:
        None where there is no source, or it cannot be told which call it is.
    """
    code = frame.f_code
    key = id(code), frame.f_lasti
    known = _known.get(key)
    if known is not None and known[0]() is code:
        return known[1]
    text = _exactly(frame) or _on_line(frame, name)
    found = _parsed(text) if text else None
    if len(_known) >= _MOST_KEPT:
        _known.clear()
    _known[key] = weakref.ref(code), found
    return found


def _lines(frame: FrameType, first: int, last: int) -> list[str]:
    # Through linecache, as a traceback would read them: it knows the cells of notebooks, and zip files.
    return linecache.getlines(frame.f_code.co_filename, frame.f_globals)[first - 1 : last]


def _exactly(frame: FrameType) -> str | None:
    """From Python 3.11 on an instruction knows the columns of its source."""
    positions: Any = getattr(frame.f_code, "co_positions", None)
    if positions is None or frame.f_lasti < 0:
        return None
    first, last, start, end = next(islice(positions(), frame.f_lasti // 2, None), (None,) * 4)
    if first is None or last is None or start is None or end is None or last - first >= _MOST_LINES:
        return None
    lines = [line.encode() for line in _lines(frame, first, last)]
    if len(lines) != last - first + 1:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode(errors="replace")


def _on_line(frame: FrameType, name: str) -> str | None:
    """Without columns: the only call on the line of a function of that name."""
    lines = _lines(frame, frame.f_lineno, frame.f_lineno + _MOST_LINES)
    # With the names before it, where these are plain: what they belong to begins somewhere else.
    pattern = rf"(?:(?<![\w.])(?:\w+\.)+)?(?<!\w){re.escape(name)}\s*\("
    found = list(re.finditer(pattern, lines[0])) if lines else []
    if len(found) != 1:
        return None
    lines[0] = lines[0][found[0].start() :]
    end = _end_of_call(lines)
    if end is None:
        return None
    row, column = end
    return "".join([*lines[: row - 1], lines[row - 1][:column]])


def _end_of_call(lines: list[str]) -> tuple[int, int] | None:
    depth = 0
    for token in _tokens(lines):
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return token.end
    return None


def _tokens(lines: list[str]) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO("".join(lines)).readline):
            if token.type == tokenize.OP:
                yield token
    except (tokenize.TokenError, SyntaxError):
        return  # the lines end in the middle of a statement, after what was looked for or without it


def _parsed(text: str) -> WrittenCall | None:
    source = f"({text}\n)"  # in parentheses, as the call may be within some
    try:
        call = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError):
        return None  # the file has been changed since it was run
    if not isinstance(call, ast.Call) or not isinstance(call.func, (ast.Name, ast.Attribute)):
        return None
    is_name = isinstance(call.func, ast.Name)
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    return WrittenCall(
        function=call.func.id if isinstance(call.func, ast.Name) else call.func.attr,
        is_name=is_name,
        positional=None if starred else tuple(_text(source, each) for each in call.args),
        by_keyword={each.arg: _text(source, each.value) for each in call.keywords if each.arg},
        receiver=_text(source, call.func.value) if isinstance(call.func, ast.Attribute) else "",
    )


def _text(source: str, node: ast.expr) -> str:
    return ast.get_source_segment(source, node) or ""


def text_of(call: Call, place: Place, parameter: str) -> str | None:
    """What the user wrote for an argument of a call.

    Args:
        call: that is going on; its observer asks.
        place: what was called.
        parameter: name of the parameter.

    Returns:
        The text of the argument alone. None where there is no source, or the call was not made by name
        (but by ``map``, a thread pool, a ``functools.partial``); where the argument was not given, or came
        out of a ``*list`` or ``**dict``, or is longer than 200 characters.
    """
    frame = calling(innermost_wrapper())
    if frame is None:
        return None
    written = call_in(frame, call.name)
    if written is None or not _is_call_of(written, place, frame):
        return None
    text = written.by_keyword.get(parameter)
    if text is None and parameter not in call.kwargs:
        position = place.position_of(parameter)
        # A method that is called as a function has its instance written first.
        first = len(written.positional or ()) - len(call.args)
        if written.positional is None or position is None or first not in (0, int(place.binds_first)):
            return None
        text = written.positional[first:][position] if position < len(call.args) else None
    return text if text and len(text) <= _LONGEST else None


def _is_call_of(written: WrittenCall, place: Place, frame: FrameType) -> bool:
    if written.function == place.name:
        return True
    # An alias of the script's; not one within a function, as reading the locals of a frame keeps them alive.
    return written.is_name and frame.f_globals.get(written.function) is place.wrapper
