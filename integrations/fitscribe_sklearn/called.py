"""What the code that calls has as variables: other names of data, and positions that rows are taken at."""

from __future__ import annotations

import ast
import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.engine.variables import locals_of
from fitscribe_sklearn.roles import Name
from fitscribe_sklearn.rows import is_taken, row_count

_MOST_FRAMES = 16
_Bound = int | str | None


class _Taking(NamedTuple):
    """The variables in an expression such as ``X[train]``, ``frame.iloc[train]`` or ``X[order[:n]]``.

    Attributes:
        whole: that of the data.
        positions: that of the positions or the mask.
        bounds: where a slice of the positions begins and ends: numbers, names of them, or None; itself None
            where all of them are taken.
    """

    whole: str
    positions: str
    bounds: tuple[_Bound, _Bound] | None


def name_of(call: Call, parameter: str) -> Name:
    """What the calling code calls an argument, by its positions where it takes rows: ``X[val_idx]``.

    Args:
        call: the observed call, which goes on.
        parameter: of the argument.
    """
    name = Name(call.written(parameter))
    frame = next(call.callers(), None) if name.indices else None
    if frame is not None:
        variables = _visible(frame)
        has_columns = hasattr(type(call.arguments[parameter]), "columns")
        of_rows = (
            index
            for index, is_located in name.indices
            # Keys and columns say nothing of rows: `frame[array]` takes columns, unless it is a mask.
            if _kind(variables.get(index)) in ("b" if has_columns and not is_located else "bi")
        )
        name.take_positions(next(of_rows, ""))
    return name


def _kind(value: Any) -> str:
    """What kind of values an array has, as NumPy calls it; of anything else ``?``."""
    return value.dtype.kind if type(value) is sys.modules["numpy"].ndarray else "?"


def name_with_role(call: Call, data: Any) -> Name | None:
    """Another name that the calling code has for the very data of a call, and that speaks of a role.

    A function that evaluates models calls all data ``X``; the code that calls it does not.

    Args:
        call: the observed call, which goes on.
        data: what it was given.

    Returns:
        The name in the innermost code that has one; None where nobody has, or several of different roles.
    """
    for variables in _variables(call):
        found = [Name(name) for name, value in variables.items() if value is data]
        roles = {each.role for each in found if each.role}
        if roles:
            return next(each for each in found if each.role) if len(roles) == 1 else None
    return None


def recognize_taken(call: Call, *given: Any) -> None:
    """Take note of rows that the script takes as it calls: ``model.fit(X[train], y[train])``.

    An array shows nothing of the positions that its rows were taken at, and they need not be those of a
    splitter that is at work: here they are read from the variables of the calling code.

    Args:
        call: the observed call, which goes on.
        given: arguments of it; Nones among them are passed over.
    """
    unknown = [each for each in given if each is not None and lineage.node_at(each) is None]
    parameters = {id(value): name for name, value in call.arguments.items()}
    for data in unknown:
        parameter = parameters.get(id(data))
        taking = _taking(call.written(parameter) or "") if parameter is not None else None
        frame = next(call.callers(), None) if taking is not None else None
        if taking is None or frame is None:
            continue
        variables = _visible(frame)
        whole, by = variables.get(taking.whole), _cut(variables.get(taking.positions), taking, variables)
        count = row_count(whole)
        positions = None if count is None else _positions(by, count)
        if positions is not None and is_taken(data, whole, positions):
            lineage.taken(data, whole, positions, by)


def _positions(given: Any, count: int) -> Any:
    """The positions that an array of them, or a mask of so many rows, stands for; None of anything else."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(given) is not numpy.ndarray or given.ndim != 1 or not given.size:
        return None
    if given.dtype.kind == "b":
        return given.nonzero()[0] if len(given) == count and given.any() else None
    return given if given.dtype.kind == "i" and given.min() >= 0 and given.max() < count else None


@lru_cache(maxsize=256)
def _taking(written: str) -> _Taking | None:
    try:
        node = ast.parse(written, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(node, ast.Subscript):
        return None
    whole, place = node.value, node.slice
    if isinstance(whole, ast.Attribute) and whole.attr == "iloc":
        whole = whole.value
    if isinstance(place, ast.Tuple) and len(place.elts) == 2 and ast.unparse(place.elts[1]) == ":":
        place = place.elts[0]
    bounds = None
    if isinstance(place, ast.Subscript) and isinstance(place.slice, ast.Slice) and place.slice.step is None:
        try:
            bounds = _bound(place.slice.lower), _bound(place.slice.upper)
        except ValueError:
            return None
        place = place.value
    if isinstance(whole, ast.Name) and isinstance(place, ast.Name):
        return _Taking(whole.id, place.id, bounds)
    return None


def _bound(node: ast.expr | None) -> _Bound:
    if node is None or isinstance(node, ast.Name):
        return None if node is None else node.id
    value = ast.literal_eval(node)  # a number with its sign, or a ValueError
    if type(value) is not int:
        raise ValueError(value)
    return value


def _cut(positions: Any, taking: _Taking, variables: Mapping[str, Any]) -> Any:
    """The positions, or the slice of them that was written; None where that cannot be told."""
    numpy = sys.modules.get("numpy")
    if taking.bounds is None or numpy is None or type(positions) is not numpy.ndarray:
        return positions
    bounds = [variables.get(each, "") if isinstance(each, str) else each for each in taking.bounds]
    is_known = all(each is None or type(each) is int for each in bounds)
    return positions[slice(*bounds)] if is_known else None


def _visible(frame: FrameType) -> Mapping[str, Any]:
    """What a name stands for in a frame; the globals are not copied, as a notebook may have many."""
    return ChainMap(locals_of(frame), frame.f_globals)


def _variables(call: Call) -> Iterator[dict[str, Any]]:
    """The variables of each function that led to a call, the innermost first, and of the script itself."""
    for frame in islice(call.callers(), _MOST_FRAMES):
        yield frame.f_globals if frame.f_code.co_name == "<module>" else locals_of(frame)
