"""The lineage of a run's data, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.capture import plain_value
from fitscribe.lineage.nodes import Node

NODES = 50


def describe(nodes_by_role: Mapping[str, Node]) -> dict[str, Any]:
    """The record of kind ``lineage``: the data of each role, and what it descends from.

    Args:
        nodes_by_role: such as ``{"train": ..., "train target": ..., "test": ...}``.

    Returns:
        ``nodes``, parents first, each with ``id``, ``by`` (``not seen`` where nobody knows), ``of`` (ids),
        ``container``, ``shape``, ``facts``, and of what was read from a file also ``path``, ``size``,
        ``modified`` and ``fingerprint``; ``roles``: the id per role. Of more than 50 nodes those that are
        nearest to the roles; ``left_out`` says how many others there are.
    """
    near: dict[int, Node] = {}
    todo = list(nodes_by_role.values())
    while todo:
        node = todo.pop(0)
        if node.number not in near:
            near[node.number] = node
            todo.extend(node.of)
    kept = list(near.values())[:NODES]
    names = {node.number: f"d{node.number}" for node in kept}
    record: dict[str, Any] = {
        "nodes": [_plain(node, names) for node in sorted(kept, key=lambda node: node.number)],
        "roles": {role: names[node.number] for role, node in nodes_by_role.items() if node.number in names},
    }
    if len(near) > len(kept):
        record["left_out"] = len(near) - len(kept)
    return record


_OF_A_FILE = ("path", "size", "modified", "fingerprint")


def _plain(node: Node, names: Mapping[int, str]) -> dict[str, Any]:
    facts = {name: plain_value(value) for name, value in node.facts.items()}
    plain: dict[str, Any] = {
        "id": names[node.number],
        "by": node.by or "not seen",
        "of": [names[parent.number] for parent in node.of if parent.number in names],
        "container": node.container,
        "shape": list(node.shape) if node.shape is not None else None,
    }
    plain.update({name: facts.pop(name) for name in _OF_A_FILE if name in facts})
    return plain | {"facts": facts}
