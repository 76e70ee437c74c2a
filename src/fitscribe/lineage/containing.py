"""Whether rows were taken out of other data by a mask or by positions: told by the values of some of them."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.lineage import tables
from fitscribe.lineage.columns import chosen_rows
from fitscribe.lineage.objects import is_array

# Looked at: rows and columns of the part, rows of the whole.
_ROWS = 16
_COLUMNS = 8
_MOST = 200_000
_FEWEST = 4
# A row that is found more often than this share of the whole says nothing.
_RARE = 0.02
_NUMBERS = "biuf"


def contains(whole: Any, part: Any) -> bool:
    """Whether data has the rows of other data, as far as some values tell; not where these are common ones.

    Args:
        whole: an array of two dimensions, or a pandas frame.
        part: an array or a frame with as many columns, and fewer rows.
    """
    if len(whole) > _MOST or len(part) < _FEWEST:
        return False
    theirs, own = _columns(whole), _columns(part)
    if not own or not own.keys() <= theirs.keys():
        return False
    for row in chosen_rows(len(part), _ROWS):
        found: Any = True
        for place, values in own.items():
            value, others = values[row], theirs[place]
            same = others == value if value == value else others != others
            found = found & same
        times = int(found.sum())
        if not 0 < times <= max(1, _RARE * len(whole)):
            return False
    return True


def _columns(data: Any) -> dict[int, Any]:
    """The first columns by their place, as far as they are numbers."""
    if is_array(data):
        if data.ndim != 2 or data.dtype.kind not in _NUMBERS:
            return {}
        plain = data.view(sys.modules["numpy"].ndarray)
        return {place: plain[:, place] for place in range(min(data.shape[1], _COLUMNS))}
    if not tables.is_pandas(data) or data.ndim != 2:
        return {}
    places = {name: place for place, name in enumerate(tables.names_of(data)[:_COLUMNS])}
    return {
        places[name]: array[:, column]
        for array, names in tables.blocks(data)
        if array.dtype.kind in _NUMBERS
        for column, name in enumerate(names)
        if name in places
    }
