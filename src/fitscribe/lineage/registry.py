"""The data that is known, by weak references: found again by identity, memory, rows and values."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from itertools import islice
from typing import Any

from fitscribe.capture import type_name
from fitscribe.engine import guarded
from fitscribe.lineage import columns, tables
from fitscribe.lineage.containing import contains
from fitscribe.lineage.known import FRAMES, Known
from fitscribe.lineage.layouts import layout, owner_of
from fitscribe.lineage.memory import described
from fitscribe.lineage.nodes import Node, Variable
from fitscribe.lineage.objects import is_array, reference_to, shape_of
from fitscribe.lineage.prints import value_print
from fitscribe.lineage.rows import HELD_OUT, Rows, Selection, relation
from fitscribe.lineage.selections import marked_rows, selected_rows
from fitscribe.lineage.taking import holds, variable_of

_COPY = "copy of"


class Registry:
    """All that is known of data in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.known = Known()

    # -- looking up

    def look_up(self, obj: Any) -> Node | None:
        """What is known of an object, by whatever leads to it first; None where nothing does."""
        node = self.look_up_place(obj)
        return node or self._look_up_values(obj) or self._look_up_columns(obj) or self._look_up_rows(obj)

    def look_up_place(self, obj: Any) -> Node | None:
        """As :meth:`look_up`, by identity, memory and pandas rows alone: by no values."""
        node: Node | None
        if is_array(obj):
            memory = self.known.memories.of(obj)
            node = memory.look_up(layout(obj)) if memory is not None else None
            if node is not None:
                self.known.note_shape(node)
        elif tables.is_pandas(obj):
            node = self._look_up_table(obj)
        else:
            known = self.known.objects.get(id(obj))
            node = known.node if known is not None and known.reference() is obj else None
        return node

    def _look_up_table(self, table: Any) -> Node | None:
        identity = tables.row_identity(table)
        known = self.known.objects.get(id(table))
        if known is not None and known.reference() is table and known.rows_identity is identity:
            return known.node
        token, nodes = self.known.indexes.get(id(identity), (None, []))
        names = tables.names_of(table)
        if identity is not None and token is identity:
            whole = next((node for node in reversed(nodes) if self._is_taken(table, names, node)), None)
            if whole is None and names and not any(self._is_assigned(names[0], node) for node in nodes):
                found = self._look_up_rows(table, of_all_columns=True)
                if found is not None:
                    return found
            node = self._same_rows(table, names, whole or nodes[0], taken=whole is not None)
            self.known.add(table, node)
            return node
        for array, _ in tables.blocks(table):
            memory = self.known.memories.of(array)
            located = memory.locate(layout(array)) if memory is not None else None
            if located is not None:
                grid, part = located
                base = grid.node
                node = self._node(
                    table,
                    described(
                        part.rows, count=grid.layout.shape[0], columns=base.columns not in (None, names)
                    ),
                    (base,),
                    rows=base.rows.known.take(part.rows),
                    variable=variable_of(names, table, base),
                )
                self.known.add(table, node)
                return node
        return None

    def _is_taken(self, table: Any, names: tuple[Any, ...], base: Node) -> bool:
        """Whether a table has columns of a base with the same rows, and not something computed from them."""
        if not names or not set(names).issubset(base.columns or ()):
            return False
        # Mapping labels and scaling keep the names.
        if len(names) > 1 and names != base.columns:
            return True
        return not self._is_assigned(names[0], base) and holds(base, table, names)

    def _is_assigned(self, name: Any, base: Node) -> bool:
        """Whether a column was put into a frame since the frame became known: it is something else then."""
        whole = base.find() if name in (base.columns or ()) else None
        if whole is None or not tables.is_pandas(whole):
            return False
        held = (array for array, names in tables.blocks(whole) if name in names)
        return whole.ndim == 2 and any(self.known.memories.of(array) is None for array in held)

    def _same_rows(self, table: Any, names: tuple[Any, ...], base: Node, *, taken: bool) -> Node:
        shape = shape_of(table)
        if not taken:
            return self._node(table, "same rows as", (base,), rows=base.rows)
        return self._node(
            table,
            _COPY if base.shape == shape else "columns of",
            (base,),
            rows=base.rows,
            variable=variable_of(names, table, base),
        )

    def _look_up_values(self, obj: Any) -> Node | None:
        shape = shape_of(obj)
        if shape is None:
            return None
        candidates = self.known.shapes.get(shape)
        if candidates is None:
            return None
        found = value_print(obj, shape)
        if found is None:
            return None
        base = self.known.prints.get((shape, found))
        for node in reversed(candidates):
            if base is not None:
                break
            if node.print is None:
                alive = node.find()
                is_there = alive is not None and self.known.is_as_noted(alive, node)
                node.print = (value_print(alive, shape) if is_there else None) or ""
            if node.print == found:
                base = node
        if base is None:
            return None
        while base.by == _COPY:
            base = base.of[0]
        node = self._node(obj, _COPY, (base,), rows=base.rows, variable=base.variable)
        node.print = found
        self.known.add(obj, node)
        return node

    def _look_up_columns(self, obj: Any) -> Node | None:
        shape = shape_of(obj) if (is_array(obj) and obj.ndim == 2) or columns.is_polars(obj) else None
        if shape is None or 0 in shape:
            return None
        for frame, base in self.known.frames(
            lambda node: node.shape is not None and node.shape[0] == shape[0]
        ):
            names = columns.columns_in(frame, obj)
            if names is not None:
                key = ("column", names[0]) if len(shape) == 1 else ("columns", names)
                node = self._node(
                    obj, "columns of", (base,), rows=base.rows, variable=Variable(base.variable, key)
                )
                self.known.add(obj, node)
                return node
        return None

    def _look_up_rows(self, obj: Any, *, of_all_columns: bool = False) -> Node | None:
        names = tables.names_of(obj) if tables.is_pandas(obj) else ()
        if not names:
            return None
        own = set(names)
        for frame, base in self.known.frames(
            lambda node: not of_all_columns or own.issubset(node.columns or ())
        ):
            part = selected_rows(frame, obj) if tables.is_pandas(frame) else None
            if part is not None:
                return self._selected(obj, names, base, part)
        marked = (
            node for _, nodes in reversed(list(self.known.indexes.values())) for node in nodes if node.marks
        )
        for base in islice(marked, FRAMES):
            if base.marks is None or (of_all_columns and not own.issubset(base.columns or ())):
                continue
            # Other columns of the same rows are known already.
            part = marked_rows(base.marks, obj, 2 if of_all_columns else 4)
            if part is not None:
                return self._selected(obj, names, base, part)
        return None

    def _selected(self, obj: Any, names: tuple[Any, ...], base: Node, part: range | Selection) -> Node:
        own = set(names).issubset(base.columns or ())
        node = self._node(
            obj,
            described(part, (base.shape or (None,))[0], columns=own and names != base.columns),
            (base,),
            rows=base.rows.known.take(part),
            variable=variable_of(names, obj, base) if own else None,
        )
        self.known.add(obj, node)
        return node

    def is_among_held_out(self, obj: Any, trained_on: Node) -> bool:
        """See :func:`fitscribe.lineage.is_among_held_out`."""
        shape = shape_of(obj)
        if shape is None or not (is_array(obj) or tables.is_pandas(obj)):
            return False
        larger = (
            node
            for node in reversed(self.known.nodes())
            if node.shape is not None and node.shape[1:] == shape[1:] and node.shape[0] > shape[0]
        )
        held_out = (node for node in larger if relation(node.rows, trained_on.rows) == HELD_OUT)
        found = (node.find() for node in islice(held_out, FRAMES))
        return any(whole is not None and contains(whole, obj) for whole in found)

    # -- adding

    def taken(self, obj: Any, whole: Any, part: Selection) -> Node:
        """See :func:`fitscribe.lineage.taken`."""
        base = self.seen(whole)
        by = described(part, (base.shape or (None,))[0], columns=False)
        return self.add(obj, by, (base,), rows=base.rows.known.take(part), variable=base.variable)

    def seen(self, obj: Any) -> Node:
        """What is known of an object; where that is nothing, it is the beginning of a line."""
        found = self.look_up(obj)
        if found is not None:
            return found
        if is_array(obj):
            owner = owner_of(obj)
            if owner is not obj:
                # A slice of data that nobody has seen: others of the same data may come.
                if self.look_up(owner) is None:
                    self.add(owner, "", ())
                found = self.look_up(obj)
                if found is not None:
                    return found
        return self.add(obj, "", ())

    def add(
        self,
        obj: Any,
        by: str,
        of: tuple[Node, ...],
        *,
        rows: Rows | None = None,
        variable: Variable | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Node:
        """Know an object from here on, in place of what was known of it before."""
        node = self._node(obj, by, of, rows=rows, variable=variable, facts=facts)
        self.known.add(obj, node, anew=True)
        return node

    def _node(
        self,
        obj: Any,
        by: str,
        of: tuple[Node, ...],
        *,
        rows: Rows | None = None,
        variable: Variable | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Node:
        shape = shape_of(obj)
        return Node(
            by,
            of,
            _container(obj),
            shape,
            find=reference_to(obj),
            rows=rows or Rows(shape[0] if shape else None),
            variable=variable or Variable(),
            columns=(tables.names_of(obj) or None) if tables.is_pandas(obj) else None,
            facts=facts,
        )


def _container(obj: Any) -> str:
    """The type of data, which is for people alone: what is known of the rows does not hang on it."""
    with guarded("lineage, type of data"):
        return type_name(obj)
    return ""


registry = Registry()


def _renew() -> None:
    registry.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
