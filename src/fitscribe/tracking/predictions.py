"""What models predicted, so that a metric finds the run of the predictions that it is given.

Predictions are known by their object, by the memory that a view of them shares, and by a mark of their
values, which copies, lists and columns of a table have in common with them. Nothing here keeps them alive.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fitscribe import lineage
from fitscribe.lineage import tables
from fitscribe.lineage.layouts import owner_of
from fitscribe.lineage.objects import is_array, shape_of
from fitscribe.lineage.rows import SAME, UNKNOWN, relation
from fitscribe.tracking.marks import FEW, MANY, Mark, arrays_of, mark, marks_of
from fitscribe.tracking.orders import Order, order_of
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.lineage.nodes import Node
    from fitscribe.tracking.trained import Trained

# Predictions of which the marks are known; an older one is known as long as its array lives.
_MARKED = 1_000
_TRAIN, _TEST = "train", "test"
# Different data of one training that is told apart by number.
_MOST_USES = 8
# How many of the latest are looked through for one on given rows.
_LATEST = 32
_objects: WeakTable[Prediction] = WeakTable()
# By the mark of a few values, and then by that of many.
_marks: dict[Mark, dict[Mark, Prediction]] = {}
_latest: list[Prediction] = []
_lock = threading.RLock()


@dataclass(eq=False, slots=True)
class Prediction:
    """What a model predicted for some data, in one call; it holds neither the model nor the values.

    Attributes:
        trained: the training of the model.
        role: what the data is: ``test``, ``valid``, ``train``, or a name of the user's.
        method: such as ``predict_proba``.
        data: what was predicted for, where that is known.
        rows: how many rows that were.
        evaluate: what a metric call does with the labels that it brings, once: set where the labels were not
            known when the model predicted. Called as ``evaluate(y_true, y_pred)``.
        metrics: name, without the role, and value of each metric that the run has of these predictions. The
            same value under the same name is not recorded twice.
        records: names, without the role, of the matrices and curves that the run has of all of them.
        sampled: which metrics it has of some of the rows only, and the step of each; see
            :class:`fitscribe.tracking.trained.Use`.
        step: how far the training was when the model predicted; None where it knows no steps.
        order: of the predicted values, by which others are told that were computed from them.
        mark: what to add to the names of metrics that are not of what the model predicted.
    """

    trained: Trained
    role: str
    method: str
    data: Node | None
    rows: int | None = None
    evaluate: Callable[[Any, Any], None] | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    records: set[str] = field(default_factory=set)
    sampled: dict[str, int] = field(default_factory=dict)
    step: int | None = None
    order: Order | None = None
    mark: str = ""
    _thread: int = field(default_factory=threading.get_ident)
    _marks: list[tuple[Mark, Mark]] = field(default_factory=list)


def remember(values: Any, of: Trained, *, role: str, method: str, data: Node | None = None) -> Prediction:
    """Remember what a model predicted just now.

    Args:
        values: the predictions: an array, a series, a list; a list of arrays, one for each output.
        of: the training of the model.
        role: what the data is.
        method: the method that predicted.
        data: what it predicted for.
    """
    prediction = Prediction(of, role, method, data, step=of.step)
    several = type(values) is list and bool(values) and is_array(values[0])
    for part in values if several else (values,):
        _objects.set(part, prediction)
        for array in arrays_of(part):
            owner = owner_of(array)
            if owner.size == array.size:  # memory that holds more tells nothing
                _objects.set(owner, prediction)
        shape = shape_of(part)
        if shape is not None:
            prediction.rows = shape[0]
            if not several:
                prediction.order = order_of(part)
            prediction._marks += marks_of(part)
    with _lock:
        for few, many in prediction._marks:
            _marks.setdefault(few, {})[many] = prediction
        _latest.append(prediction)
        if len(_latest) > _MARKED:
            _forget(_latest[: _MARKED // 4])
    return prediction


def remember_use(values: Any, of: Trained, *, method: str, data: Node | None) -> None:
    """Remember predictions under the role that their data has in the training, or gets by this.

    Args:
        values: as for :func:`remember`.
        of: the training of the model.
        method: the method that predicted.
        data: what it predicted for.
    """
    role = role_of(data, of)
    prediction = remember(values, of, role=role or _TEST, method=method, data=data)
    if role:
        use = of.use(role, data)
        prediction.metrics, prediction.records = use.metrics, use.records


def role_of(data: Node | None, of: Trained, wanted: str = _TEST) -> str:
    """Return the role of data that a trained model is used on.

    Args:
        data: what is known of it.
        of: the training of the model.
        wanted: the role of data that the model has not been used on before.

    Returns:
        ``train`` for what it was trained on, the role of an earlier use of these rows, or a new one, with a
        number where there is another of that name; empty after so many of these.
    """
    if data is not None:
        if of.data is not None and relation(data.rows, of.data.rows) == SAME:
            return _TRAIN
        for role, use in of.uses.items():
            if use.data is not None and (use.data is data or relation(data.rows, use.data.rows) == SAME):
                return role
    numbered = (wanted, *(f"{wanted}{number}" for number in range(2, _MOST_USES + 1)))
    return next((role for role in numbered if role not in of.uses), "")


def find(values: Any) -> Prediction | None:
    """The prediction that values are, are a view or a column of, or a copy of; None where there is none.

    Where several were equal, the latest.

    Args:
        values: anything that a metric may be given.
    """
    values = _unpacked(values)
    found = find_object(values)
    if found is not None:
        return found
    few = mark(values, FEW)
    alike = None if few is None else _marks.get(few)
    many = None if alike is None else mark(values, MANY)
    return None if alike is None or many is None else alike.get(many)


def find_object(values: Any) -> Prediction | None:
    """As :func:`find`, for these very predictions and views of them, not for what only equals them.

    Args:
        values: anything that a metric may be given.
    """
    values = _unpacked(values)
    found = _objects.get(values)
    if found is None and _latest:
        for array in arrays_of(values):
            found = found or _objects.get(owner_of(array))
    return found


def _unpacked(values: Any) -> Any:
    """The one array in a list, as metrics of rankings take it."""
    return values[0] if type(values) is list and len(values) == 1 else values


def derive(values: Any, prediction: Prediction) -> None:
    """Take note that an array was computed from predictions, as a curve is: its metrics are theirs.

    Args:
        values: anything; what takes no weak reference is not found again.
        prediction: what it was computed from.
    """
    # It has no row for each prediction.
    _objects.set(values, replace(prediction, rows=None, evaluate=None))


def latest_on(labels: Any, computed: Any = None) -> Prediction | None:
    """The latest prediction for the rows that some labels have, or None.

    One that was made in the same thread goes before those of others.

    Args:
        labels: the true labels, or anything else that has these rows.
        computed: values that must have been computed from what was predicted, and from nothing else.
    """
    shape = shape_of(labels)
    if shape is None:
        return None
    thread = threading.get_ident()
    node: Node | None = None
    elsewhere: Prediction | None = None
    for prediction in reversed(_latest[-_LATEST:]):
        if prediction.data is None or prediction.rows != shape[0]:
            continue
        # What has an identity is known from here on, so that it is not looked at again at each call.
        known = lineage.seen if is_array(labels) or tables.is_pandas(labels) else lineage.node_of
        node = node or known(labels)
        if node is None:
            return None
        if _is_on(prediction, relation(prediction.data.rows, node.rows), computed):
            if prediction._thread == thread:
                return prediction
            elsewhere = elsewhere or prediction
    return elsewhere


def _is_on(prediction: Prediction, related: str, computed: Any) -> bool:
    if computed is None:
        return related == SAME
    if prediction.order is None:
        return False
    # Data and labels that were loaded apart are not known to belong together: the classes alone must tell.
    return (related == SAME and prediction.order.is_kept_by(computed)) or (
        related == UNKNOWN and prediction.order.is_likeliest(computed)
    )


def _forget(oldest: list[Prediction]) -> None:
    del _latest[: len(oldest)]
    for prediction in oldest:
        for few, many in prediction._marks:
            alike = _marks.get(few, {})
            if alike.get(many) is prediction:
                del alike[many]
            if not alike:
                _marks.pop(few, None)


def _renew_lock_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_lock_in_child)
