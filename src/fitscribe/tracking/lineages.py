"""What the data of a run descends from, of all its roles together, whoever knows of which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fitscribe import lineage
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.lineage import Node
    from fitscribe.tracking.run import ActiveRun

_known: WeakTable[dict[str, Node]] = WeakTable()


def log_lineage(run: ActiveRun, nodes: Mapping[str, Node | None]) -> None:
    """Record what data descends from, beside what the run has of other roles, where anything was seen of it.

    Args:
        run: the run.
        nodes: what is known of the data of each role, such as ``train`` and ``train target``; None of what
            nothing is known of.
    """
    known = {**(_known.get(run) or {}), **{role: node for role, node in nodes.items() if node is not None}}
    _known.set(run, known)
    if any(node.by or node.of for node in known.values()):
        run.log_record("lineage", "lineage", lineage.describe(known))
