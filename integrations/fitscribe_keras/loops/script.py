"""What the script calls things: losses, what a step returns, optimizers, models and metrics."""

from __future__ import annotations

import ast
import re
import weakref
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import CodeType, FrameType
from typing import Any, TypeAlias

from fitscribe.engine.callers import users_frames
from fitscribe.engine.frames import root_of
from fitscribe.engine.statements import Going, called, going_on
from fitscribe.engine.variables import locals_of
from fitscribe.engine.written import call_in

LOSS = "loss"
"""What a loss is called that the script gives no name."""

Names: TypeAlias = "str | tuple[str, ...]"
"""What a value is called, or each of several."""

ROOTS = {"keras", "tf_keras", "tensorflow", "fitscribe", "fitscribe_keras", "wrapt", "threading"}
"""Code that is none of the script's."""
# These give the same value in another form, or that of several as one.
_SAME = frozenset("float item numpy reduce_mean reduce_sum mean sum cast squeeze identity".split())
_LOSS_WORD = re.compile(r"loss|objective|cost|(?:^|_)(?:mse|mae|bce|nll|kl|ce)(?:_|$)", re.IGNORECASE)
_TOTAL = re.compile(r"total|running|sum|cum|epoch|avg|mean", re.IGNORECASE)
_MOST_KEPT = 1_024
_MOST_FRAMES = 24
_MOST_VARIABLES = 2_000

# By identity, as code objects compare by what they do, wherever they stand; weakly, as notebooks make many.
_Known: TypeAlias = "tuple[weakref.ref[CodeType], Names]"
_of_losses: dict[tuple[int, int], _Known] = {}
_of_results: dict[tuple[int, int], _Known] = {}


def loss_name(frame: FrameType | None) -> str:
    """What the script calls the loss that it wants gradients of.

    ``tape.gradient(loss_d, ...)`` is about ``loss_d``, and ``losses["d"]`` is called ``d``.

    Args:
        frame: which waits for ``gradient``, or ``minimize``, to return; of the script, or below its code.
    """
    return str(_known_at(frame, _of_losses, _loss_in) or LOSS)


def _loss_in(frame: FrameType) -> str:
    written = call_in(frame, "gradient") or call_in(frame, "minimize")
    if written is None or written.function not in ("gradient", "minimize"):
        return LOSS
    text = written.by_keyword.get("target") or written.by_keyword.get("loss")
    if text is None and written.positional:
        text = written.positional[0]
    return _name_of_text(text) if text else LOSS


def _name_of_text(text: str) -> str:
    try:
        return _name(ast.parse(f"({text}\n)", mode="eval").body) or LOSS
    except SyntaxError:
        return LOSS


def _name(node: ast.AST) -> str | None:
    """The name of the one value that an expression is about."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return key if isinstance(key, str) and key else _name(node.value)
    if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == 1:
        return _name(node.elts[0])
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        left, right = _name(node.left), _name(node.right)
        is_right = right is not None and _LOSS_WORD.search(right) and isinstance(node.op, ast.Mult)
        return right if left is None or (is_right and not _LOSS_WORD.search(left)) else left
    if isinstance(node, ast.Call) and node.args:
        return _name(node.args[0])
    return None


def names_of_result(frame: FrameType | None) -> Names:
    """What the script calls the result of a call: ``loss = step(x)``, ``loss, acc = step(x)``.

    Args:
        frame: which waits for the call to return; of the script, or below its code.

    Returns:
        One name, or one for each value that is unpacked; ``loss`` where the script gives none.
    """
    return _known_at(frame, _of_results, _names_in) or LOSS


def _names_in(frame: FrameType) -> Names:
    going = going_on(frame, (re.compile("step|train", re.IGNORECASE),))
    return LOSS if going is None else _target(going)


def _known_at(
    frame: FrameType | None, known: dict[tuple[int, int], _Known], look: Callable[[FrameType], Names]
) -> Names | None:
    """What there is to say of a place in the script, looked at once.

    Args:
        frame: where to begin.
        known: what has been looked at.
        look: looks at a frame of the script.
    """
    while frame is not None:
        code = frame.f_code
        key = id(code), frame.f_lasti
        found = known.get(key)
        if found is not None and found[0]() is code:
            return found[1]
        if root_of(frame) not in ROOTS:
            if len(known) >= _MOST_KEPT:
                known.clear()
            names = look(frame)
            known[key] = weakref.ref(code), names
            return names
        frame = frame.f_back
    return None


def _target(going: Going) -> Names:
    for node, around in going.outwards():
        if isinstance(around, ast.NamedExpr):
            return around.target.id
        if isinstance(around, (ast.Assign, ast.AnnAssign)):
            target = around.targets[0] if isinstance(around, ast.Assign) else around.target
            if isinstance(target, (ast.Tuple, ast.List)):
                return tuple(_name(each) or "" for each in target.elts)
            return _name(target) or LOSS
        if isinstance(around, ast.AugAssign):
            # What is added to a sum has no name of its own.
            name = _name(around.target) or ""
            return name if _LOSS_WORD.search(name) and not _TOTAL.search(name) else LOSS
        if not _is_passed_on(node, around):
            break
    return LOSS


def _is_passed_on(node: ast.AST, around: ast.AST) -> bool:
    if isinstance(around, ast.Call):
        return called(around) in _SAME
    return isinstance(around, (ast.Attribute, ast.Await))


def variables_around(frame: FrameType | None, function: Any = None) -> Iterator[tuple[str, Any]]:
    """The variables of the script that lead to what is called, with those of its objects.

    Args:
        frame: where to begin; variables of nearer code come first.
        function: a function of the script, whose own variables from around it come first of all.
    """
    return islice(_with_parts(_variables(frame, function)), _MOST_VARIABLES)


def _variables(frame: FrameType | None, function: Any) -> Iterator[tuple[str, Any]]:
    if function is not None:
        inner = getattr(function, "__func__", function)
        names = getattr(getattr(inner, "__code__", None), "co_freevars", ())
        for name, cell in zip(names, getattr(inner, "__closure__", None) or (), strict=False):
            try:
                yield name, cell.cell_contents
            except ValueError:
                continue  # an empty cell
    seen: set[int] = set()
    for each in islice(users_frames(frame, ROOTS), _MOST_FRAMES):
        yield from locals_of(each).items()
        if id(each.f_globals) not in seen:
            seen.add(id(each.f_globals))
            yield from tuple(each.f_globals.items())


def _with_parts(variables: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Variables, and what is held by those that are ``self``, or a list or dict: one step deep."""
    held: list[tuple[str, Any]] = []
    for name, value in variables:
        yield name, value
        if name == "self" or _is_of_script(value):
            held += tuple(_attributes(value).items())
        elif type(value) is dict and not name.startswith("__"):
            held += [(key, each) for key, each in tuple(value.items()) if type(key) is str]
    yield from held


def _is_of_script(value: Any) -> bool:
    return type(value).__module__ == "__main__"


def _attributes(value: Any) -> dict[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def name_of_object(obj: Any, variables: Iterable[tuple[str, Any]]) -> str:
    """What the script calls an object; empty where no variable is it.

    Args:
        obj: the object.
        variables: as :func:`variables_around` gives them.
    """
    return next((name for name, value in variables if value is obj), "")
