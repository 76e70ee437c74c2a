"""The trees of a model, read from LightGBM's own text of it."""

from __future__ import annotations

from typing import NamedTuple

_TREE = "\nTree="


class Shape(NamedTuple):
    """How large trees are.

    Attributes:
        leaves: of all of them together.
        depth: of the deepest one: splits from its root to its farthest leaf.
    """

    leaves: int
    depth: int


def shape(text: str) -> Shape:
    """Return how large the trees of a model are.

    Args:
        text: what `Booster.model_to_string` gave (3.3 to 4.7), or the beginning of it.
    """
    leaves = depth = 0
    for block in text.split(_TREE)[1:]:
        leaves += int(field(block, "num_leaves"))
        depth = max(depth, _depth(field(block, "left_child"), field(block, "right_child")))
    return Shape(leaves, depth)


def beginning(text: bytes, trees: int) -> bytes:
    """Return the text of a model up to the end of some tree.

    Args:
        text: of the model.
        trees: how many there are to be.
    """
    end = text.find(f"{_TREE}{trees}\n".encode())
    return text if end < 0 else text[:end]


def field(block: str, name: str) -> str:
    """Return the value of one line of the text of a tree; empty where there is none, as in one with no split.

    Args:
        block: the text of the tree.
        name: what stands before the ``=``.
    """
    start = block.find(f"\n{name}=")
    if start < 0:
        return ""
    start += len(name) + 2
    end = block.find("\n", start)
    return block[start:] if end < 0 else block[start:end]


def _depth(left: str, right: str) -> int:
    """The depth of a tree, by the children of each split; leaves are negative."""
    lefts, rights = left.split(), right.split()
    depths = [1] * len(lefts)
    # A split is made of a leaf that is there already: its number is higher than that of the one above it.
    for split, children in enumerate(zip(map(int, lefts), map(int, rights), strict=True)):
        for child in children:
            if child > 0:
                depths[child] = depths[split] + 1
    return max(depths, default=0)
