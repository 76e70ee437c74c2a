"""Rows as things of their own: which data has the same ones, which parts of them do not meet."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from math import gcd
from typing import Any

SAME = "same"
HELD_OUT = "held out"
OVERLAPS = "overlaps"
UNKNOWN = "unknown"

_ROWS_OF_BITS = 1_000_000
_MOST_BITS = 32
_with_bits: list[Selection] = []


class Selection:
    """Rows that were selected one by one.

    Args:
        positions: an array of them.
        find: gives the positions for as long as they are alive; then None.
        some: some of them, evenly spaced, by which it is told from others.
        of: how many rows they were selected of.
    """

    __slots__ = ("_bits", "count", "find", "some")

    def __init__(self, positions: Any, find: Callable[[], Any], some: tuple[int, ...], of: int) -> None:
        self.find = find
        self.count = len(positions)
        self.some = some
        self._bits: Any = None
        if of <= _ROWS_OF_BITS:
            self._bits = _bits(positions, of)
            # What was trained on is often gone when what is held out comes: of a few, a bit per row is kept.
            _with_bits.append(self)
            if len(_with_bits) > _MOST_BITS:
                _with_bits.pop(0)._bits = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selection) and (self.count, self.some) == (other.count, other.some)

    def __hash__(self) -> int:
        return hash((self.count, self.some))

    def __len__(self) -> int:
        return self.count

    def meets(self, other: Selection | range) -> bool | None:
        """Whether both have a row in common; None where that can no longer be told."""
        numpy = sys.modules["numpy"]
        if self._bits is not None:
            theirs = other._bits if isinstance(other, Selection) else _bits(other, 8 * len(self._bits))
            if theirs is not None:
                return bool(numpy.bitwise_and(self._bits, theirs).any())
        mine = self.find()
        theirs = other.find() if isinstance(other, Selection) else numpy.asarray(other)
        if mine is None or theirs is None:
            return None
        return bool(numpy.isin(mine, theirs).any())


def _bits(positions: Any, of: int) -> Any:
    numpy = sys.modules["numpy"]
    present = numpy.zeros(of, dtype=bool)
    present[slice(*_slice_of(positions)) if isinstance(positions, range) else positions] = True
    return numpy.packbits(present)


def _slice_of(part: range) -> tuple[int, int, int]:
    part = _ascending(part)
    return part.start, part.stop, part.step


class Rows:
    """The rows of some data: all data with one row for each of them shares the object.

    Args:
        count: how many there are; None where that is unknown.
        parent: the rows that these are a part of.
        part: which part: a range of them, a selection, or one side of a split (which it is, and the side).
    """

    __slots__ = ("_same", "count", "parent", "part")

    def __init__(
        self,
        count: int | None,
        parent: Rows | None = None,
        part: range | Selection | tuple[object, str] | None = None,
    ) -> None:
        self.count = count
        self.parent = parent
        self.part = part
        self._same: Rows | None = None

    @property
    def known(self) -> Rows:
        """What these rows turned out to be the same as; themselves where nothing is known."""
        rows = self
        while rows._same is not None:
            rows = rows._same
        return rows

    @property
    def split(self) -> object | None:
        """The split that these rows are one side of; None where they are none."""
        return self.part[0] if isinstance(self.part, tuple) else None

    def take(self, part: range | Selection) -> Rows:
        """A part of these rows; all of them, in their order, are these rows."""
        if self.count is not None and part == range(self.count):
            return self
        return Rows(len(part), self, part)

    def __repr__(self) -> str:
        return f"<{self.count} rows{f', {self.part} of {self.parent}' if self.parent is not None else ''}>"


def relation(one: Rows, other: Rows) -> str:
    """How the rows of two data sets relate: ``same``, ``held out``, ``overlaps`` or ``unknown``."""
    ours, theirs = _line(one), _line(other)
    shared = 0
    while shared < min(len(ours), len(theirs)) and _is_same(ours[shared], theirs[shared]):
        shared += 1
    if not shared:
        return UNKNOWN
    if shared == len(ours) == len(theirs):
        return SAME
    if shared in (len(ours), len(theirs)):
        return OVERLAPS
    mine, yours = ours[shared].part, theirs[shared].part
    if isinstance(mine, (range, Selection)) and isinstance(yours, (range, Selection)):
        meet = _meet(mine, yours)
        if meet is False:
            return HELD_OUT
        return OVERLAPS if meet and shared == len(ours) - 1 == len(theirs) - 1 else UNKNOWN
    if isinstance(mine, tuple) and isinstance(yours, tuple) and mine[0] is yours[0]:
        return HELD_OUT
    return UNKNOWN


def unite(one: Rows, other: Rows) -> None:
    """Take note that two objects stand for the same rows, as data and its labels do.

    Nothing is noted where that contradicts what is known.
    """
    one, other = one.known, other.known
    if one.count != other.count or one.count is None or _is_same(one, other):
        return
    mine, yours = one.part, other.part
    if isinstance(mine, (range, Selection)) and isinstance(yours, (range, Selection)):
        ours, theirs = one.parent, other.parent
        if mine == yours and ours is not None and theirs is not None:
            unite(ours, theirs)
    elif other.part is None and not any(each is other for each in _line(one)):
        other._same = one
    elif one.part is None and not any(each is one for each in _line(other)):
        one._same = other


def _line(rows: Rows) -> list[Rows]:
    """The rows and all that they are a part of, the whole first."""
    line = [rows.known]
    while line[-1].parent is not None:
        line.append(line[-1].parent.known)
    return line[::-1]


def _is_same(one: Rows, other: Rows) -> bool:
    if one is other:
        return True
    if one.parent is None or other.parent is None or one.part != other.part:
        return False
    return _is_same(one.parent.known, other.parent.known)


def _meet(one: range | Selection, other: range | Selection) -> bool | None:
    """Whether two parts of the same rows have one in common; None where that cannot be told."""
    if isinstance(one, Selection):
        return one.meets(other)
    if isinstance(other, Selection):
        return other.meets(one)
    one, other = sorted((_ascending(one), _ascending(other)), key=lambda each: each.step)
    low, high = max(one.start, other.start), min(one.stop, other.stop)
    if low >= high or (one.start - other.start) % gcd(one.step, other.step):
        return False
    first = -(-(low - other.start) // other.step)
    # The steps have a common multiple: what is not met by then is never met.
    return any(number < high and number in one for number in islice(other[first:], one.step))


def _ascending(part: range) -> range:
    return part if part.step > 0 else part[::-1]
