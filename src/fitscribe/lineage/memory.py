"""NumPy arrays, known by the memory they lie in: views and slices of what is known are known, too."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

from fitscribe.lineage.layouts import Layout, Part, layout, owner_of
from fitscribe.lineage.nodes import Node, Variable
from fitscribe.lineage.rows import Selection

REGIONS = 64
GRIDS = 32


class Grid(NamedTuple):
    """An array whose rows and columns are known, and what is known of it."""

    layout: Layout
    node: Node
    names: tuple[Any, ...] | None
    """Names of the columns where the array is a block of a data frame."""


class Memory:
    """What is known of the arrays that share one array's memory.

    Args:
        owner: the array that owns it; known weakly.
    """

    __slots__ = ("grids", "owner", "regions")

    def __init__(self, owner: Any) -> None:
        self.owner: Callable[[], Any] = weakref.ref(owner)
        self.regions: dict[Layout, Node] = {}
        self.grids: list[Grid] = []

    @classmethod
    def around(cls, array: Any) -> Memory:
        """The memory that an array lies in, with nothing known of it."""
        return cls(owner_of(array))

    def add(self, where: Layout, node: Node, names: tuple[Any, ...] | None = None) -> None:
        """Know an array; what was known of the same cells before was of other values.

        Args:
            where: its layout.
            node: what is known of it, or of the data frame that it is a block of.
            names: of the columns, for a block.
        """
        if names is None:
            self.remember(where, node)
        self.grids.append(Grid(where, node, names))
        del self.grids[:-GRIDS]

    def remember(self, where: Layout, node: Node) -> None:
        """Know these very cells again."""
        self.regions[where] = node
        if len(self.regions) > REGIONS:
            del self.regions[next(iter(self.regions))]

    def locate(self, where: Layout) -> tuple[Grid, Part] | None:
        """Of what known array this is which part; None where it is of none."""
        for grid in reversed(self.grids):
            part = grid.layout.part(where)
            if part is not None:
                return grid, part
        return None

    def look_up(self, where: Layout) -> Node | None:
        """What is known of an array in this memory: of itself, or as a part of what is known; else None."""
        node = self.regions.get(where)
        if node is None:
            located = self.locate(where)
            if located is not None:
                node = self._derived(*located, where)
                self.remember(where, node)
        return node

    def _derived(self, grid: Grid, part: Part, where: Layout) -> Node:
        base, key = grid.node, _named(part.columns, grid, len(where.shape))
        return Node(
            described(part.rows, grid.layout.shape[0], columns=bool(key)),
            (base,),
            "numpy.ndarray",
            where.shape,
            find=self.finder(where),
            rows=base.rows.known.take(part.rows),
            variable=Variable(base.variable, key) if key else base.variable,
        )

    def finder(self, where: Layout) -> Callable[[], Any]:
        """A function that gives the array of this layout for as long as the memory is there, read only."""
        owner = self.owner

        def find() -> Any:
            base = owner()
            if base is None or base.dtype != where.dtype:
                return None
            flags = base.flags
            if not (flags.c_contiguous or flags.f_contiguous):
                return None
            numpy = sys.modules["numpy"]
            flat = base.view(numpy.ndarray).ravel(order="K")
            first = (where.address - layout(base).address) // where.dtype.itemsize
            return numpy.lib.stride_tricks.as_strided(
                flat[first:], where.shape, where.strides, writeable=False
            )

        return find


def _named(columns: tuple[Any, ...], grid: Grid, dimensions: int) -> tuple[Any, ...]:
    """The key of a variable for columns of a grid: by name where they have names, as frames do."""
    names = grid.names
    if names is None:
        return columns
    if not columns:
        if names == grid.node.columns and dimensions == len(grid.node.shape or ()):
            return ()
        return ("column", names[0]) if dimensions == 1 else ("columns", names)
    if columns[0] == "column":
        return "column", names[columns[1]]
    if columns[0] == "columns":
        _, first, count, step = columns
        return "columns", tuple(names[first + index * step] for index in range(count))
    return columns


def described(rows: range | Selection, count: int | None = None, *, columns: bool) -> str:
    """In words, which rows and columns of something this is.

    Args:
        rows: which rows.
        count: how many there are of it.
        columns: whether these are not all of its columns.
    """
    what = ", columns of" if columns else " of"
    if isinstance(rows, Selection):
        return f"{len(rows)} rows{what}"
    if count is not None and rows == range(count):
        return "columns of" if columns else "view of"
    step = f":{rows.step}" if rows.step != 1 else ""
    return f"rows {rows.start}:{rows.stop if rows.stop >= 0 else ''}{step}{what}"


class Memories:
    """The memories of which anything is known, by their owner."""

    def __init__(self) -> None:
        self._known: dict[int, Memory] = {}

    def of(self, array: Any) -> Memory | None:
        """What is known of an array's memory."""
        owner = owner_of(array)
        memory = self._known.get(id(owner))
        # An id comes again when its object is gone.
        return memory if memory is not None and memory.owner() is owner else None

    def of_or_new(self, array: Any) -> Memory:
        """What is known of an array's memory, or an empty one that is known from here on."""
        memory = self.of(array)
        if memory is None:
            memory = Memory.around(array)
            self._known[id(owner_of(array))] = memory
        return memory

    def sweep(self, most: int) -> None:
        """Forget what is no longer there, and the oldest of what is more than that."""
        alive = {key: memory for key, memory in self._known.items() if memory.owner() is not None}
        self._known = dict(list(alive.items())[-most:])

    def nodes(self) -> list[Node]:
        """All nodes of arrays that are there."""
        return [node for memory in list(self._known.values()) for node in memory.regions.values()]

    def __len__(self) -> int:
        return len(self._known)
