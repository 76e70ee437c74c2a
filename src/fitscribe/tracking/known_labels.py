"""The labels of data that models are used on, as far as they are known: others are told from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe import lineage
from fitscribe.lineage.objects import is_array, nowhere, reference_to, shape_of
from fitscribe.tracking import predictions, unlinked
from fitscribe.tracking.marks import MANY, Mark, mark
from fitscribe.tracking.orders import Order, Sample, order_of, sample_of

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction
    from fitscribe.tracking.trained import Use

# Of fewer rows equal values say little.
_FEWEST = 20
# How often labels go up, and how often down.
_CHANGES = 4


class KnownLabels(NamedTuple):
    """The labels of some data, without their values.

    Attributes:
        node: where they are from; None where nobody knows.
        columns: how many labels each row has.
        order: of labels of one column, by which others are told; None of what has none.
        are_numbers: whether this is the order of their values.
        array: refers weakly to them, where they are an array that no model predicted; else to nothing.
        mark: of their values, where they go up and down from row to row: those of sorted rows, and of rows in
            blocks, equal those of other data.
    """

    node: lineage.Node | None
    columns: int
    order: Order | None
    are_numbers: bool
    array: Callable[[], Any] = nowhere
    mark: Mark | None = None


def know(use: Use, labels: Any) -> None:
    """Take note of the labels that the predictions for some data were evaluated with.

    Args:
        use: what the run has of the data.
        labels: an array, series, frame or list.
    """
    shape = shape_of(labels)
    if shape is None:
        return
    columns = shape[1] if len(shape) > 1 else 1
    sample = sample_of(labels) if columns == 1 else None
    order = None if sample is None else order_of(labels)
    if sample is not None and order is not None and sample.values.dtype.kind != "f":
        order = order._replace(has_classes=True)
    are_numbers = sample is not None and sample.is_ordered
    is_plain = is_array(labels) and predictions.find_object(labels) is None
    array = reference_to(labels) if is_plain else nowhere
    unlinked.forget()
    own = mark(labels, MANY) if sample is not None and _is_varied(sample) else None
    use.labels = KnownLabels(lineage.node_at(labels), columns, order, are_numbers, array, own)


def are_known(labels: Any, prediction: Prediction) -> bool:
    """Whether labels are the very array that predictions for this data were evaluated with.

    Most metrics of a script are given that one: there is no more to find out, which takes its time.

    Args:
        labels: what predictions are compared with.
        prediction: the predictions.
    """
    use = prediction.trained.uses.get(prediction.role)
    known = None if use is None else use.labels
    return known is not None and labels is not None and known.array() is labels


def are_others(labels: Any, prediction: Prediction) -> bool:
    """Whether labels are known to be others than those of the data, and not the same by other names.

    Args:
        labels: what predictions are compared with.
        prediction: the predictions.
    """
    use = prediction.trained.uses.get(prediction.role)
    shape = shape_of(labels)
    if use is None or use.labels is None or shape is None or shape[0] != prediction.rows:
        return False
    node, columns, order, are_numbers, *_ = use.labels
    if node is not None and lineage.node_at(labels) is node:
        return False
    if columns > 1:
        return shape[1:] in ((), (1,))
    return order is not None and order.is_of_others(sample_of(labels), are_numbers=are_numbers)


def are_those(labels: Any, prediction: Prediction) -> bool:
    """Whether labels equal those of the data, or are the same classes by other names.

    Args:
        labels: what something is compared with.
        prediction: for that data.
    """
    use = prediction.trained.uses.get(prediction.role)
    known = None if use is None else use.labels
    shape = shape_of(labels)
    if known is None or known.mark is None or known.order is None or shape is None or shape[0] < _FEWEST:
        return False
    if shape[0] != prediction.rows or math.prod(shape[1:]) != 1:
        return False
    if mark(labels, MANY) == known.mark:
        return True
    sample = sample_of(labels)
    if sample is None or not known.order.has_classes or (known.are_numbers and sample.is_ordered):
        return False
    return not known.order.is_of_others(sample, are_numbers=known.are_numbers)


def _is_varied(sample: Sample) -> bool:
    ups, downs = (
        (sample.values[1:] > sample.values[:-1]).sum(),
        (sample.values[1:] < sample.values[:-1]).sum(),
    )
    return bool(min(ups, downs) >= _CHANGES)
