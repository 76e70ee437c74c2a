"""The call that is going on in a frame, as a node in the syntax tree of the source around it."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from types import CodeType, FrameType
from typing import Any, NamedTuple

# A whole file is parsed only where the function alone cannot be; a longer one is not worth it.
_MOST_LINES = 5_000
_CONTINUES = re.compile(r"\s*(?:$|[#)\]}]|(?:else|elif|except|finally|case)\b)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_KNOWN_ESCAPES = frozenset("\\'\"\n\rabfnrtvxNuU01234567")


class Going(NamedTuple):
    """The source of one call that has not returned yet."""

    call: ast.Call
    parents: dict[ast.AST, ast.AST]
    """Of every node of the tree around it."""

    def outwards(self) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Each node from the call on, with the one around it."""
        node: ast.AST = self.call
        while node in self.parents:
            yield node, self.parents[node]
            node = self.parents[node]


def going_on(frame: FrameType, likely: Iterable[re.Pattern[str]] = ()) -> Going | None:
    """Find the call that a frame waits for.

    Args:
        frame: any that has called something.
        likely: where instructions do not know their columns, what the name of the function tells it by; the
            first that any function on the line has.

    Returns:
        None where there is no source, where it has changed since it was run, or where it cannot be told which
        call it is.
    """
    # Through linecache, as a traceback would read them: it knows the cells of notebooks, and zip files.
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    if not 0 < frame.f_lineno <= len(lines):
        return None
    end = _end_of_instruction(frame)
    for first, last in _extents(lines, frame):
        tree = _parsed(lines[first:last])
        if tree is None:
            continue
        # The lines begin in another place than in the file, below a line that was put before indented ones.
        shift = first - int(lines[first][:1].isspace())
        if end:
            found = _ending_at(tree, end[0] - shift, end[1])
        else:
            found = _on_line(tree, frame.f_lineno - shift, likely)
        if found is not None:
            return Going(
                found, {inner: node for node in ast.walk(tree) for inner in ast.iter_child_nodes(node)}
            )
    return None


def _end_of_instruction(frame: FrameType) -> tuple[int, int] | None:
    """Line and column, in bytes, where the source of the instruction ends: known from Python 3.11 on."""
    positions: Any = getattr(frame.f_code, "co_positions", None)
    if positions is None or frame.f_lasti < 0:
        return None
    _, line, _, column = next(islice(positions(), frame.f_lasti // 2, None), (None,) * 4)
    return None if line is None or column is None else (line, column)


def _extents(lines: list[str], frame: FrameType) -> Iterator[tuple[int, int]]:
    """The lines of the function, or of the statement of the module, and all of them if these do not do."""
    last = frame.f_lineno
    first = _first_line(frame.f_code, lines, last)
    indentation = _indentation(lines[first])
    while last < len(lines) and (_CONTINUES.match(lines[last]) or _indentation(lines[last]) > indentation):
        last += 1
    yield first, last
    if len(lines) <= _MOST_LINES:
        yield 0, len(lines)


def _first_line(code: CodeType, lines: list[str], line: int) -> int:
    if code.co_name != "<module>":
        return min(code.co_firstlineno, line) - 1
    first = line - 1
    while first and (_CONTINUES.match(lines[first]) or _indentation(lines[first])):
        first -= 1
    return first


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parsed(lines: list[str]) -> ast.Module | None:
    # The parser warns of unknown escapes, as it did when the script was compiled: not a second time.
    source = _ESCAPE.sub(_calm, "".join(lines))
    try:
        return ast.parse(f"if 1:\n{source}" if source[:1].isspace() else source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _calm(escape: re.Match[str]) -> str:
    return escape[0] if escape[1] in _KNOWN_ESCAPES else f"/{escape[1]}"


def _ending_at(tree: ast.Module, line: int, column: int) -> ast.Call | None:
    # No two calls end at the same parenthesis; where they begin differs between versions of Python.
    return next(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and node.end_lineno == line and node.end_col_offset == column
        ),
        None,
    )


def _on_line(tree: ast.Module, line: int, likely: Iterable[re.Pattern[str]]) -> ast.Call | None:
    """Without columns: the call on a line that has a likely name, else the outermost."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    for pattern in likely:
        for call in calls:
            if pattern.search(called(call)):
                return call
    return calls[0] if calls else None


def called(call: ast.Call) -> str:
    """The last name of the function that is called; empty where it has none."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
