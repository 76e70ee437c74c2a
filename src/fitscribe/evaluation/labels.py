"""Class labels as small integers: the one step of an evaluation that looks at the labels themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fitscribe.evaluation.arrays import NUMERIC, TEXT, has_missing, vector
from fitscribe.evaluation.errors import NotEvaluable

_SIGNED = ([0, 1], [-1, 1])


@dataclass
class Encoded:
    """Labels of both sides as positions in `labels`.

    Attributes:
        labels: every class, the declared ones first in the order they were declared in.
        declared: how many of them were declared.
        true: the position of each row's true class.
        predicted: the position of each row's predicted class.
    """

    labels: list[Any]
    declared: int
    true: np.ndarray[Any, Any]
    predicted: np.ndarray[Any, Any]

    @property
    def positive(self) -> int | None:
        """The position of the positive class of a two-class problem, None where there are more."""
        return 1 if len(self.labels) == 2 else None


def encode(y_true: Any, y_pred: Any, labels: Any = None) -> Encoded:
    """Encode both sides over the declared classes and whatever else appears.

    Args:
        y_true: the true labels.
        y_pred: the predicted labels.
        labels: the classes the model knows, in the order of its score columns.

    Raises:
        NotEvaluable: they are no labels of one problem.
    """
    true, predicted = vector(y_true, "y_true"), vector(y_pred, "y_pred")
    if len(true) != len(predicted):
        raise NotEvaluable(f"y_true has {len(true)} rows and y_pred has {len(predicted)}")
    if not len(true):
        raise NotEvaluable("there are no rows")
    for name, side in (("y_true", true), ("y_pred", predicted)):
        if has_missing(side):
            raise NotEvaluable(f"{name} holds missing values")
        if side.dtype.kind == "f" and bool((side != np.rint(side)).any()):
            raise NotEvaluable(f"{name} holds continuous values, not classes")
    declared = None if labels is None else vector(labels, "the classes")
    if declared is not None and not len(declared):
        declared = None
    kinds = {_kind(side) for side in (true, predicted, declared) if side is not None}
    if kinds == {"numbers", "text"}:
        raise NotEvaluable("the labels are numbers on one side and text on the other")
    if "objects" in kinds:
        return _encode_objects(true, predicted, declared)
    return _encode_arrays(true, predicted, declared)


def _kind(side: np.ndarray[Any, Any]) -> str:
    kind = side.dtype.kind
    return "numbers" if kind in NUMERIC else "text" if kind in TEXT else "objects"


def _encode_arrays(
    true: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], declared: np.ndarray[Any, Any] | None
) -> Encoded:
    if declared is not None:
        order = np.argsort(declared, kind="stable")
        ordered = declared[order]
        codes = [_positions(ordered, side) for side in (true, predicted)]
        if codes[0] is not None and codes[1] is not None:
            if not np.array_equal(order, np.arange(len(order))):
                codes = [order[code] for code in codes]
            return Encoded(declared.tolist(), len(declared), codes[0], codes[1])
    found = np.union1d(true, predicted)
    classes = found.tolist() if declared is None else _appended(declared.tolist(), found.tolist())
    count = len(classes) if declared is None else len(declared)
    if declared is None and len(classes) == 1:
        classes = _completed(classes)
        return _by_dictionary(classes, len(classes), true, predicted)
    if declared is None:
        return Encoded(classes, count, np.searchsorted(found, true), np.searchsorted(found, predicted))
    return _by_dictionary(classes, count, true, predicted)


def _encode_objects(
    true: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], declared: np.ndarray[Any, Any] | None
) -> Encoded:
    try:
        found = _ordered(set(true.tolist()) | set(predicted.tolist()))
    except TypeError as error:
        raise NotEvaluable(f"the labels are not hashable ({error})") from error
    if declared is None:
        classes = _completed(found)
        return _by_dictionary(classes, len(classes), true, predicted)
    return _by_dictionary(_appended(declared.tolist(), found), len(declared), true, predicted)


def _positions(ordered: np.ndarray[Any, Any], side: np.ndarray[Any, Any]) -> Any:
    """Return where each label stands in the ordered classes, or None where one is not a class."""
    codes = np.searchsorted(ordered, side)
    np.minimum(codes, len(ordered) - 1, out=codes)
    return codes if bool((ordered[codes] == side).all()) else None


def _by_dictionary(
    classes: list[Any], declared: int, true: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]
) -> Encoded:
    position = {label: index for index, label in enumerate(classes)}
    sides = [
        np.fromiter((position[label] for label in side.tolist()), dtype=np.intp, count=len(side))
        for side in (true, predicted)
    ]
    return Encoded(classes, declared, sides[0], sides[1])


def _appended(declared: list[Any], found: list[Any]) -> list[Any]:
    known = set(declared)
    return declared + [label for label in found if label not in known]


def _completed(found: list[Any]) -> list[Any]:
    """Return the two classes that a lone 0, 1 or -1 belongs to: what scikit-learn takes it for."""
    if len(found) == 1 and isinstance(found[0], (bool, int, float)):
        for pair in _SIGNED:
            if found[0] in pair:
                return list(pair)
    return found


def _ordered(labels: set[Any]) -> list[Any]:
    try:
        return sorted(labels)
    except TypeError:
        return sorted(labels, key=lambda label: (type(label).__name__, str(label)))
