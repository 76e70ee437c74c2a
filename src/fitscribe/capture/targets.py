"""What a training was to predict: its classes and their balance, or its range."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from fitscribe.capture.arrays import EXACT_CELLS, EXACT_OBJECTS, is_missing
from fitscribe.capture.data import describe_data
from fitscribe.capture.fingerprint import row_step
from fitscribe.capture.frames import as_series, is_frame
from fitscribe.capture.values import REPR

# A number with more different values is a quantity, and more classes are counted but not listed.
CLASSES = 50
# The values from which it is judged whether a number is a class or a quantity.
_GLANCE = 4096
_LABELS = frozenset({str, bool, int, float, bytes})


def describe_target(y: Any) -> dict[str, Any]:
    """Describe a target without changing, copying or keeping it.

    Args:
        y: labels or numbers: an array, a series, a list; of other data what `describe_data` says is all.

    Returns:
        What `describe_data` returns, and for one column `classes` (how often each label occurs, by the
        label's text) where there are at most 50, `distinct` where there are more labels, or `min`, `max` and
        `mean` of a quantity. Of more than a million values evenly spaced ones are looked at; `sampled` says
        how many.
    """
    description = describe_data(y)
    column = _column(y)
    if column is not None and len(column):
        description.update(_described(column))
    return description


def _column(y: Any) -> Any:
    """Return the values to look at as an array of one dimension or a list; None if it is not one column."""
    if type(y) in (list, tuple):
        return y[:: row_step(len(y), 1, EXACT_OBJECTS, EXACT_OBJECTS)]
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    y = as_series(y)
    if is_frame(y):
        return _frame_column(numpy, y)
    if not isinstance(y, numpy.ndarray) or y.dtype.names:
        return None
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        return None
    limit = EXACT_OBJECTS if y.dtype.kind == "O" else EXACT_CELLS
    y = y[:: row_step(len(y), 1, limit, limit)]
    return y.compressed() if isinstance(y, numpy.ma.MaskedArray) else y.view(numpy.ndarray)


def _frame_column(numpy: Any, y: Any) -> Any:
    import narwhals

    frame = narwhals.from_native(y, eager_only=True, allow_series=True, pass_through=True)
    if frame is y:
        return None
    if isinstance(frame, narwhals.DataFrame):
        if len(frame.columns) != 1:
            return None
        frame = frame.get_column(frame.columns[0])
    limit = EXACT_CELLS if frame.dtype.is_numeric() else EXACT_OBJECTS
    step = row_step(len(frame), 1, limit, limit)
    column = (frame.gather_every(step) if step > 1 else frame).drop_nulls().to_numpy()
    return column if isinstance(column, numpy.ndarray) else None


def _described(column: Any) -> dict[str, Any]:
    if isinstance(column, (list, tuple)):
        return _listed([item for item in column if not is_missing(item)])
    kind = column.dtype.kind
    if kind == "b":
        positive = int(column.sum())
        return _counted([(False, len(column) - positive), (True, positive)])
    if kind in "iuf":
        return _numbers(column)
    if kind in "US":
        return _classes(column.tolist())
    if kind == "O":
        return _listed([item for item in column.tolist() if not is_missing(item)])
    return {}


def _listed(items: list[Any]) -> dict[str, Any]:
    if not items:
        return {}
    if all(type(item) in (int, float) for item in items) and not _is_class(set(items)):
        return _range(min(items), max(items), sum(items) / len(items))
    return _classes(items)


def _numbers(column: Any) -> dict[str, Any]:
    numpy = sys.modules["numpy"]
    if column.dtype.kind == "f":
        finite = numpy.isfinite(column)
        if not finite.all():
            column = column[finite]
            if not len(column):
                return {}
    low, high = column.min().item(), column.max().item()
    step = row_step(len(column), 1, _GLANCE, _GLANCE)
    if not _is_class(set(column[::step].tolist())):
        return _range(low, high, float(column.mean(dtype=float)))
    values, counts = numpy.unique(column, return_counts=True)
    if len(values) > CLASSES:
        return _range(low, high, float(column.mean(dtype=float)))
    return _counted(zip(values.tolist(), counts.tolist(), strict=True))


def _is_class(values: set[Any]) -> bool:
    return len(values) <= CLASSES and all(value == value and float(value).is_integer() for value in values)


def _classes(labels: list[Any]) -> dict[str, Any]:
    if not all(type(label) in _LABELS for label in labels):
        return {}  # someone's own objects, whose hash and text may be anything
    counts = Counter(labels)
    if len(counts) > CLASSES:
        return {"distinct": len(counts)}
    return _counted(sorted(counts.items(), key=lambda pair: (type(pair[0]).__name__, pair[0])))


def _counted(pairs: Iterable[tuple[Any, int]]) -> dict[str, Any]:
    return {"classes": {str(label)[:REPR]: count for label, count in pairs if count}}


def _range(low: Any, high: Any, mean: float) -> dict[str, Any]:
    return {"min": low, "max": high, "mean": mean}
