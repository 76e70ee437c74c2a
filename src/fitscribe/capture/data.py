"""What the data was that a training saw: its kind, size, holes and fingerprint, never the data itself."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.capture import arrays, frames, sequences
from fitscribe.capture.values import type_name

# Cells up to which missing values are counted one by one; above, on evenly spaced rows.
EXACT_CELLS = 1_000_000


def describe_data(obj: Any, *, name: str | None = None) -> dict[str, Any]:
    """Describe data without changing, copying, densifying, iterating to its end or keeping it.

    Libraries are looked up among those the user has imported, and never imported for this.

    Args:
        obj: an array, frame, sparse matrix, tensor, list; anything else is named and left alone.
        name: what the data is called, recorded as it is.

    Returns:
        `container` (the type) and, as far as they are known without effects:
        `shape`; `dtype`, or `columns` with `dtypes`; `missing` (a count; with `missing_by_column` for frames;
        over evenly spaced rows of data of more than a million cells, then `sampled` is how many rows those
        were); `density` and `nonzero` of sparse data; `bytes`; `device` of tensors; `fingerprint` and over
        how many rows it was taken (`fingerprint_rows`); `not_read`, the reason why there is no more.
    """
    description = _describe(obj)
    if name is not None:
        description["name"] = name
    return description


def _describe(obj: Any) -> dict[str, Any]:
    cls = type(obj)
    if cls is list or cls is tuple:
        return sequences.describe(obj)
    numpy = sys.modules.get("numpy")
    if numpy is not None and issubclass(cls, numpy.ndarray):
        return arrays.describe_array(obj)
    sparse = sys.modules.get("scipy.sparse")
    if sparse is not None and issubclass(cls, (sparse.spmatrix, getattr(sparse, "sparray", sparse.spmatrix))):
        from fitscribe.capture import sparse as sparse_data

        return sparse_data.describe(obj)
    description: dict[str, Any] | None = None
    table = frames.as_series(obj)
    if frames.is_frame(table):
        description = frames.describe(table)
        if description is not None and table is not obj:
            description["container"] = type_name(obj)
    elif arrays.is_tensor(obj):
        description = arrays.describe_tensor(obj)
    return description or _named(obj)


def _named(obj: Any) -> dict[str, Any]:
    description: dict[str, Any] = {"container": type_name(obj)}
    if obj is not None:
        description["not_read"] = "fitscribe does not look into this type"
        try:
            shape = getattr(type(obj), "shape", None) and getattr(obj, "shape", None)
        except Exception:  # somebody's own property, which may need what is not there
            return description
        if type(shape) is tuple and all(type(size) is int for size in shape):
            description["shape"] = list(shape)
    return description
