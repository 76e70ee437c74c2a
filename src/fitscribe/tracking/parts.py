"""Some rows of predictions, as a mask or positions take them: a group, a bootstrap sample."""

from __future__ import annotations

from typing import Any

from fitscribe.lineage import tables
from fitscribe.lineage.objects import is_array
from fitscribe.tracking import predictions
from fitscribe.tracking.marks import arrays_of
from fitscribe.tracking.predictions import Prediction

# Looked at: rows of the part, rows of the whole, how many of the latest predictions that are larger.
_ROWS = 16
_MOST = 20_000
_LATEST = 4
# Values that have to differ among those that are compared; labels never do.
_DIFFERENT = 8
# A value that is found more often than this share of the whole says nothing.
_RARE = 0.02


def find_written(whole: Any) -> Prediction | None:
    """The prediction that values are some rows of by what was written: `y_pred` in `y_pred[mask]`.

    Args:
        whole: what stands before the brackets; None where nobody knows.
    """
    if whole is None:
        return None
    # A table has columns beside those of the predictions.
    is_one = is_array(whole) or (tables.is_pandas(whole) and whole.ndim == 1)
    return predictions.find_object(whole) if is_one else None


def find(values: Any) -> Prediction | None:
    """The prediction that numbers are some rows of, as far as some of them tell; None where two may be meant.

    Args:
        values: what is compared with the true labels.
    """
    arrays = arrays_of(values)
    if len(arrays) != 1 or arrays[0].dtype.kind != "f" or arrays[0].ndim != 1 or not len(arrays[0]):
        return None
    rows = len(arrays[0])
    larger = [each for each in predictions.latest(2 * _LATEST) if each.rows and rows < each.rows <= _MOST]
    some = arrays[0][:: -(-rows // _ROWS)].tolist() if larger else []
    if len(set(some)) < _DIFFERENT:
        return None
    found = [each for each in larger[:_LATEST] if _has(each, some)]
    return found[0] if len({id(each.trained) for each in found}) == 1 else None


def _has(prediction: Prediction, some: list[float]) -> bool:
    for array in arrays_of(prediction.find()):
        if array.dtype.kind == "f":
            most = max(1, _RARE * array.size)
            return some[0] in array and all(0 < int((array == value).sum()) <= most for value in some)
    return False
