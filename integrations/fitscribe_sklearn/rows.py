"""Rows of the containers that scikit-learn takes: how many there are, and some of them."""

from __future__ import annotations

import sys
from typing import Any

# Rows that are compared, evenly spaced, and cells of all of them.
_ROWS = 32
_CELLS = 4_096
_PLAIN = (str, bytes, int, float, bool)


def row_count(data: Any) -> int | None:
    """Return the number of rows of data that rows can be taken of without effects; else None."""
    cls = type(data)
    if cls is list:
        return len(data)
    root = cls.__module__.partition(".")[0]
    if root in ("numpy", "pandas", "polars", "scipy") and hasattr(data, "shape") and len(data.shape) >= 1:
        if root == "scipy" and data.format not in ("csr", "csc"):
            return None
        return int(data.shape[0])
    return None


def every(data: Any, step: int) -> Any:
    """Return each ``step``-th row, in the container that the data came in."""
    if step == 1:
        return data
    return data.iloc[::step] if hasattr(type(data), "iloc") else data[::step]


def first(data: Any, count: int) -> Any:
    """Return the first rows, in the container that the data came in."""
    return data.iloc[:count] if hasattr(type(data), "iloc") else data[:count]


def take(data: Any, positions: Any) -> Any:
    """Return the rows at an array of positions, in the container that the data came in."""
    if type(data) is list:
        return [data[position] for position in positions.tolist()]
    if hasattr(type(data), "iloc"):
        return data.iloc[positions]
    return data[positions.tolist()] if type(data).__module__.startswith("polars") else data[positions]


def column_count(data: Any) -> int:
    """Return the number of columns: one of what has a value per row."""
    if type(data) is list:
        return len(data[0]) if data and isinstance(data[0], (list, tuple)) else 1
    return int(data.shape[1]) if len(data.shape) > 1 else 1


def is_taken(part: Any, whole: Any, positions: Any, most: int = _ROWS) -> bool:
    """Whether a part has the rows of the whole at these positions, as far as some of them tell.

    Args:
        part: what may have been taken.
        whole: what it may have been taken from.
        positions: an array of them.
        most: how many rows are compared, evenly spaced; of wide data fewer.
    """
    if row_count(part) != len(positions) or row_count(whole) is None:
        return False
    width = column_count(whole)
    if column_count(part) != width:
        return False
    numpy = sys.modules["numpy"]
    count = min(len(positions), max(1, min(most, _CELLS // width)))
    chosen = numpy.linspace(0, len(positions) - 1, count).astype(numpy.intp)
    return _are_equal(take(part, chosen), take(whole, positions[chosen]))


def _are_equal(mine: Any, theirs: Any) -> bool:
    """Whether a few rows are equal; objects of the script's are only if they are the same ones."""
    if hasattr(type(mine), "toarray"):
        return type(mine) is type(theirs) and not (mine != theirs).nnz
    numpy = sys.modules["numpy"]
    one, other = (numpy.asarray(each) for each in (mine, theirs))
    if one.shape != other.shape:
        return False
    if one.dtype.kind in "biuf" and other.dtype.kind in "biuf":
        return bool(((one == other) | ((one != one) & (other != other))).all())
    pairs = zip(one.ravel().tolist(), other.ravel().tolist(), strict=True)
    return all(a is b or (type(a) in _PLAIN and type(a) is type(b) and a == b) for a, b in pairs)
