"""pandas: which columns of a frame another object is, and whether its values still are those."""

from __future__ import annotations

import sys
from typing import Any

from fitscribe.lineage.nodes import Node, Variable
from fitscribe.lineage.objects import shape_of
from fitscribe.lineage.prints import value_print


def variable_of(names: tuple[Any, ...], table: Any, base: Node) -> Variable:
    """What columns of these names are of the base, a frame or the array that a frame was made around."""
    if names == base.columns or (base.columns is None and table.shape[1:] == (base.shape or ())[1:]):
        return base.variable
    if base.columns is None:
        return Variable()
    return Variable(base.variable, ("column", names[0]) if table.ndim == 1 else ("columns", names))


def holds(base: Node, table: Any, names: tuple[Any, ...]) -> bool:
    """Whether a frame or series has these very values, as far as it is still there to be asked."""
    whole = base.find()
    if whole is None:
        return False
    if whole.ndim > table.ndim or names != base.columns:
        places = [whole.columns.get_loc(name) for name in names if name in whole.columns]
        if len(places) != len(names) or not all(type(place) is int for place in places):
            return False
        # By place, as pandas before 3 keeps what is read by name within the frame.
        whole = whole.iloc[:, places[0] if table.ndim == 1 else places]
    shape = shape_of(table)
    found = value_print(table, shape) if shape is not None else None
    if found is not None and shape is not None:
        return found == value_print(whole, shape)
    numpy = sys.modules["numpy"]
    return table.ndim == 1 and bool(numpy.shares_memory(whole.to_numpy(), table.to_numpy()))
