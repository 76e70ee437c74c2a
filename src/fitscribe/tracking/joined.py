"""Predictions that were made batch by batch and put one behind the other: `np.concatenate`, `list.extend`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fitscribe import lineage
from fitscribe.lineage.nodes import Node
from fitscribe.lineage.objects import is_array, nowhere, shape_of
from fitscribe.lineage.rows import HELD_OUT, OVERLAPS, Rows, Selection, relation
from fitscribe.tracking import predictions
from fitscribe.tracking.marks import FEW, MANY, arrays_of, mark
from fitscribe.tracking.predictions import PART, TRAIN, Prediction

if TYPE_CHECKING:
    from fitscribe.tracking.trained import Trained

# Of fewer rows equal values say little.
_FEWEST = 20
# How many of the latest predictions are looked through, for how many models and methods, and how many batches
# are compared.
_LATEST = 32
_KINDS = 2
_COMPARED = 8
_MOST_BATCHES = 1_000
_OVERLAPPING = "overlapping"


def find(values: Any, truths: Sequence[Any]) -> Prediction | None:
    """The prediction that several of one model are together, in the order in which they were made.

    Args:
        values: what is compared with the true labels.
        truths: what may be the true labels.
    """
    shape = shape_of(values)
    if shape is None or shape[0] < _FEWEST:
        return None
    seen: set[tuple[int, str]] = set()
    for last in predictions.latest(_LATEST):
        kind = id(last.trained), last.method
        if last.is_joined or kind in seen or len(seen) == _KINDS:
            continue
        seen.add(kind)
        if last.rows is None or last.rows >= shape[0] or not _is_at(last, values, shape[0] - last.rows):
            continue
        batches = _until(last, shape[0])
        if batches and _are_all_there(batches, values):
            return _remember(values, batches, truths)
    return None


def _until(last: Prediction, rows: int) -> list[Prediction]:
    """The batches of so many rows of which this is the last one; none where that does not come out even."""
    batches: list[Prediction] = []
    for each in predictions.latest(_MOST_BATCHES):
        if each.trained is not last.trained or each.method != last.method or each.is_joined:
            continue
        if each.rows is None or each.step != last.step or each.rows > rows:
            return []
        batches.append(each)
        rows -= each.rows
        if not rows:
            return batches[::-1]
    return []


def _are_all_there(batches: Sequence[Prediction], values: Any) -> bool:
    starts, start = [], 0
    for each in batches:
        starts.append(start)
        start += each.rows or 0
    step = -(-len(batches) // _COMPARED)
    return all(_is_at(batches[index], values, starts[index]) for index in range(0, len(batches), step))


def _is_at(batch: Prediction, values: Any, start: int) -> bool:
    """Whether these values of a batch, or a column of it, stand there."""
    arrays = arrays_of(values)
    if len(arrays) != 1 and type(values) not in (list, tuple):
        return False
    some = (arrays[0] if arrays else values)[start : start + (batch.rows or 0)]
    few = mark(some, FEW)
    many = [each for known, each in batch.marks if known == few]
    return bool(many) and mark(some, MANY) in many


def _remember(values: Any, batches: Sequence[Prediction], truths: Sequence[Any]) -> Prediction:
    of = batches[0].trained
    data = _together(batches) or _rows_of_labels(truths, of)
    role = _role_of(data, of)
    found = predictions.remember(values, of, role=role, method=batches[0].method, data=data)
    found.is_joined, found.step = True, batches[0].step
    if role not in (PART, _OVERLAPPING):
        use = of.use(role, data)
        found.metrics, found.records, found.sampled = use.metrics, use.records, use.sampled
    return found


def _together(batches: Sequence[Prediction]) -> Node | None:
    """The data that the batches are slices of, one next to the other; None where nobody knows that."""
    nodes = [each.data for each in batches if each.data is not None]
    slices = [node.rows.known for node in nodes]
    first = slices[0] if len(slices) == len(batches) else None
    if first is None or first.parent is None or not isinstance(first.part, range) or first.part.step != 1:
        return None
    stop = first.part.start
    for each in slices:
        part = each.part
        if (
            each.parent is None
            or each.parent.known is not first.parent.known
            or not isinstance(part, range)
            or (part.start, part.step) != (stop, 1)
        ):
            return None
        stop = part.stop
    return _node(first.parent.known.take(range(first.part.start, stop)), nodes[0])


def _rows_of_labels(truths: Sequence[Any], of: Trained) -> Node | None:
    """The rows of the labels, where these are known to be others than the model was trained on."""
    for labels in truths:
        node = lineage.node_of(labels) if is_array(labels) or hasattr(type(labels), "iloc") else None
        if node is not None and of.data is not None and relation(node.rows, of.data.rows) == HELD_OUT:
            return _node(node.rows, node)
    return None


def _node(rows: Rows, like: Node) -> Node:
    return Node("batches of", like.of, like.container, None, find=nowhere, rows=rows, variable=like.variable)


def _role_of(data: Node | None, of: Trained) -> str:
    if data is None:
        return PART
    role = predictions.role_of(data, of)
    if role in of.uses or role == TRAIN or of.data is None:
        return role or PART
    rows, trained_on = data.rows.known, of.data.rows
    is_taken = isinstance(rows.part, (range, Selection)) and rows.parent is not None
    if is_taken and rows.parent is not None and relation(rows.parent, trained_on) == HELD_OUT:
        return PART
    return _OVERLAPPING if relation(rows, trained_on) == OVERLAPS else role or PART
