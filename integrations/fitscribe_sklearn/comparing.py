"""Predictions of the user's beside the labels: metrics, matrix and curves, of a bounded number of rows."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from fitscribe import evaluation
from fitscribe.evaluation import Evaluation
from fitscribe_sklearn.kinds import Kind
from fitscribe_sklearn.rows import column_count, every, row_count

PREDICTING = ("predict", "predict_proba", "predict_log_proba", "decision_function")


class Compared(NamedTuple):
    """What came of comparing predictions with labels.

    Attributes:
        result: the numbers; nothing where they could not be compared.
        rows: how many there are.
        taken: how many of them were looked at.
        reason: why they could not be compared; else empty.
    """

    result: Evaluation
    rows: int = 0
    taken: int = 0
    reason: str = ""


def compare(kind: str, method: str, labels: Any, values: Any, classes: Any) -> Compared:
    """Compare what a model predicted with the labels.

    Args:
        kind: what kind of estimator it is; see :class:`fitscribe_sklearn.kinds.Kind`.
        method: what predicted: one of ``PREDICTING``.
        labels: the true labels.
        values: what was predicted.
        classes: the classes that the model knows; None where it has none.
    """
    reason = _objection(kind, labels, values)
    if reason:
        return Compared(Evaluation(), reason=reason)
    rows = row_count(labels) or 0
    curves = 0 if method == "predict" else column_count(values)
    step = evaluation.row_step(rows, 1 if curves == 2 else curves, objects=_are_objects(labels))
    labels, values = every(labels, step), every(values, step)
    taken = -(-rows // step)
    if kind == Kind.REGRESSOR.value:
        return Compared(evaluation.regression(labels, values), rows, taken)
    if method == "predict":
        return Compared(evaluation.classification(labels, values, labels=classes), rows, taken)
    if method == "predict_log_proba":
        values = sys.modules["numpy"].exp(values)
    probabilities = method != "decision_function"
    found = evaluation.class_scores(labels, values, classes, probabilities=probabilities)
    if not probabilities:
        found.omitted.pop("log_loss", None)  # nobody expects one
    return Compared(found, rows, taken)


def _objection(kind: str, labels: Any, values: Any) -> str:
    if kind not in (Kind.CLASSIFIER.value, Kind.REGRESSOR.value):
        return "scikit-learn takes the model neither for a classifier nor for a regressor"
    rows = row_count(labels)
    if rows is None:
        return f"fitscribe takes no rows out of labels of type {type(labels).__name__}"
    if kind == Kind.CLASSIFIER.value:
        several = type(values) is list and values and hasattr(type(values[0]), "shape")
        if several or (rows and column_count(labels) > 1):
            return "the target has several columns of classes"
    if row_count(values) != rows:
        return f"there are {rows} labels for {row_count(values)} predictions"
    return ""


def _are_objects(labels: Any) -> bool:
    if type(labels) is list:
        return bool(labels) and not isinstance(labels[0], (int, float))
    dtype = getattr(labels, "dtype", None)
    return getattr(dtype, "kind", "O") == "O"
