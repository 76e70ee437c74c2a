"""Lists and tuples: of numbers, of rows, of documents."""

from __future__ import annotations

from typing import Any

from fitscribe.capture.arrays import is_missing
from fitscribe.capture.fingerprint import OBJECT_CELLS, Fingerprint, row_step
from fitscribe.capture.values import type_name

# Cells up to which a list's missing values are counted one by one: a Python object takes far longer than a
# number.
EXACT_CELLS = 100_000
_ROWS = (list, tuple)


def describe(sequence: Any) -> dict[str, Any]:
    """Describe a list or tuple: of scalars, of texts, or of rows."""
    rows = len(sequence)
    description: dict[str, Any] = {"container": type_name(sequence), "shape": [rows]}
    if not rows:
        description["missing"] = 0
        return description
    first = sequence[0]
    numpy_like = hasattr(type(first), "__array__") and hasattr(first, "__len__")
    nested = type(first) in _ROWS or (numpy_like and getattr(first, "ndim", 0) == 1)
    width = max(1, len(first)) if nested else 1
    sample = sequence[:: row_step(rows, width, EXACT_CELLS, EXACT_CELLS)]
    fingerprinted = sequence[:: row_step(rows, width, OBJECT_CELLS)]
    cells: Any
    if nested:
        widths = {len(row) if hasattr(row, "__len__") else None for row in sample}
        description["shape"].append(widths.pop() if len(widths) == 1 else None)
        cells = [cell for row in sample for cell in _cells(row)]
    else:
        cells = sample
    description["dtype"] = " | ".join(sorted({type(cell).__name__ for cell in cells}))
    description["missing"] = sum(map(is_missing, cells))
    if len(sample) < rows:
        description["sampled"] = len(sample)
    if description["dtype"] == "str" and not nested:
        lengths = [len(text) for text in sample]
        description["characters"] = {"mean": sum(lengths) / len(lengths), "max": max(lengths)}
    fingerprint = Fingerprint("list", description["shape"])
    if nested:
        for row in fingerprinted:
            fingerprint.objects(_cells(row)[:OBJECT_CELLS])
            fingerprint.note("row")
    else:
        fingerprint.objects(fingerprinted)
    description["fingerprint"] = fingerprint.digest()
    description["fingerprint_rows"] = len(fingerprinted)
    return description


def _cells(row: Any) -> Any:
    if type(row) in _ROWS:
        return row
    return row.tolist() if hasattr(type(row), "tolist") and getattr(row, "ndim", 0) == 1 else [row]
