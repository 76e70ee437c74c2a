"""Whether values were computed from predictions alone: thresholds, the likeliest class, exponents, roundings.

Such values stand in the order of the predictions, or are the same wherever these are. An average with another
model's is neither. Of the predictions only that order is kept, of a bounded number of rows.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fitscribe.lineage.columns import chosen_rows
from fitscribe.lineage.objects import shape_of
from fitscribe.tracking.marks import arrays_of

_ROWS = 1_024
# So few different predictions are classes, which have no order.
_CLASSES = 20
_PLACES = 32
_COLUMNS = 1_000
_NUMBERS = "biuf"
_PLAIN = (str, int, float, bool)


@dataclass(slots=True)
class Sample:
    """Some evenly spaced values.

    Attributes:
        rows: how many values there are.
        values: an array of numbers: the values, or one number for each text.
        is_ordered: whether they have the order of the values.
    """

    rows: int
    values: Any
    is_ordered: bool
    _items: list[Any] = field(default_factory=list)

    @property
    def items(self) -> list[Any]:
        """The values as a list."""
        if not self._items:
            self._items = self.values.tolist()
        return self._items


class Order(NamedTuple):
    """The order of some evenly spaced predictions.

    Attributes:
        rows: how many predictions there are.
        order: the places of those looked at, the lowest prediction first.
        rises: from each of these to the next, whether the prediction is another one.
        are_classes: whether the order says nothing, as these are the likeliest classes of scores.
        is_long: whether many different predictions stand in an order that is not the one of the rows.
        places: some of the order, by which nearly all other values are told apart at once.
        are_tied: from each of these to the next, whether the prediction is the same.
        has_classes: whether these are so few different predictions that they have no order.
        cut: how many of those looked at are of the first of two classes, as the likelier one; None where
            there are not scores of two.
    """

    rows: int
    order: Any
    rises: Any
    are_classes: bool = False
    is_long: bool = False
    places: tuple[int, ...] = ()
    are_tied: tuple[bool, ...] = ()
    has_classes: bool = False
    cut: int | None = None

    def is_kept_by(self, sample: Sample | None) -> bool:
        """Whether values were computed from the predictions alone, as far as some rows tell.

        Args:
            sample: of an array, a series or a list with a value for each prediction.
        """
        if sample is None or not self._may_be_kept_by(sample):
            return False
        ordered = sample.values[self.order]
        changes = ordered[1:] != ordered[:-1]
        if (changes > self.rises).any():
            return False
        if self.has_classes:
            return True
        if not sample.is_ordered:
            return int(changes.sum()) == int(ordered.max())  # texts: each one on end
        ups, downs = ordered[1:] > ordered[:-1], ordered[1:] < ordered[:-1]
        return bool(ups.any()) != bool(downs.any())

    def is_likeliest(self, sample: Sample | None) -> bool:
        """Whether values are the likeliest classes of scores, or those that were predicted, by other names.

        Args:
            sample: as there.
        """
        if sample is None or not self._is_as_long_as(sample):
            return False
        is_named = not sample.is_ordered
        if not (self.are_classes or (is_named and (self.has_classes or self.cut is not None))):
            return False
        ordered = sample.values[self.order]
        changes = ordered[1:] != ordered[:-1]
        if self.cut is not None:
            return bool(changes.nonzero()[0].tolist() == [self.cut - 1])
        different = len(set(ordered.tolist()))
        return bool((changes == self.rises).all()) and different == int(self.rises.sum()) + 1

    def is_of_others(self, sample: Sample | None, *, are_numbers: bool) -> bool:
        """Whether values, as many as these, are neither these nor these by other names.

        Args:
            sample: as there.
            are_numbers: whether the order is that of numbers: it is another one where they are turned around,
                as in ``y == 0``.
        """
        if sample is None or not self._is_as_long_as(sample):
            return False
        if not self.has_classes:
            return not self.is_kept_by(sample)
        ordered = sample.values[self.order]
        changes = ordered[1:] != ordered[:-1]
        if are_numbers and sample.is_ordered and (ordered[1:] < ordered[:-1]).any():
            return True
        return bool((changes != self.rises).any()) or len(set(ordered.tolist())) != int(self.rises.sum()) + 1

    def is_unmistakably_of(self, sample: Sample | None) -> bool:
        """Whether values were computed from the predictions, so many of them that it is no coincidence.

        That holds without anything being known of the rows: a long order that is not the one of the rows
        belongs to one model, and so do the likeliest classes of many rows.

        Args:
            sample: as there.
        """
        if self.are_classes:
            return len(self.order) >= _CLASSES and bool(self.rises.any()) and self.is_likeliest(sample)
        if sample is None or not (self.is_long and sample.is_ordered and self.is_kept_by(sample)):
            return False
        ordered = sample.values[self.order]
        return int((ordered[1:] != ordered[:-1]).sum()) >= _CLASSES

    def _may_be_kept_by(self, sample: Sample) -> bool:
        """Whether there is a value for each prediction, and some of them stand in the order."""
        if not self._is_as_long_as(sample):
            return False
        items, rose = sample.items, None
        before = items[self.places[0]]
        for place, is_tied in zip(self.places[1:], self.are_tied, strict=True):
            item = items[place]
            if item != before:
                if is_tied:
                    return False
                if sample.is_ordered and not self.has_classes:
                    if rose is not None and rose != (item > before):
                        return False
                    rose = item > before
                before = item
        return True

    def _is_as_long_as(self, sample: Sample) -> bool:
        return sample.rows == self.rows and len(sample.values) == len(self.order)


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
    are_classes, cut, are_scores = False, None, False
    if len(shape) == 2 and shape[1] > 1:
        arrays = arrays_of(values)
        if len(arrays) != 1 or arrays[0].dtype.kind not in _NUMBERS or shape[1] > _COLUMNS or not shape[0]:
            return None
        some = arrays[0][:: _step(shape[0])]
        are_classes = shape[1] > 2
        sample = some.argmax(axis=1) if are_classes else some[:, 1]
        cut = None if are_classes else int((some[:, 1] <= some[:, 0]).sum())
        are_scores = not are_classes
    else:
        found = sample_of(values)
        if found is None:
            return None
        sample = found.values
    order = sample.argsort(kind="stable")
    ordered = sample[order]
    rises = ordered[1:] != ordered[:-1]
    chosen = chosen_rows(len(order), _PLACES)
    some = ordered[chosen]
    return Order(
        shape[0],
        order.astype("u2"),
        rises,
        are_classes,
        is_long=bool(rises.sum() >= _CLASSES and (order[1:] < order[:-1]).sum() >= _CLASSES),
        places=tuple(order[chosen].tolist()),
        are_tied=tuple((some[1:] == some[:-1]).tolist()),
        has_classes=are_classes or (not are_scores and bool(rises.sum() < _CLASSES)),
        cut=cut,
    )


def _step(rows: int) -> int:
    return max(1, -(-rows // _ROWS))


def are_many(values: Any) -> bool:
    """Whether values are more than two different numbers: a look at the first of them, as labels come often.

    Args:
        values: anything.
    """
    arrays = arrays_of(values)
    if len(arrays) == 1:
        some = arrays[0][:_CLASSES].ravel().tolist() if arrays[0].dtype.kind in _NUMBERS else []
    else:
        some = list(values[:_CLASSES]) if type(values) in (list, tuple) else []
    return set(map(type, some)) <= {int, float} and len(set(some)) > 2


def sample_of(values: Any) -> Sample | None:
    """Some values of an array, a series or a list of one column, to be compared with orders.

    Args:
        values: anything.

    Returns:
        None of what is neither numbers nor texts.
    """
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
        if not all(issubclass(cls, (*_PLAIN, numpy.generic)) for cls in set(map(type, items))):
            return None
        some = numpy.asarray(items)
    else:
        return None
    some = some.ravel()
    if some.dtype.kind in _NUMBERS:
        return Sample(shape[0], some, True)
    items = some.tolist()
    if not all(type(item) in _PLAIN for item in items):
        return None
    known: dict[Any, int] = {}
    codes = numpy.array([known.setdefault(item, len(known)) for item in items])
    return Sample(shape[0], codes, False)
