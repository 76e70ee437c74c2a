"""Prints of values: equal for copies of the same data, whatever container they are in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fitscribe.capture.fingerprint import Fingerprint, row_step

# What is looked at: about 100 microseconds.
CELLS = 16_384
OBJECTS = 512
ROWS = 256
# Fewer different values than this tell data apart only where there are some more cells.
_DIFFERENT = 4
_CELLS_OF_FEW = 8
_FIRST = 64
# Different floats that make some of the rows of a mixed frame enough.
_FLOATS = 16
_PLAIN = (str, bytes, int, float, bool, type(None))


def value_print(obj: Any, shape: tuple[int, ...]) -> str | None:
    """A print of the values.

    Args:
        obj: an array, a pandas or polars frame or series, a list or tuple of scalars or rows.
        shape: its shape.

    Returns:
        None where there is none that says enough: a few values, or the same one again and again. Of large
        data only floats are told apart by some of their rows, labels and texts look alike too often.
    """
    sample = _sample(obj, shape)
    if sample is None:
        return None
    array, step = sample
    kind = array.dtype.kind
    if kind not in "biufUSO" or (step > 1 and kind not in "fO"):
        return None
    cells = array.ravel()
    if kind in "biuf":
        if not _says_something(cells[:_FIRST].tolist(), cells.size, lambda: cells.min() != cells.max()):
            return None
        found = Fingerprint("values", shape)
        found.array(array.astype("<f8"))
        return found.digest()
    items = cells.tolist()
    if not all(type(item) in _PLAIN for item in items):
        return None  # comparing them could run code of the script's
    floats = {item for item in items if type(item) is float}
    if not _says_something(items, cells.size, lambda: False) or (step > 1 and len(floats) < _FLOATS):
        return None
    found = Fingerprint("values", shape)
    found.objects(items)
    return found.digest()


def _says_something(first: list[Any], size: int, varies: Callable[[], bool]) -> bool:
    different = len(set(first))
    return different >= _DIFFERENT or (size >= _CELLS_OF_FEW and (different > 1 or bool(varies())))


def _sample(obj: Any, shape: tuple[int, ...]) -> tuple[Any, int] | None:
    numpy = sys.modules.get("numpy")
    if numpy is None or not shape or 0 in shape or len(shape) > 2:
        return None
    width = shape[1] if len(shape) > 1 else 1
    if issubclass(type(obj), numpy.ndarray):
        limit = CELLS if obj.dtype.kind in "biuf" else OBJECTS
        step = row_step(shape[0], width, limit, ROWS)
        return obj[::step], step
    root = type(obj).__module__.partition(".")[0]
    if root == "pandas":
        dtypes = _dtypes(obj)
        if any(type(dtype).__name__ == "SparseDtype" for dtype in dtypes):
            return None  # pandas warns where a sparse frame becomes an array
        numbers = all(getattr(dtype, "kind", "O") in "biuf" for dtype in dtypes)
        step = row_step(shape[0], width, CELLS if numbers else OBJECTS, ROWS)
        some = obj.iloc if hasattr(obj, "iloc") else obj  # an index, or the array behind a column
        return numpy.asarray(some[::step]), step
    if root == "polars":
        step = row_step(shape[0], width, CELLS, ROWS)
        return obj.gather_every(step).to_numpy(), step
    if type(obj) in (list, tuple):
        step = row_step(shape[0], width, OBJECTS, ROWS)
        items = obj[::step]
        if not all(map(_is_plain, items)):
            return None
        try:
            return numpy.asarray(items), step
        except ValueError:  # rows of different lengths
            return None
    return None


def _is_plain(item: Any) -> bool:
    """Whether it is a scalar, or a row of some: NumPy would ask anything else to make itself an array."""
    cls = type(item)
    if cls in (list, tuple):
        return all(type(cell) in _PLAIN or type(cell).__module__ == "numpy" for cell in item)
    return cls in _PLAIN or cls.__module__ == "numpy"


def _dtypes(obj: Any) -> list[Any]:
    return [obj.dtype] if obj.ndim == 1 else obj.dtypes.tolist()
