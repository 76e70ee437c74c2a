"""Marks of values: what copies of predictions in arrays, series and lists have in common.

Such copies come with each metric call of some scripts, so a mark takes microseconds: a hash that holds in
this process, where the prints of data are the same everywhere and take a hundred.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

from fitscribe.lineage import tables
from fitscribe.lineage.objects import is_array, shape_of

# How many values to look at, evenly spaced: few tell most others apart. Texts take longer.
FEW = 64
MANY = 8_192
_TEXTS = 2_048
_COLUMNS = 20
_PLAIN = (int, float, bool, str)
# Of fewer rows equal labels say little.
_FEWEST = 8
_CLASSES = 1_000
_NUMBERS = "biuf"

Mark = tuple[int, int]


def arrays_of(values: Any) -> list[Any]:
    """The array that values are, or those that a pandas series or frame keeps its values in."""
    if is_array(values):
        return [values]
    return [array for array, _ in tables.blocks(values)] if tables.is_pandas(values) else []


def marks_of(values: Any) -> Iterator[tuple[Mark, Mark]]:
    """The marks of values, of few of them and of many, and those of their columns.

    Args:
        values: anything.
    """
    arrays = arrays_of(values)
    columns = [values]
    if len(arrays) == 1 and arrays[0].ndim == 2 and 1 < arrays[0].shape[1] <= _COLUMNS:
        columns += list(arrays[0].T)
    for each in columns:
        few, many = mark(each, FEW), mark(each, MANY)
        if few is not None and many is not None:
            yield few, many


def mark(values: Any, most: int) -> Mark | None:
    """The number of rows and a hash of values; None for objects that are neither numbers nor texts.

    It is the same for equal numbers in arrays, series and lists of any type.

    Args:
        values: anything.
        most: how many values to look at, evenly spaced.
    """
    shape = shape_of(values)
    numpy = sys.modules.get("numpy")
    if shape is None or numpy is None or 0 in shape:
        return None
    try:
        sample = _sample(values, shape, most)
    except (TypeError, ValueError):  # rows of different lengths
        return None
    if sample is None:
        return None
    if sample.dtype.kind in _NUMBERS:
        return shape[0], _hash(sample)
    items = sample.ravel().tolist()
    return (shape[0], hash(tuple(items))) if all(type(item) in _PLAIN for item in items) else None


def marks_of_decided(scores: Any, *, is_margin: bool) -> tuple[Mark, Mark] | None:
    """The marks of the labels that scores stand for: the likeliest class, a probability of more than a half.

    Args:
        scores: what a model predicted, in one column or one for each class.
        is_margin: whether scores in one column are distances from a boundary at zero.

    Returns:
        That of few of them and that of many; None where scores stand for no labels, or all for the same.
    """
    arrays = arrays_of(scores)
    if len(arrays) != 1 or arrays[0].dtype.kind != "f" or arrays[0].ndim > 2 or len(arrays[0]) < _FEWEST:
        return None
    array = arrays[0][:, 0] if arrays[0].shape[1:] == (1,) else arrays[0]
    rows = len(array)
    few, many = (array[:: _step(rows, most, numbers=True)] for most in (FEW, MANY))
    if array.ndim == 1:
        if not is_margin and not (many.min() >= 0 and many.max() <= 1):
            return None
        boundary = 0.0 if is_margin else 0.5
        few, many = few > boundary, many > boundary
    elif array.shape[1] == 2:
        few, many = few[:, 1] > few[:, 0], many[:, 1] > many[:, 0]
    elif 2 < array.shape[1] <= _CLASSES:
        few, many = few.argmax(axis=1), many.argmax(axis=1)
    else:
        return None
    return None if (many == many[0]).all() else ((rows, _hash(few)), (rows, _hash(many)))


def _hash(numbers: Any) -> int:
    # Zero has two signs, which are one number.
    return hash(sys.modules["numpy"].add(numbers, 0.0, dtype="f8").tobytes())


def _sample(values: Any, shape: tuple[int, ...], most: int) -> Any:
    """An array of evenly spaced rows; None of what is no array, series, frame or list."""
    numpy = sys.modules["numpy"]
    size = math.prod(shape)
    arrays = arrays_of(values)
    if len(arrays) == 1:
        (array,) = arrays
        return array[:: _step(size, most, numbers=array.dtype.kind in _NUMBERS)]
    if isinstance(values, (list, tuple)):
        first = values[0] if len(shape) == 1 else values[0][0]
        if not isinstance(first, (*_PLAIN, numpy.generic)):
            return None
        return numpy.asarray(values[:: _step(size, most, numbers=not isinstance(first, str))])
    if tables.is_pandas(values):
        return values.iloc[:: _step(size, most, numbers=False)].to_numpy()
    if type(values).__module__.partition(".")[0] == "polars" and len(shape) == 1:
        step = _step(size, most, numbers=values.dtype.is_numeric())
        return values.gather_every(step).to_numpy()
    return None


def _step(size: int, most: int, *, numbers: bool) -> int:
    return max(1, -(-size // (most if numbers else min(most, _TEXTS))))
