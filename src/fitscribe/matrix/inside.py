"""What an environment says of itself: a process that the runner of the matrix starts in it.

Usage: ``python -m fitscribe.matrix.inside FILE FRAMEWORK DISTRIBUTION...``; the file becomes a JSON document.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fitscribe import engine
from fitscribe.engine import gate
from fitscribe.engine.activation import declared, differing, import_module_of


def look(framework: str, distributions: list[str]) -> dict[str, Any]:
    """Import a framework where fitscribe is active, and see what became of its patch points.

    Args:
        framework: its name; empty for the core alone.
        distributions: those whose versions are asked for.

    Returns:
        `python`, `system`, `machine` and `fitscribe`; `installed`, a version for each distribution that is
        there; `applied`, the ids of patch points; `unapplied`, the state and reason of the others; `unmet`,
        the places where what an observer relies on differs; `error`, why the framework cannot be looked at,
        or nothing.
    """
    found: dict[str, Any] = {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "fitscribe": version("fitscribe"),
        "installed": {},
        "applied": [],
        "unapplied": {},
        "unmet": {},
        "error": "",
    }
    for name in distributions:
        try:
            found["installed"][name] = version(name)
        except PackageNotFoundError:
            continue
    if framework:
        try:
            found |= _points(framework)
        except Exception as error:  # whatever a broken installation raises is the answer
            found["error"] = f"{type(error).__name__}: {error}".partition("\n")[0]
    return found


def _points(framework: str) -> dict[str, Any]:
    (entry,) = (entry for entry in declared() if entry.name == framework)
    engine.activate()
    importlib.import_module(framework)
    for point in entry.load().points:
        import_module_of(point)
    statuses = [status for status in engine.coverage() if status.framework == framework]
    return {
        "applied": [status.id for status in statuses if status.state == gate.APPLIED],
        "unapplied": {
            status.id: f"{status.state}: {status.reason}"
            for status in statuses
            if status.state != gate.APPLIED
        },
        "unmet": differing(framework),
    }


def main() -> None:
    """Write what is seen to the file."""
    file, framework, *distributions = sys.argv[1:]
    Path(file).write_text(json.dumps(look(framework, distributions)), "utf-8")


if __name__ == "__main__":
    main()
