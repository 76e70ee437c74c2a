"""How deep trees are, read from the bytes of a saved booster: writing them out as text takes much longer."""

from __future__ import annotations

import sys
from typing import Any

# A list of 32-bit integers in UBJSON: its length follows in 64 bits, then they do, the high bytes first.
_INTEGERS = b"[$l#L"
_LENGTH = 8


def depth_of(raw: bytearray, trees: int) -> int | None:
    """Return how deep the deepest tree is; None where the bytes are not as those of XGBoost 1.7 to 3.2.

    Args:
        raw: what ``Booster.save_raw(raw_format="ubj")`` gave.
        trees: how many there are.
    """
    numpy: Any = sys.modules["numpy"]
    left, right = _lists(raw, b"left_children"), _lists(raw, b"right_children")
    sizes = [each.size for each in left]
    if not trees or len(left) != trees or sizes != [each.size for each in right]:
        return None
    roots = numpy.cumsum([0, *sizes[:-1]])
    first = numpy.repeat(roots, sizes)  # of the tree that a node is in
    lefts, rights = numpy.concatenate(left), numpy.concatenate(right)
    nodes, depth = roots, 0
    while True:
        nodes = nodes[lefts[nodes] >= 0]  # leaves have no children
        if not nodes.size:
            return depth
        nodes = numpy.concatenate([lefts[nodes] + first[nodes], rights[nodes] + first[nodes]])
        depth += 1


def _lists(raw: bytearray, name: bytes) -> list[Any]:
    """The lists of a name, one for each tree."""
    frombuffer = sys.modules["numpy"].frombuffer
    beginning, found = name + _INTEGERS, []
    at = raw.find(beginning)
    while at >= 0:
        at += len(beginning) + _LENGTH
        count = int.from_bytes(raw[at - _LENGTH : at], "big")
        found.append(frombuffer(raw, ">i4", count, at))
        at = raw.find(beginning, at + 4 * count)
    return found
