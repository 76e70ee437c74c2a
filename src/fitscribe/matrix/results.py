"""What came of the cells of a matrix: `compat_results.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fitscribe.matrix.document import MatrixError
from fitscribe.matrix.schema import Cell, Matrix

FORMAT = 1

PASSED = "passed"
FAILED = "failed"
NOT_INSTALLED = "not installed"
NO_PYTHON = "no such Python"

# The state of a row whose sources did not stay what they were while it ran.
CHANGED = "changed meanwhile"


@dataclass(frozen=True)
class Row:
    """What came of one cell.

    Attributes:
        outcome: one of the words of this module.
        state: of the sources, see `Project.states`.
        fitscribe: its version.
        python: the whole version, such as ``3.10.13``; empty where there was none.
        system: the operating system, such as ``Linux``.
        machine: the architecture, such as ``x86_64``.
        date: in UTC, such as ``2026-11-29``.
        passed: how many tests passed.
        failed: how many failed, errors included.
        skipped: how many were skipped, or failed as they are known to.
        cpu_s: seconds of CPU that the tests took, their processes included.
        seconds: from the first step to the last, on a clock.
        installed: the versions of what the cell asks for, of NumPy and of wrapt, as they were installed.
        points: how many patch points were applied.
        unapplied: the others by id, each with its state and the reason.
        unmet: places of patch points where what the observer relies on differs.
        why: what went wrong: the first failing tests, or the last line of what said so.
    """

    outcome: str
    state: str = ""
    fitscribe: str = ""
    python: str = ""
    system: str = ""
    machine: str = ""
    date: str = ""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    cpu_s: float = 0.0
    seconds: float = 0.0
    installed: dict[str, str] = field(default_factory=dict)
    points: int = 0
    unapplied: dict[str, str] = field(default_factory=dict)
    unmet: dict[str, str] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def is_green(self) -> bool:
        """Whether the tests ran, and none failed."""
        return self.outcome == PASSED


@dataclass(frozen=True)
class Results:
    """What came of the cells that were run.

    Attributes:
        rows: by the name of the cell.
        complete: whether there is one of every cell, and all are of one state of the sources. Such a file
            makes a claim: it may leave out nothing that the matrix calls tested.
    """

    rows: Mapping[str, Row]
    complete: bool = False

    def with_row(self, cell: Cell, row: Row) -> Results:
        """These, and what came of one more cell; whether they are complete is not known any more."""
        return Results({**self.rows, cell.name: row})

    def settled(self, cells: Iterable[Cell], states: Mapping[str, str]) -> Results:
        """These in the order of the matrix, without those of cells that are gone from it.

        Args:
            cells: of the matrix.
            states: those of the sources now, by the name of the cell.
        """
        cells = list(cells)
        rows = {cell.name: self.rows[cell.name] for cell in cells if cell.name in self.rows}
        complete = all(cell.name in rows and rows[cell.name].state == states[cell.name] for cell in cells)
        return Results(rows, complete)


def load_results(path: Path) -> Results:
    """Read the results.

    Returns:
        None of them where the file is not there.

    Raises:
        MatrixError: the file is no such file.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise MatrixError(f"{path} has format {document['format']!r}, not {FORMAT}")
        rows = {name: Row(**{**row, "why": tuple(row["why"])}) for name, row in document["cells"].items()}
        return Results(rows, document["complete"])
    except FileNotFoundError:
        return Results({})
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise MatrixError(f"{path} does not hold the results of a matrix: {error!r}") from error


def save_results(path: Path, results: Results) -> None:
    """Write the results, in one step: whoever ends the run in the middle of it loses none."""
    document = {
        "format": FORMAT,
        "complete": results.complete,
        "cells": {name: asdict(row) for name, row in results.rows.items()},
    }
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    beside.replace(path)


def unproved(matrix: Matrix, results: Results) -> tuple[list[str], list[str]]:
    """Which claims of a matrix its results do not bear out.

    Args:
        matrix: what it says is tested.
        results: what was run.

    Returns:
        Those that are wrong, and those that nothing is known of yet. What is missing is wrong only where the
        results claim to be complete.
    """
    wrong, missing = [], []
    for cell in matrix.tested:
        row = results.rows.get(cell.name)
        if row is None:
            missing.append(f"{cell.name} is tested, and was not run")
        elif not row.is_green:
            wrong.append(
                f"{cell.name} is tested, and {row.outcome}: {'; '.join(row.why[:1]) or 'unexplained'}"
            )
        else:
            missing += [f"{cell.name} was run with {other}" for other in _others(cell, row)]
    return ([*wrong, *missing], []) if results.complete else (wrong, missing)


def _others(cell: Cell, row: Row) -> list[str]:
    """What a cell was run with that is not what the matrix asks for now."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found = []
    for text in cell.requirements:
        wanted = Requirement(text)
        version = row.installed.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            found.append(f"{wanted.name} {version or 'of no known version'}, not {text}")
    if not row.python.startswith(f"{cell.python}."):
        found.append(f"Python {row.python}, not {cell.python}")
    return found
