"""Values that no model predicted as they are: which predictions they were computed from, or are about.

They are told by the order of the values and by the rows of the true labels. What is found is a prediction of
another name: a threshold of the user's, or an average of models, says nothing of what the model predicted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe import lineage
from fitscribe.lineage import tables
from fitscribe.lineage.objects import is_array, shape_of
from fitscribe.lineage.rows import SAME, UNKNOWN, relation
from fitscribe.tracking import known_labels
from fitscribe.tracking.marks import FEW, MANY, Mark, mark
from fitscribe.tracking.orders import Sample, are_many, sample_of
from fitscribe.tracking.predictions import Prediction, latest
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.lineage.nodes import Node

# How many of the latest predictions are looked through.
_LATEST = 32
# Copies of labels of which the rows are known, and the length up to which a mark is of all values.
_MOST_LABELS = 64
_FULLY_MARKED = 2_048


class Found(NamedTuple):
    """Which prediction values have to do with.

    Attributes:
        prediction: the prediction.
        is_likeliest: whether the values are the likeliest classes of its scores.
        is_computed: whether they were computed from it alone; else they are of the same rows.
    """

    prediction: Prediction
    is_likeliest: bool = False
    is_computed: bool = True


def find(values: Any, truths: Sequence[Any]) -> Found | None:
    """The prediction that values were computed from, else the latest one that is about the same rows.

    Args:
        values: what is compared with the true labels.
        truths: what may be the true labels.
    """
    shape = shape_of(values)
    rows = None if shape is None else shape[0]
    alike = [each for each in latest(_LATEST) if each.rows == rows]
    if not alike or "numpy" not in sys.modules:
        return None
    nodes = [node for node in map(_node_of, truths) if node is not None and (node.shape or ())[:1] == (rows,)]
    many: bool | None = None
    sample: Sample | None = None
    same_rows: Prediction | None = None
    unmistakable: list[Found] = []
    relations: dict[int, set[str]] = {}
    for each in alike:
        related = relations.get(id(each.data))
        if related is None:
            related = relations[id(each.data)] = _relations(each.data, nodes)
        if related <= {UNKNOWN} and any(known_labels.are_those(labels, each) for labels in truths):
            related = {SAME}
        order = each.order
        if SAME in related:
            if order is not None:
                sample = sample or sample_of(values)
                if order.is_kept_by(sample):
                    return Found(each, order.is_likeliest(sample))
            same_rows = same_rows or each
        # Data and labels that were loaded apart, or computed with, are not known to belong together.
        elif related <= {UNKNOWN} and order is not None and (order.is_long or order.are_classes):
            if many is None:
                many = are_many(values)
            if not (many or order.are_classes):
                continue
            sample = sample or sample_of(values)
            if order.is_unmistakably_of(sample):
                unmistakable.append(Found(each, order.is_likeliest(sample)))
    if len({id(found.prediction.trained) for found in unmistakable}) == 1:
        return unmistakable[0]
    return None if same_rows is None else Found(same_rows, is_computed=False)


def is_constant(values: Any) -> bool:
    """Whether it is the same for all rows: a baseline to compare with, which no model made.

    Args:
        values: what is compared with the true labels.
    """
    if type(values) is list:
        return len(values) > 1 and all(value == values[0] for value in values[:: -(-len(values) // MANY)])
    if not is_array(values) or values.size < 2:
        return False
    # A look at these tells nearly all arrays from a constant, one at the others all that matter.
    few = values[:: -(-len(values) // FEW)].ravel().tolist()
    if few.count(few[0]) < len(few):
        return False
    many = values[:: -(-len(values) // MANY)]
    return bool((many == many.flat[0]).all())


def are_about_rows(labels: Any, data: Node | None) -> bool:
    """Whether labels are known to belong to the rows of data.

    Args:
        labels: an array, series or list.
        data: what is known of the data.
    """
    node = None if data is None else _node_of(labels)
    return node is not None and SAME in _relations(data, [node])


def _relations(data: Node | None, nodes: Sequence[Node]) -> set[str]:
    return set() if data is None else {relation(data.rows, node.rows) for node in nodes}


def _node_of(labels: Any) -> Node | None:
    """What is known of labels. Copies come anew with each call of some scripts: they are looked for once."""
    shape = shape_of(labels)
    node = None if shape is None else lineage.node_at(labels)
    if node is not None or shape is None:
        return node
    look = lineage.seen if is_array(labels) or tables.is_pandas(labels) else lineage.node_of
    if shape[0] > _FULLY_MARKED:
        return look(labels)
    last = latest(1)[0]
    found = _looked_for.get(labels)
    if found is None or found[1] is not last:
        found = _found_by_values(labels, look, last)
        _looked_for.set(labels, found)
    return found[0]


def _found_by_values(labels: Any, look: Callable[[Any], Node | None], last: Prediction) -> _Labels:
    key = mark(labels, MANY)
    if key is None:
        return look(labels), last
    known = _labels.get(key)
    if known is None or (known[1] is not last and (known[0] is None or not known[0].of)):
        if len(_labels) >= _MOST_LABELS:
            _labels.clear()
        # More may be known of them when there is another prediction.
        known = _labels[key] = look(labels), last
    return known


_Labels = tuple["Node | None", Prediction]
_labels: dict[Mark, _Labels] = {}
_looked_for: WeakTable[_Labels] = WeakTable()
