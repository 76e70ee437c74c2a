"""Imports frameworks and says what became of their patch points: a process that ``doctor`` starts.

It is called with the names of frameworks as its arguments; one JSON document on standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from fitscribe import engine
from fitscribe.engine.activation import declared, import_module_of
from fitscribe.engine.entries import integration_of


def probe(frameworks: list[str]) -> dict[str, Any]:
    """Switch fitscribe on, then import frameworks as a script would.

    Args:
        frameworks: their names.

    Returns:
        `points`, the state of each patch point, and the errors of what does not import: of frameworks as
        `failed`, of integrations as `unloadable`.
    """
    engine.activate()
    failed, unloadable = {}, {}
    for entry in declared():
        if entry.name not in frameworks:
            continue
        try:
            importlib.import_module(entry.name)
            try:
                points = integration_of(entry).points
            except Exception as error:
                unloadable[entry.name] = f"{type(error).__name__}: {error}"
                continue
            for point in points:
                import_module_of(point)
        except Exception as error:  # whatever a broken installation raises is what the user wants to know
            failed[entry.name] = f"{type(error).__name__}: {error}"
    states = [status._asdict() for status in engine.coverage()]
    return {"points": states, "failed": failed, "unloadable": unloadable}


def main() -> None:
    """Keep what frameworks print while they are imported out of the document."""
    document = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(document, "w", encoding="utf-8") as output:
        json.dump(probe(sys.argv[1:]), output)
