"""The files that are made from a matrix and its results, and what each of them should hold."""

from __future__ import annotations

from pathlib import Path

from fitscribe.matrix.generated import compiled, tox_ini
from fitscribe.matrix.pages import with_generated
from fitscribe.matrix.results import load_results
from fitscribe.matrix.schema import load


def files_of(path: Path | None, root: Path = Path()) -> dict[Path, str]:
    """What each generated file should hold.

    Args:
        path: of the matrix of an integration; by default fitscribe's own.
        root: the checkout of fitscribe's own.

    Raises:
        MatrixError: the matrix or the results cannot be read.
    """
    if path is not None:
        return {path.parent / "_compat.json": compiled(load(path))}
    matrix, results = load(root / "compat_matrix.yaml"), load_results(root / "compat_results.json")
    found = {root / "src/fitscribe/_compat.json": compiled(matrix), root / "tox.ini": tox_ini(matrix)}
    for page in (root / "README.md", *sorted((root / "docs").glob("*.md"))):
        text = with_generated(page, matrix, results)
        if text is not None:
            found[page] = text
    return found


def stale(expected: dict[Path, str]) -> list[Path]:
    """Those that do not hold what they should."""
    return [path for path, text in expected.items() if not path.is_file() or path.read_text("utf-8") != text]


def write_stale(expected: dict[Path, str]) -> list[Path]:
    """Bring files up to date; return those that were not."""
    found = stale(expected)
    for path in found:
        path.write_text(expected[path], "utf-8")
    return found
