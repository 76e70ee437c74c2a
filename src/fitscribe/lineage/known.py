"""What is known of data, by weak references: by identity, memory, pandas rows, values and shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import Any, NamedTuple

from fitscribe.lineage import columns, tables
from fitscribe.lineage.layouts import layout
from fitscribe.lineage.memory import Memories
from fitscribe.lineage.nodes import Node
from fitscribe.lineage.objects import is_array, nowhere, reference_to
from fitscribe.lineage.prints import value_print

MOST = 4096
_FIRST_SWEEP = 256
# Frames that are asked what they have, data of one shape that is compared, frames of the same rows.
FRAMES = 4
_OF_ONE_SHAPE = 8
_OF_THE_SAME_ROWS = 16


class KnownObject(NamedTuple):
    """One object that is known by identity; its rows identity tells whether it was changed in place."""

    reference: Callable[[], Any]
    node: Node
    rows_identity: Any


class Known:
    """All that is known, for as long as the data is there; entries of what is gone are swept now and then.

    Attributes:
        objects: by id, of what is known by identity.
        memories: of NumPy arrays.
        indexes: by id of the identity of a pandas index, that, and what has these rows: the first and the
            latest.
        prints: by shape and print, of what takes no weak reference.
        shapes: the latest of each shape.
    """

    def __init__(self) -> None:
        self.objects: dict[int, KnownObject] = {}
        self.memories = Memories()
        self.indexes: dict[int, tuple[Any, list[Node]]] = {}
        self.prints: dict[tuple[tuple[int, ...], str], Node] = {}
        self.shapes: dict[tuple[int, ...], list[Node]] = {}
        self._sweep_at = _FIRST_SWEEP

    def is_as_noted(self, obj: Any, node: Node) -> bool:
        """Whether an object still has the rows that a node says it has: a table may be sorted in place.

        Args:
            obj: what the node was made of, which is there still.
            node: what was known of it.
        """
        if not tables.is_pandas(obj):
            return True
        known = self.objects.get(id(obj))
        return known is None or (known.node is node and known.rows_identity is tables.row_identity(obj))

    def add(self, obj: Any, node: Node, *, anew: bool = False) -> None:
        """Know an object from here on.

        Args:
            obj: the object.
            node: what is known of it.
            anew: its values are new, wherever they lie: what was known of the memory holds no more.
        """
        self.note_shape(node)
        if is_array(obj):
            self.memories.of_or_new(obj).add(layout(obj), node)
        elif tables.is_pandas(obj):
            identity = tables.row_identity(obj)
            self.objects[id(obj)] = KnownObject(reference_to(obj), node, identity)
            if identity is not None:
                nodes = self.indexes.setdefault(id(identity), (identity, []))[1]
                nodes.append(node)
                del nodes[1:-_OF_THE_SAME_ROWS]
            for array, names in tables.blocks(obj):
                memory, where = self.memories.of_or_new(array), layout(array)
                if anew or memory.locate(where) is None:
                    memory.add(where, node, names)
        else:
            reference = reference_to(obj)
            if reference is not nowhere:
                self.objects[id(obj)] = KnownObject(reference, node, None)
            elif node.shape is not None:
                node.print = node.print or value_print(obj, node.shape)
                if node.print is not None:
                    self.prints[node.shape, node.print] = node
        self._sweep()

    def note_shape(self, node: Node) -> None:
        """Compare what has the same shape with this from here on."""
        if node.shape is not None:
            latest = self.shapes.setdefault(node.shape, [])
            if not latest or latest[-1] is not node:
                latest.append(node)
                del latest[:-_OF_ONE_SHAPE]

    def frames(self, wanted: Callable[[Node], bool]) -> Iterator[tuple[Any, Node]]:
        """The latest frames that are alive and wanted, a few of them."""
        found = 0
        for known in reversed(list(self.objects.values())):
            node = known.node
            if node.shape is None or len(node.shape) != 2 or not wanted(node):
                continue
            frame = known.reference()
            if tables.is_pandas(frame) or columns.is_polars(frame):
                yield frame, node
                found += 1
                if found == FRAMES:
                    return

    def nodes(self) -> list[Node]:
        """All nodes of data that may be there, the oldest first."""
        nodes = [known.node for known in list(self.objects.values())] + self.memories.nodes()
        return sorted(nodes, key=lambda node: node.number)

    def _sweep(self) -> None:
        if self._size() < self._sweep_at:
            return
        alive = {key: known for key, known in self.objects.items() if known.reference() is not None}
        self.objects = _newest(alive)
        self.memories.sweep(MOST)
        self.indexes, self.prints = _newest(self.indexes), _newest(self.prints)
        self.shapes = _newest(self.shapes)
        self._sweep_at = max(_FIRST_SWEEP, 2 * self._size())

    def _size(self) -> int:
        known: tuple[Sized, ...] = (self.objects, self.memories, self.indexes, self.prints, self.shapes)
        return sum(len(each) for each in known)


def _newest(known: dict[Any, Any]) -> dict[Any, Any]:
    return dict(list(known.items())[-MOST:])
