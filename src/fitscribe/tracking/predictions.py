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
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.lineage.layouts import owner_of
from fitscribe.lineage.objects import is_array, nowhere, reference_to, shape_of
from fitscribe.lineage.rows import SAME, relation
from fitscribe.tracking.marks import FEW, MANY, Mark, arrays_of, mark, marks_of, marks_of_decided
from fitscribe.tracking.orders import Order, order_of
from fitscribe.tracking.trained import Tried
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.lineage.nodes import Node
    from fitscribe.tracking.trained import Trained

# Predictions of which the marks are known; an older one is known as long as its array lives.
_MARKED = 1_000
TRAIN, TEST = "train", "test"
PART = "part"
"""The role of some rows of data that was held out."""
# Different data of one training that is told apart by number.
_MOST_USES = 8
_objects: WeakTable[Prediction] = WeakTable()
# By the mark of a few values, and then by that of many: predictions, and scores by the labels they stand for.
_Marked = dict[Mark, dict[Mark, "Prediction"]]
_marks: _Marked = {}
_decided: _Marked = {}
_latest: list[Prediction] = []
_threads: set[int] = set()
"""Those that predicted: in most scripts it is one, and there is nothing to put in order."""
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
        made: when it predicted, of ``time.monotonic()``.
        order: of the predicted values, by which others are told that were computed from them.
        mark: what to add to the names of metrics that are not of what the model predicted.
        find: gives the values for as long as they are alive.
        thread: in which it predicted.
        marks: of the values and their columns, of few of them and of many.
        tried: labels that were computed from these scores, where the run has no more of their data.
        is_joined: whether these are several predictions, one behind the other.
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
    made: float = field(default_factory=monotonic)
    order: Order | None = None
    mark: str = ""
    find: Callable[[], Any] = nowhere
    thread: int = field(default_factory=threading.get_ident)
    marks: list[tuple[Mark, Mark]] = field(default_factory=list)
    tried: Tried = field(default_factory=Tried)
    is_joined: bool = False
    _of_labels: list[tuple[Mark, Mark]] = field(default_factory=list)

    def apart(self, **changed: Any) -> Prediction:
        """The same without what the run has of it: for metrics of something else about the same rows.

        Args:
            changed: attributes that have another value.
        """
        return replace(self, evaluate=None, metrics={}, records=set(), sampled={}, **changed)


class Recognized(NamedTuple):
    """What values turned out to be.

    Attributes:
        own: the prediction that they are, are a view or a column of, or a copy of.
        scores: the prediction of scores whose labels they are: the likeliest classes, or those of which the
            probability is more than a half.
    """

    own: Prediction | None
    scores: Prediction | None


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
        if shape is None:
            continue
        prediction.rows = shape[0]
        prediction.marks += marks_of(part)
        if not several:
            prediction.order = order_of(part)
            prediction.find = reference_to(part)
            labels = marks_of_decided(part, is_margin=method == "decision_function")
            if labels is not None:
                prediction._of_labels.append(labels)
    with _lock:
        for known, marks in ((_marks, prediction.marks), (_decided, prediction._of_labels)):
            for few, many in marks:
                known.setdefault(few, {})[many] = prediction
        _latest.append(prediction)
        _threads.add(prediction.thread)
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
    prediction = remember(values, of, role=role or TEST, method=method, data=data)
    if role:
        use = of.use(role, data)
        prediction.metrics, prediction.records = use.metrics, use.records


def role_of(data: Node | None, of: Trained, wanted: str = TEST) -> str:
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
            return TRAIN
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
    return recognize(values).own


def recognize(values: Any) -> Recognized:
    """As :func:`find`, and the scores that values are the labels of; not of what is a prediction itself.

    Args:
        values: anything that a metric may be given.
    """
    values = _unpacked(values)
    found = _of_object(values)
    if found is not None:
        return Recognized(found, None)
    few = mark(values, FEW)
    if few is None or (few not in _marks and few not in _decided):
        return Recognized(None, None)
    many = mark(values, MANY)
    if many is None:
        return Recognized(None, None)
    return Recognized(_marks.get(few, {}).get(many), _decided.get(few, {}).get(many))


def find_object(values: Any) -> Prediction | None:
    """As :func:`find`, for these very predictions and views of them, not for what only equals them.

    Args:
        values: anything that a metric may be given.
    """
    return _of_object(_unpacked(values))


def _of_object(values: Any) -> Prediction | None:
    found = _objects.get(values)
    if found is None and _latest:
        for array in arrays_of(values):
            owner = owner_of(array)
            if owner is not values:
                found = found or _objects.get(owner)
    return found


def latest(most: int) -> list[Prediction]:
    """The latest predictions, the last one first, those of this thread before those of others.

    Args:
        most: how many.
    """
    found = _latest[: -most - 1 : -1]
    if len(_threads) < 2:
        return found
    thread = threading.get_ident()
    return sorted(found, key=lambda prediction: prediction.thread != thread)


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


def _forget(oldest: list[Prediction]) -> None:
    del _latest[: len(oldest)]
    for prediction in oldest:
        for known, marks in ((_marks, prediction.marks), (_decided, prediction._of_labels)):
            for few, many in marks:
                alike = known.get(few, {})
                if alike.get(many) is prediction:
                    del alike[many]
                if not alike:
                    known.pop(few, None)


def _renew_lock_in_child() -> None:
    global _lock
    _lock = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_lock_in_child)
