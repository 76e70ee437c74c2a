"""Turning what users and estimators hand over into the few NumPy vectors that the metrics need."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitscribe.evaluation.errors import NotEvaluable

NUMERIC = "biuf"
TEXT = "U"
_MISSING_TYPES = ("NAType", "NaTType")


def vector(values: Any, name: str) -> np.ndarray[Any, Any]:
    """Return `values` as a 1-D array.

    Args:
        values: any array-like of labels; a single column counts as a vector.
        name: how to call it in messages.

    Raises:
        NotEvaluable: it is no vector, or cannot be read as an array.
    """
    array = to_array(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise NotEvaluable(f"{name} has the shape {array.shape}, not one label per row")
    return array


def to_array(values: Any, name: str) -> np.ndarray[Any, Any]:
    """Return `values` as an array without copying one that is an array already.

    Raises:
        NotEvaluable: NumPy cannot read it.
    """
    if type(values) is np.ndarray:
        return values
    try:
        array = np.asarray(values)
    except Exception as error:
        raise NotEvaluable(f"{name} cannot be read as an array ({type(error).__name__}: {error})") from error
    if array.ndim == 0:
        raise NotEvaluable(f"{name} is a {type(values).__name__}, not one value per row")
    return array


def sample_weights(values: Any, rows: int) -> np.ndarray[Any, Any] | None:
    """Return the weights as floats, or None where there are none.

    Raises:
        NotEvaluable: their number or their values make no sense.
    """
    if values is None:
        return None
    weights = vector(values, "the sample weights")
    try:
        weights = weights.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise NotEvaluable("the sample weights are not numbers") from error
    if len(weights) != rows:
        raise NotEvaluable(f"there are {len(weights)} sample weights for {rows} rows")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise NotEvaluable("the sample weights hold negative or non-finite values")
    if not weights.any():
        raise NotEvaluable("the sample weights are all zero")
    return weights


def has_missing(array: np.ndarray[Any, Any]) -> bool:
    """Tell whether a vector of labels holds NaN or None."""
    kind = array.dtype.kind
    if kind == "f":
        return bool(np.isnan(array).any())
    if kind == "O":
        return any(_is_missing(value) for value in array.tolist())
    return False


def _is_missing(value: Any) -> bool:
    if isinstance(value, float):
        return value != value
    # pandas.NA and NaT answer comparisons with themselves, or with False: their types are what tells.
    return value is None or type(value).__name__ in _MISSING_TYPES


def plain_label(label: Any) -> Any:
    """Return a label as the str, int, float or bool it stands for."""
    if isinstance(label, (str, bool, int, float)) and not isinstance(label, np.generic):
        return label
    if isinstance(label, np.generic):
        item = label.item()
        return item if isinstance(item, (str, bool, int, float)) else str(item)
    return str(label)
