"""Fingerprints of data: bounded work, equal for equal data in every process.

At most `ROWS` rows, evenly spaced, and a bounded number of cells of them are hashed; small data is hashed
whole. Data that differs only in cells that were not looked at has the same fingerprint: it tells data sets
apart, it proves nothing.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import sys
from collections.abc import Iterable, Sequence
from typing import Any

ROWS = 1000
# Cells that are hashed of numbers, and of objects, which take a hundred times as long.
CELLS = 65_536
OBJECT_CELLS = 8_192
TEXT = 4_096
_NESTED = 64


class Fingerprint:
    """Collects what makes data the data it is.

    Args:
        kind: what sort of container it is, so that equal bytes of different sorts differ.
        shape: its shape.
    """

    def __init__(self, kind: str, shape: Iterable[int | None]) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self.note(kind, *shape)

    def note(self, *facts: object) -> None:
        """Add names, sizes and types."""
        self._hash.update(("\x1f".join(map(str, facts)) + "\x1e").encode("utf-8", "surrogatepass"))

    def array(self, array: Any) -> None:
        """Add every value of a NumPy array, however it lies in memory."""
        numpy = sys.modules["numpy"]
        dtype = array.dtype
        kind = dtype.kind
        if kind in "fc":
            # A long double has padding, and -0.0 and the many NaNs have bytes of their own.
            if dtype.itemsize > (8 if kind == "f" else 16):
                array = array.astype("<f8" if kind == "f" else "<c16")
            array = numpy.add(array, 0.0, dtype=array.dtype.newbyteorder("<"), order="C")
            missing = array != array
            if missing.any():
                array[missing] = numpy.nan
        elif kind in "biu":
            array = array.astype(dtype.newbyteorder("<"), order="C", copy=False)
        elif kind in "mM":
            array = array.astype(dtype.newbyteorder("<"), order="C", copy=False).view("<i8")
        elif dtype.names:
            for name in dtype.names:
                self.note(name)
                self.array(array[name])
            return
        elif kind == "V":
            self._hash.update(array.tobytes())
            return
        else:
            self.note("objects")
            self.objects(array.ravel().tolist())
            return
        self.note(array.dtype.str)
        self._hash.update(array.reshape(-1).data)

    def objects(self, items: Iterable[Any]) -> None:
        """Add Python objects: plain ones by value, others by type."""
        update = self._hash.update
        for item in items:
            update(_token(item, 3))

    def digest(self) -> str:
        """Return the fingerprint."""
        return self._hash.hexdigest()


def row_step(rows: int, cells_per_row: int, cells: int = CELLS, most: int = ROWS) -> int:
    """Return the distance of the rows to look at: 1 for small data, all of which is looked at.

    Args:
        rows: how many there are.
        cells_per_row: the cells of one.
        cells: the most cells to look at.
        most: the most rows to look at where not all of them are.
    """
    if rows * cells_per_row <= cells:
        return 1
    allowed = max(1, min(most, cells // max(1, cells_per_row)))
    return -(-rows // allowed)


def bounded(array: Any, cells: int = CELLS, most: int = ROWS) -> tuple[Any, int]:
    """Return a view of at most about `cells` cells of an array, and how many of its rows that is.

    Rows are thinned first, then, where single rows are that large, the later axes.
    """
    if array.size <= cells:
        return array, len(array) if array.ndim else 1
    rows = array.shape[0]
    view = array[:: row_step(rows, max(1, array.size // rows), cells, most)]
    for axis in range(1, array.ndim):
        if view.size <= cells:
            break
        index = [slice(None)] * array.ndim
        index[axis] = slice(None, None, min(array.shape[axis], -(-view.size // cells)))
        view = view[tuple(index)]
    return view, len(view)


def _token(item: Any, depth: int) -> bytes:
    cls = type(item)
    if cls is str:
        text = item if len(item) <= TEXT else f"{len(item)}\x1f{item[:TEXT]}"
        data: bytes = text.encode("utf-8", "surrogatepass")
        return b"s%d:%b" % (len(data), data)
    if cls is float:
        return b"f" + (b"nan" if item != item else repr(item + 0.0).encode())
    if cls is int:
        # Python refuses to print very long numbers in decimal.
        return b"p" + (repr(item) if item.bit_length() < 4096 else hex(item)).encode()
    if cls is bool or item is None:
        return b"p" + repr(item).encode()
    if cls is bytes:
        return b"b%d:%b" % (len(item), item[:TEXT])
    if issubclass(cls, (datetime.date, datetime.time, datetime.timedelta, decimal.Decimal)):
        return f"d{cls.__name__}:{item}".encode()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if issubclass(cls, numpy.generic):
            plain = item.item()
            return _token(plain, 0) if not isinstance(plain, numpy.generic) else b"o" + cls.__name__.encode()
        if issubclass(cls, numpy.ndarray) and depth:
            return _sequence(item.ravel()[:_NESTED].tolist(), item.size, depth)
    if (cls is list or cls is tuple) and depth:
        return _sequence(item[:_NESTED], len(item), depth)
    return b"o" + f"{cls.__module__}.{cls.__qualname__}".encode()


def _sequence(items: Sequence[Any], length: int, depth: int) -> bytes:
    return b"[%d:%b]" % (length, b"".join(_token(item, depth - 1) for item in items))
