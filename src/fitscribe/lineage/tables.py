"""pandas: which frames and series have the same rows, and in which arrays their values lie."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

NAMES = 2_000


def is_pandas(obj: Any) -> bool:
    """Whether it is a pandas frame or series."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and issubclass(type(obj), (pandas.DataFrame, pandas.Series))


def row_identity(obj: Any) -> Any:
    """What all frames and series share that have one row for each of another's: the identity of the index.

    It is what ``Index.is_`` compares: a bare object that a new index gets, that selecting columns,
    assigning and arithmetic pass on, and that outlives the frame which had it first.
    """
    return getattr(obj.index, "_id", None)


def names_of(obj: Any) -> tuple[Any, ...]:
    """The names of the columns; of a series its own; nothing where there are too many to tell apart."""
    if obj.ndim == 1:
        return (obj.name,)
    return tuple(obj.columns) if obj.shape[1] <= NAMES else ()


def blocks(obj: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The NumPy arrays that hold the values, rows first, and the names of the columns in each."""
    numpy = sys.modules["numpy"]
    names = names_of(obj)
    if not names:
        return
    for block in getattr(getattr(obj, "_mgr", None), "blocks", ()):
        values = block.values
        if issubclass(type(values), numpy.ndarray):
            where = block.mgr_locs.as_array
            yield values.T, tuple(names[index] for index in where) if obj.ndim == 2 else names
