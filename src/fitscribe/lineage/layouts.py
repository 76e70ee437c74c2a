"""Which rows and columns of an array another one shows that shares its memory: from addresses and strides."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple


class Part(NamedTuple):
    """What a view shows of an array.

    Attributes:
        rows: which rows.
        columns: which columns or cells: nothing for all of them, else ``("column", 3)``,
            ``("columns", 0, 3, 1)`` (first, how many, step), or a layout of cells that has no better name.
    """

    rows: range
    columns: tuple[Any, ...]


class Layout(NamedTuple):
    """Where the rows and columns of an array lie.

    Attributes:
        address: of the first cell.
        shape: the first axis is the rows.
        strides: bytes from one to the next, per axis.
        dtype: the NumPy dtype.
    """

    address: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: Any

    def part(self, view: Layout) -> Part | None:
        """What a view shows of this array; None where it is no part of it that has whole rows.

        Args:
            view: an array in the same memory.
        """
        if view.dtype != self.dtype or not self.shape or not view.shape or 0 in view.shape + self.shape:
            return None
        distance, row = view.address - self.address, self.strides[0]
        if row <= 0:
            return None
        inner = self.strides[1:]
        if len(inner) == 1 and inner[0] > row and self.shape[1] > 1:
            # Column by column, as LAPACK and pandas have it.
            column, rest = divmod(distance, inner[0])
            first, beyond = divmod(rest, row)
            within = column * inner[0]
            if beyond:
                return None
        else:
            first, within = divmod(distance, row)
        rows = _rows(first, view.shape[0], view.strides[0], row)
        if rows is None or min(rows[0], rows[-1]) < 0 or max(rows[0], rows[-1]) >= self.shape[0]:
            return None
        columns = self._columns(view, within)
        return None if columns is None else Part(rows, columns)

    def _columns(self, view: Layout, within: int) -> tuple[Any, ...] | None:
        shape, strides = view.shape[1:], view.strides[1:]
        if len(self.shape) == 1:
            single = not shape or (shape == (1,))
            return () if single and not within else None
        if shape == self.shape[1:] and not within and (strides == self.strides[1:] or shape == (1,)):
            return ()
        if len(self.shape) != 2:
            return "cells", within, shape, strides
        column, beyond = divmod(within, self.strides[1])
        if beyond or not 0 <= column < self.shape[1]:
            return None
        if not shape:
            return () if self.shape[1] == 1 else ("column", column)
        if len(shape) != 1 or strides[0] % self.strides[1]:
            return None
        step = strides[0] // self.strides[1] if shape[0] > 1 else 1
        if not 0 <= column + (shape[0] - 1) * step < self.shape[1]:
            return None
        return "columns", column, shape[0], step


def _rows(first: int, count: int, stride: int, row: int) -> range | None:
    if count == 1:
        return range(first, first + 1)
    step, beyond = divmod(stride, row)
    return None if beyond or not step else range(first, first + count * step, step)


def layout(array: Any) -> Layout:
    """Where an array's cells lie."""
    address: int = array.__array_interface__["data"][0]
    return Layout(address, array.shape, array.strides, array.dtype)


def owner_of(array: Any) -> Any:
    """The array that owns the memory of this one: itself, or what it is a view of."""
    ndarray = sys.modules["numpy"].ndarray
    base = array.base
    while isinstance(base, ndarray):
        array, base = base, base.base
    return array
