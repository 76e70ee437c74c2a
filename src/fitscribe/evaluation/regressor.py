"""Regression metrics, equal to scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitscribe.evaluation.arrays import sample_weights, to_array
from fitscribe.evaluation.errors import NotEvaluable
from fitscribe.evaluation.result import Evaluation

Array = np.ndarray[Any, Any]

# Pairs of values kept for the plot of residuals.
POINTS = 200


def regression(y_true: Any, y_pred: Any, weights: Any = None) -> Evaluation:
    """Evaluate predicted numbers.

    Several outputs are averaged with equal weight, as scikit-learn does.

    Args:
        y_true: the true values, one row each; several columns are several outputs.
        y_pred: the predicted values, of the same shape.
        weights: sample weights.

    Returns:
        `r2`, `mae` and `rmse`; for one output the record `residuals`; what was left out, and why.
        Never raises for what is in the data.
    """
    result = Evaluation()
    try:
        true, predicted = _columns(y_true, "y_true"), _columns(y_pred, "y_pred")
        if true.shape != predicted.shape:
            raise NotEvaluable(f"y_true has the shape {true.shape} and y_pred {predicted.shape}")
        weight = sample_weights(weights, len(true))
    except NotEvaluable as error:
        result.omitted["regression"] = str(error)
        return result
    with np.errstate(over="ignore", invalid="ignore"):
        error_ = predicted - true
        squares = error_ * error_
        result.metrics["mae"] = _average(np.abs(error_), weight)
        result.metrics["rmse"] = float(np.sqrt(np.average(squares, axis=0, weights=weight)).mean())
        if len(true) < 2:
            result.omitted["r2"] = "it needs two rows"
        else:
            result.metrics["r2"] = _r2(true, squares, weight)
    for name in [name for name, value in result.metrics.items() if not np.isfinite(value)]:
        del result.metrics[name]
        result.omitted[name] = "it is beyond the range of a float"
    if true.shape[1] == 1:
        result.records["residuals"] = _residuals(true[:, 0], predicted[:, 0])
    return result


def _columns(values: Any, name: str) -> Array:
    array = to_array(values, name)
    if array.ndim not in (1, 2):
        raise NotEvaluable(f"{name} has {array.ndim} dimensions")
    if not array.size:
        raise NotEvaluable("there are no rows")
    if array.dtype.kind not in "biufO":
        raise NotEvaluable(f"{name} does not hold numbers")
    try:
        array = array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise NotEvaluable(f"{name} does not hold numbers") from error
    if not np.isfinite(array).all():
        raise NotEvaluable(f"{name} holds non-finite values")
    return array[:, None] if array.ndim == 1 else array


def _average(values: Array, weight: Array | None) -> float:
    return float(values.mean() if weight is None else np.average(values, axis=0, weights=weight).mean())


def _r2(true: Array, squares: Array, weight: Array | None) -> float:
    spread = (true - np.average(true, axis=0, weights=weight)) ** 2
    if weight is not None:
        squares, spread = squares * weight[:, None], spread * weight[:, None]
    numerator, denominator = squares.sum(axis=0), spread.sum(axis=0)
    # A constant target: perfect predictions score 1 and all others 0, never minus infinity.
    score = np.where(numerator == 0, 1.0, 0.0)
    usable = (denominator != 0) & (numerator != 0)
    score[usable] = 1 - numerator[usable] / denominator[usable]
    return float(score.mean())


def _residuals(true: Array, predicted: Array) -> dict[str, Any]:
    step = -(-len(true) // POINTS)
    record: dict[str, Any] = {"true": true[::step].tolist(), "predicted": predicted[::step].tolist()}
    if step > 1:
        record["rows"] = len(true)
    return record
