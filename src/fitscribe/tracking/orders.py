"""Whether values were computed from predictions alone: thresholds, the likeliest class, exponents, roundings.

Such values stand in the order of the predictions, or are the same wherever these are. An average with another
model's is neither. Of the predictions only that order is kept, of a bounded number of rows.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from fitscribe.lineage.objects import shape_of
from fitscribe.tracking.marks import arrays_of

_ROWS = 1_024
# So few different predictions are classes, which have no order.
_CLASSES = 20
_COLUMNS = 1_000
_NUMBERS = "biuf"
_PLAIN = (str, int, float, bool)


class Order(NamedTuple):
    """The order of some evenly spaced predictions.

    Attributes:
        rows: how many predictions there are.
        order: the places of those looked at, the lowest prediction first.
        rises: from each of these to the next, whether the prediction is another one.
        are_classes: whether the order says nothing.
    """

    rows: int
    order: Any
    rises: Any
    are_classes: bool = False

    def is_kept_by(self, values: Any) -> bool:
        """Whether values were computed from the predictions alone, as far as some rows tell.

        Args:
            values: an array, a series or a list with a value for each prediction.
        """
        numpy = sys.modules["numpy"]
        found = _sample(values)
        if found is None or found[0] != self.rows or len(found[1]) != len(self.order):
            return False
        _, sample, is_ordered = found
        _, codes = numpy.unique(sample, return_inverse=True)
        changes = numpy.diff(codes[self.order])
        if changes[~self.rises].any():
            return False
        if self.are_classes or self.rises.sum() < _CLASSES:
            return True
        if is_ordered:
            return bool((changes >= 0).all() or (changes <= 0).all())
        return int((changes != 0).sum()) == int(codes.max())  # texts: each one on end

    def is_likeliest(self, values: Any) -> bool:
        """Whether values are the likeliest classes of scores, so many of them that it is no coincidence.

        Args:
            values: an array, a series or a list with a value for each prediction.
        """
        numpy = sys.modules["numpy"]
        found = _sample(values) if self.are_classes else None
        if found is None or found[0] != self.rows or len(found[1]) < _CLASSES or not self.rises.any():
            return False
        _, codes = numpy.unique(found[1], return_inverse=True)
        changes = numpy.diff(codes[self.order]) != 0
        return bool((changes == self.rises).all()) and int(codes.max()) == int(self.rises.sum())


def order_of(values: Any) -> Order | None:
    """The order of predictions; of scores per class which is the highest.

    Args:
        values: what a model predicted: of two columns the second is taken.

    Returns:
        None of what is neither numbers nor texts.
    """
    shape = shape_of(values)
    if "numpy" not in sys.modules or shape is None:
        return None
    are_classes = False
    if len(shape) == 2 and shape[1] > 1:
        arrays = arrays_of(values)
        if len(arrays) != 1 or arrays[0].dtype.kind not in _NUMBERS or shape[1] > _COLUMNS or not shape[0]:
            return None
        some = arrays[0][:: _step(shape[0])]
        are_classes = shape[1] > 2
        sample = some.argmax(axis=1) if are_classes else some[:, 1]
    else:
        found = _sample(values)
        if found is None:
            return None
        sample = found[1]
    order = sample.argsort(kind="stable")
    ordered = sample[order]
    return Order(shape[0], order.astype("u2"), ordered[1:] != ordered[:-1], are_classes)


def _step(rows: int) -> int:
    return max(1, -(-rows // _ROWS))


def _sample(values: Any) -> tuple[int, Any, bool] | None:
    """How many values there are, an array of some or of numbers for these, and whether it has their order."""
    numpy = sys.modules["numpy"]
    shape = shape_of(values)
    if shape is None or 0 in shape or len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
        return None
    arrays = arrays_of(values)
    if len(arrays) == 1:
        some = arrays[0][:: _step(shape[0])]
    elif type(values) in (list, tuple) or type(values).__module__.partition(".")[0] in ("pandas", "polars"):
        some = values[:: _step(shape[0])]
        items = list(some.to_numpy() if hasattr(type(some), "to_numpy") else some)
        if not all(isinstance(item, (*_PLAIN, numpy.generic)) for item in items):
            return None
        some = numpy.asarray(items)
    else:
        return None
    some = some.ravel()
    if some.dtype.kind in _NUMBERS:
        return shape[0], some, True
    items = some.tolist()
    if not all(type(item) in _PLAIN for item in items):
        return None
    known: dict[Any, int] = {}
    return shape[0], numpy.array([known.setdefault(item, len(known)) for item in items]), False
