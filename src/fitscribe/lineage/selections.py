"""Rows that were selected of a pandas frame by masks, samples or positions: known by their labels and values.

Selecting keeps the labels. Where a frame has the default numbering they are positions, and some of the values
tell whether they are positions in this frame.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from fitscribe.lineage import tables
from fitscribe.lineage.columns import chosen_rows, numbers
from fitscribe.lineage.layouts import layout
from fitscribe.lineage.memory import Memory
from fitscribe.lineage.objects import reference_to
from fitscribe.lineage.rows import Selection

# Values that have to differ among those that are compared.
_DIFFERENT = 2
_FEWEST = 8
_MARKED = 64
_COLUMNS = 20
_PLAIN = (str, bytes, int, float, bool)


class Marks(NamedTuple):
    """Hashes of some cells of a frame with the default numbering: its rows are known by them when it is gone.

    Attributes:
        rows: how many it has.
        positions: the rows that were looked at.
        columns: of each column of numbers, a hash of its value in each of these rows.
    """

    rows: int
    positions: list[int]
    columns: dict[Any, list[int | None]]


def selection(positions: Any, given: Any, count: int) -> Selection:
    """Rows that were taken at positions.

    Args:
        positions: an array of them.
        given: what they were taken by: that array, or a mask.
        count: how many rows there were.
    """
    reference = reference_to(given)

    def find() -> Any:
        alive = reference()
        return alive.nonzero()[0] if alive is not None and alive.dtype.kind == "b" else alive

    some = tuple(positions[chosen_rows(len(positions))].tolist())
    return Selection(positions, find, some, count)


def marks_of(frame: Any) -> Marks | None:
    """The marks of a pandas frame; None of one that is numbered in a way of its own."""
    if frame.ndim != 2 or not _is_numbered(frame) or len(frame) < _FEWEST:
        return None
    positions = chosen_rows(len(frame), _MARKED)
    names, values = numbers(frame, positions)
    if not names:
        return None
    columns = dict(list(zip(names, values.T.tolist(), strict=True))[:_COLUMNS])
    return Marks(len(frame), positions, {name: _hashes(column) for name, column in columns.items()})


def selected_rows(base: Any, obj: Any) -> range | Selection | None:
    """Which rows of a frame those of another frame or series are, as far as labels and some values tell.

    Args:
        base: a pandas frame.
        obj: a pandas frame or series that has some of its columns.

    Returns:
        None where it is no selection, or the base is numbered in a way of its own.
    """
    if not _is_numbered(base):
        return None
    found = _by_labels(obj, len(base))
    if found is None:
        return None
    chosen = chosen_rows(len(obj))
    positions = [found[place] for place in chosen] if isinstance(found, range) else list(found.some)
    return found if _equal(base, positions, obj, chosen) else None


def marked_rows(marks: Marks, obj: Any, different: int = 4) -> range | Selection | None:
    """As :func:`selected_rows`, of a frame that may be gone.

    Args:
        marks: of the frame.
        obj: as there.
        different: how many different values there must be among those that are compared: labels alone have
            few.
    """
    numpy = sys.modules["numpy"]
    found = _by_labels(obj, marks.rows)
    if found is None:
        return None
    labels = obj.index.to_numpy()
    rows = numpy.flatnonzero(numpy.isin(labels, marks.positions))[:_MARKED]
    if len(rows) < _FEWEST:
        return None
    names, values = numbers(obj, rows)
    at = [marks.positions.index(label) for label in labels[rows].tolist()]
    compared = 0
    for place, name in enumerate(names):
        known = marks.columns.get(name)
        if known is None:
            continue
        own = _hashes(values[:, place].tolist())
        if own != [known[position] for position in at]:
            return None
        compared = max(compared, len(set(own)))
    return found if compared >= different else None


def _hashes(values: list[Any]) -> list[int | None]:
    return [hash(value) if value == value else None for value in values]


def _is_numbered(frame: Any) -> bool:
    index = frame.index
    return type(index) is sys.modules["pandas"].RangeIndex and (index.start, index.step) == (0, 1)


def _by_labels(obj: Any, count: int) -> range | Selection | None:
    """The positions that labels are, in a frame of so many rows with the default numbering."""
    labels = obj.index
    if not len(obj):
        return None
    if type(labels) is sys.modules["pandas"].RangeIndex:
        found = range(labels.start, labels.stop, labels.step)
        return found if min(found[0], found[-1]) >= 0 and max(found[0], found[-1]) < count else None
    array = labels.to_numpy()
    if array.dtype.kind != "i" or array.min() < 0 or array.max() >= count:
        return None
    some = tuple(array[chosen_rows(len(array))].tolist())
    return Selection(array, Memory.around(array).finder(layout(array)), some, count)


def _equal(base: Any, positions: list[int], obj: Any, chosen: list[int]) -> bool:
    """Whether all columns of numbers that both have, or else the first one of texts, have the same values."""
    names, mine = numbers(obj, chosen)
    known, theirs = numbers(base, positions)
    places = {name: place for place, name in enumerate(known)}
    common = [place for place, name in enumerate(names) if name in places]
    if not common:
        return not names and _equal_texts(base, positions, obj, chosen)
    mine, theirs = mine[:, common], theirs[:, [places[names[place]] for place in common]]
    if len({row.tobytes() for row in mine}) < min(_DIFFERENT, len(obj)):
        return False
    return bool(((mine == theirs) | ((mine != mine) & (theirs != theirs))).all())


def _equal_texts(base: Any, positions: list[int], obj: Any, chosen: list[int]) -> bool:
    name = tables.names_of(obj)[:1]
    if not name or list(base.columns).count(name[0]) != 1:
        return False
    own = obj if obj.ndim == 1 else obj.iloc[:, 0]
    mine = own.iloc[chosen].tolist()
    theirs = base.iloc[positions, base.columns.get_loc(name[0])].tolist()
    if not all(type(item) in _PLAIN for item in mine + theirs):
        return False
    return mine == theirs and len(set(mine)) >= min(_DIFFERENT, len(obj))
