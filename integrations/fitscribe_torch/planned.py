"""How many epochs a script means to train for, as far as its own code or parameters say so."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterator
from types import FrameType
from typing import Any, NamedTuple

from fitscribe.capture.command_line import script_parameters
from fitscribe.engine.frames import root_of
from fitscribe.engine.statements import called, going_on
from fitscribe.engine.variables import locals_of
from fitscribe_torch.variables import attributes

_EPOCH = re.compile(r"epoch|^_?e$|^ep$", re.IGNORECASE)
_OTHER = re.compile(r"fold|seed|trial|^run|repeat|step|batch|iter|split|stage|phase|round", re.IGNORECASE)
_PARAMETER = re.compile(
    r"^(?:.*[._])?(?:n_?|num_?|max_?|total_?)?epochs$|^(?:.*[._])?nepochs?$", re.IGNORECASE
)
_PASSED_OVER = frozenset({"torch", "fitscribe", "fitscribe_torch", "tqdm", "wrapt"})
_WRAPPERS = frozenset({"tqdm", "trange", "track", "progress_bar", "master_bar"})
_MOST_FRAMES = 24


class Planned(NamedTuple):
    """How many epochs there are to be.

    Attributes:
        epochs: how many.
        loop: which loop says so, and from where it was come to; nothing where only a parameter of the script
            does.
    """

    epochs: int
    loop: tuple[Hashable, ...] = ()


def planned_epochs(frame: FrameType | None) -> Planned | None:
    """Read how many epochs there are to be; None where nothing says so.

    Args:
        frame: of the code that makes the first step, or within that.
    """
    within_loader = False
    unnamed = None
    for loop, line, of in _loops_around(frame):
        rounds = _rounds(loop.iter, of)
        target = loop.target.id if isinstance(loop.target, ast.Name) else ""
        if rounds is None:
            within_loader = True
        elif _EPOCH.search(target):
            return Planned(rounds, _place(line, of))
        elif within_loader and unnamed is None and not _OTHER.search(target):
            unnamed = Planned(rounds, _place(line, of))
    return unnamed or _by_parameter()


def _place(line: int, frame: FrameType) -> tuple[Hashable, ...]:
    place: list[Hashable] = [id(frame.f_code), line]
    outer = frame.f_back
    while outer is not None and len(place) < _MOST_FRAMES:
        place += [id(outer.f_code), outer.f_lasti]
        outer = outer.f_back
    return tuple(place)


def _loops_around(frame: FrameType | None) -> Iterator[tuple[ast.For, int, FrameType]]:
    """The ``for`` statements that are going on, the innermost first, with their lines and frames."""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        if root_of(frame) not in _PASSED_OVER:
            going = going_on(frame)
            if going is not None:
                # Lines of the tree are counted from where the statement begins.
                first = frame.f_lineno - going.call.lineno
                for node, around in going.outwards():
                    if isinstance(around, ast.For) and node in around.body:
                        yield around, first + around.lineno, frame
        frame = frame.f_back


def loop_variables(frame: FrameType | None) -> frozenset[str]:
    """The variables of the ``for`` statements that are going on, which hold one element after the other.

    Args:
        frame: of the code within them.
    """
    targets = [loop.target for loop, _, _ in _loops_around(frame)]
    return frozenset(node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def _rounds(iterated: ast.expr, frame: FrameType) -> int | None:
    """How many rounds a loop has over ``range(...)``, be there a progress bar around it."""
    if not isinstance(iterated, ast.Call) or not iterated.args:
        return None
    if called(iterated) not in ("range", "trange"):
        is_wrapper = called(iterated) in _WRAPPERS
        return _rounds(iterated.args[0], frame) if is_wrapper else None
    values = [_value(each, frame) for each in iterated.args[:3]]
    if not all(type(each) is int for each in values):
        return None
    try:
        return len(range(*values)) or None
    except (ValueError, OverflowError):
        return None


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a plain expression comes to, without running any code of the script's; None for any other."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return locals_of(frame).get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        return _attribute(_value(node.value, frame), node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        holder = _value(node.value, frame)
        return holder.get(node.slice.value) if type(holder) is dict else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = _value(node.left, frame), _value(node.right, frame)
        if type(left) is int and type(right) is int:
            return left + right if isinstance(node.op, ast.Add) else left - right
    return None


def _attribute(holder: object, name: str) -> Any:
    for held in (attributes(holder), *(vars(each) for each in type(holder).__mro__)):
        if name in held:
            return held[name]
    # A class that is a namespace of settings.
    return vars(holder).get(name) if isinstance(holder, type) else None


def _by_parameter() -> Planned | None:
    values, _ = script_parameters()
    found = {value for name, value in values.items() if _PARAMETER.match(name) and type(value) is int}
    return Planned(found.pop()) if len(found) == 1 else None
