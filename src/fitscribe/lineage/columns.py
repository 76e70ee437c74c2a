"""Columns copied out of a frame, as ``to_numpy`` and polars copy them: known by the values of some rows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from fitscribe.lineage import tables

# Rows that are compared, and pairs of columns.
ROWS = 32
PAIRS = 4_096
# Rows that differ, below which equal values say nothing.
_DIFFERENT = 4
_NUMBERS = "biuf"


def is_polars(obj: Any) -> bool:
    """Whether it is a polars frame or series."""
    polars = sys.modules.get("polars")
    return polars is not None and issubclass(type(obj), (polars.DataFrame, polars.Series))


def columns_in(frame: Any, obj: Any) -> tuple[Any, ...] | None:
    """The names of the columns of a frame that an object's are copies of, as far as some rows tell.

    Args:
        frame: a pandas or polars frame.
        obj: an array of two dimensions, a polars frame or series, of as many rows.

    Returns:
        None where there is a column that the frame does not have.
    """
    if is_polars(obj):
        return _of_polars(frame, obj)
    if obj.dtype.kind not in _NUMBERS:
        return None
    chosen = chosen_rows(len(obj))
    mine = obj[chosen]
    if len({row.tobytes() for row in mine}) < min(_DIFFERENT, len(obj)):
        return None
    names, theirs = numbers(frame, chosen)
    if not names or len(names) * mine.shape[1] > PAIRS:
        return None
    if mine.dtype.kind == "f":
        theirs = theirs.astype(mine.dtype)
    left, right = mine[:, :, None], theirs[:, None, :]
    equal = ((left == right) | ((left != left) & (right != right))).all(axis=0)
    if not equal.any(axis=1).all():
        return None
    return tuple(names[place] for place in equal.argmax(axis=1))


def chosen_rows(count: int, most: int = ROWS) -> list[int]:
    """Evenly spaced rows, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [index * (count - 1) // (most - 1) for index in range(most)]


def numbers(frame: Any, chosen: Sequence[int]) -> tuple[list[Any], Any]:
    """The names of the columns of numbers, and some of their rows."""
    numpy = sys.modules["numpy"]
    names: list[Any] = []
    parts: list[Any] = []
    if tables.is_pandas(frame):
        for array, held in tables.blocks(frame):
            if array.dtype.kind in _NUMBERS:
                names += held
                parts.append(array[chosen].reshape(len(chosen), -1))
    else:
        for name, dtype in frame.schema.items():
            if dtype.is_numeric() or str(dtype) == "Boolean":
                names.append(name)
                parts.append(frame.get_column(name).gather(chosen).to_numpy()[:, None])
    return names, numpy.concatenate(parts, axis=1) if parts else None


def _of_polars(frame: Any, obj: Any) -> tuple[Any, ...] | None:
    if not is_polars(frame):
        return None
    chosen = chosen_rows(len(obj))
    columns = [obj] if not hasattr(obj, "get_columns") else obj.get_columns()
    for column in columns:
        if frame.schema.get(column.name) != column.dtype:
            return None
        whole = frame.get_column(column.name)
        if not whole.gather(chosen).equals(column.gather(chosen), null_equal=True):
            return None
    return tuple(column.name for column in columns)
