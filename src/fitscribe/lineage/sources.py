"""What readers give, as the beginning of a line: one frame or array, or several from one file."""

from __future__ import annotations

from typing import Any

from fitscribe.capture.files import describe_file
from fitscribe.lineage import tables
from fitscribe.lineage.nodes import Node
from fitscribe.lineage.objects import shape_of
from fitscribe.lineage.registry import Registry
from fitscribe.lineage.selections import marks_of

# Sheets of a workbook, tables of a page.
_PARTS = 20


def note_source(known: Registry, obj: Any, by: str, path: Any, facts: dict[str, Any]) -> Node | None:
    """Know what was read from here on.

    Args:
        known: where it is known.
        obj: data, something that data is taken from, or a dict or list of data.
        by: the function that gave it.
        path: the file; None where there is none.
        facts: plain facts.

    Returns:
        The node of the data; None where there is not exactly one.
    """
    if path is not None:
        facts = describe_file(path) | facts
    with known.lock:
        if isinstance(obj, dict):
            for name, part in list(obj.items())[:_PARTS]:
                if shape_of(part) is not None:
                    known.add(part, by, (), facts={**facts, "part": name})
            return None
        if type(obj) is list and obj and hasattr(type(obj[0]), "shape"):
            for index, part in enumerate(obj[:_PARTS]):
                known.add(part, by, (), facts={**facts, "part": index})
            return None
        node = known.add(obj, by, (), facts=facts)
        if tables.is_pandas(obj):
            # The name it has now is often given to what is left of it after cleaning.
            node.marks = marks_of(obj)
        return node
