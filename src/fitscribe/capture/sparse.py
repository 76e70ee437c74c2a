"""SciPy's sparse matrices and arrays: described by what they store, never made dense."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.capture.arrays import EXACT_CELLS, count_missing
from fitscribe.capture.fingerprint import CELLS, ROWS, Fingerprint, bounded
from fitscribe.capture.values import type_name

_PARTS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "coo": ("data", "row", "col"),
    "dia": ("data", "offsets"),
}


def describe(matrix: Any) -> dict[str, Any]:
    """Describe a sparse matrix or array of any format."""
    shape = [int(size) for size in matrix.shape]
    stored = int(matrix.nnz)
    cells = 1
    for size in shape:
        cells *= size
    description: dict[str, Any] = {
        "container": type_name(matrix),
        "shape": shape,
        "dtype": str(matrix.dtype),
        "nonzero": stored,
        "density": stored / cells if cells else 0.0,
    }
    if matrix.format in _PARTS and len(shape) == 2:
        parts = [getattr(matrix, part) for part in _PARTS[matrix.format]]
        description["bytes"] = sum(part.nbytes for part in parts)
    if matrix.format in ("csr", "csc", "coo", "bsr", "dia"):
        values, rows = bounded(matrix.data, EXACT_CELLS, EXACT_CELLS)
        description["missing"] = count_missing(values)
        if values.size < matrix.data.size:
            description["sampled"] = rows
    fingerprint = Fingerprint(f"sparse {matrix.dtype}", shape)
    if matrix.format in ("csr", "csc") and len(shape) == 2:
        lines = _hash_lines(fingerprint, matrix)
    elif stored <= CELLS and len(shape) == 2:
        lines = _hash_lines(fingerprint, matrix.tocsr())
    else:
        # Its entries lie in no order that equal data would share, and bringing them into one would copy it.
        fingerprint.note(stored)
        lines = 0
    description["fingerprint"] = fingerprint.digest()
    description["fingerprint_columns" if matrix.format == "csc" else "fingerprint_rows"] = lines
    return description


def _hash_lines(fingerprint: Fingerprint, matrix: Any) -> int:
    """Hash evenly spaced rows (of CSC: columns), each in the order of its positions; return how many."""
    numpy = sys.modules["numpy"]
    starts = matrix.indptr
    lines = len(starts) - 1
    fingerprint.note(matrix.format)
    stored = int(starts[-1])
    if stored <= CELLS and lines <= CELLS:
        step = 1
    else:
        mean = max(1, stored // max(1, lines))
        step = -(-lines // max(1, min(ROWS, CELLS // mean)))
    if step == 1 and _is_canonical(numpy, matrix, starts):
        fingerprint.array(numpy.diff(starts).astype(numpy.int64))
        fingerprint.array(matrix.indices.astype(numpy.int64))
        fingerprint.array(matrix.data)
        return lines
    chosen = numpy.arange(0, lines, step)
    left = CELLS
    lengths: list[int] = []
    positions: list[Any] = [matrix.indices[:0]]
    values: list[Any] = [matrix.data[:0]]
    for start, stop in zip(starts[chosen].tolist(), starts[chosen + 1].tolist(), strict=True):
        where, what = _line(numpy, matrix, start, min(stop, start + left))
        left -= len(where)
        lengths.append(len(where))
        positions.append(where)
        values.append(what)
    fingerprint.array(numpy.asarray(lengths, dtype=numpy.int64))
    fingerprint.array(numpy.concatenate(positions).astype(numpy.int64))
    fingerprint.array(numpy.concatenate(values))
    return len(chosen)


def _is_canonical(numpy: Any, matrix: Any, starts: Any) -> bool:
    """Tell whether positions rise within each line and no zero is stored.

    SciPy's own `has_canonical_format` writes what it finds onto the matrix, which is the user's.
    """
    rising = matrix.indices[1:] > matrix.indices[:-1]
    inner = starts[1:-1]
    rising[inner[(inner > 0) & (inner < len(matrix.indices))] - 1] = True
    return bool(rising.all()) and bool((matrix.data != 0).all())


def _line(numpy: Any, matrix: Any, start: int, stop: int) -> tuple[Any, Any]:
    """Return one line's positions, rising, and its values, without stored zeros and with doubles summed."""
    where, what = matrix.indices[start:stop], matrix.data[start:stop]
    if len(where) > 1 and not bool((where[1:] > where[:-1]).all()):
        where, inverse = numpy.unique(where, return_inverse=True)
        total = numpy.zeros(len(where), dtype=what.dtype)
        numpy.add.at(total, inverse, what)
        what = total
    kept = what != 0
    return where[kept], what[kept]
