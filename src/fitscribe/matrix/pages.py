"""What pages say of the matrix: the versions, what came of running them, and the badges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from fitscribe.matrix.document import MatrixError
from fitscribe.matrix.generated import FAMILIES
from fitscribe.matrix.results import Results, Row
from fitscribe.matrix.schema import Cell, Framework, Matrix

_END = "<!-- end -->"
_NOT_RUN = "not run yet"


def with_generated(path: Path, matrix: Matrix, results: Results) -> str | None:
    """The text of a page with what is generated in it as it should be.

    Args:
        path: a Markdown file. In it ``<!-- versions -->`` stands above a table of versions, that of one
            framework where the file is named after it, as ``docs/sklearn.md`` is; ``<!-- results -->`` above
            a table of all cells; ``<!-- badges -->`` above a badge per framework. The end of each is marked
            with ``<!-- end -->``.
        matrix: what is supported and tested.
        results: what was run.

    Returns:
        None where nothing in the page is generated.

    Raises:
        MatrixError: the end of something generated is not marked.
    """
    text = path.read_text("utf-8")
    known = {framework.name for framework in matrix.frameworks}
    name = path.stem.replace("-", "_")
    makers: dict[str, Callable[[], str]] = {
        "versions": lambda: versions_table(matrix, name if name in known else ""),
        "results": lambda: results_table(matrix, results),
        "badges": lambda: badges(matrix, results),
    }
    found = False
    for marker, make in makers.items():
        begin = f"<!-- {marker} -->"
        before, marked, rest = text.partition(f"{begin}\n")
        if not marked:
            continue
        _, end, after = rest.partition(_END)
        if not end:
            line = before.count("\n") + 1
            raise MatrixError(f"{path}:{line}: {begin} has no {_END} below it")
        text = f"{before}{marked}{make()}\n{_END}{after}"
        found = True
    return text if found else None


def versions_table(matrix: Matrix, only: str = "") -> str:
    """The versions as a Markdown table.

    Args:
        matrix: what to show.
        only: the name of a framework; by default the table has them all.
    """
    rows = []
    for framework in (*matrix.frameworks, *matrix.companions):
        if only in ("", framework.name, FAMILIES.get(framework.name)):
            tested = ", ".join(f"{cell.version} (Python {cell.python})" for cell in framework.cells)
            tested = tested or ", ".join(framework.compat.tested)
            rows.append([framework.title, f"`{framework.compat.supported}`", tested, _exceptions(framework)])
    return _table(["framework", "supported", "tested with", "exceptions"], rows)


def _exceptions(framework: Framework) -> str:
    found = [f"not `{bad.versions}`: {bad.reason}" for bad in framework.compat.known_bad]
    for name, point in framework.compat.points.items():
        if point.supported:
            found.append(f"{name}: `{point.supported}`")
        found += [f"{name}: not `{bad.versions}`: {bad.reason}" for bad in point.known_bad]
    return "; ".join(found) or "none"


def results_table(matrix: Matrix, results: Results) -> str:
    """What came of every cell, and how much of the whole that is."""
    claimed = {cell.name for cell in matrix.tested}
    rows = []
    for cell in matrix.cells:
        as_what = "tested" if cell.name in claimed else "candidate"
        rows.append([cell.framework or "core", cell.version, as_what, *_outcome(cell, results)])
    titles = ["framework", "version", "stands as", "Python", "outcome", "tests", "patch points", "CPU", "run"]
    return f"{_summary(matrix, results)}\n\n{_table(titles, rows)}"


def _summary(matrix: Matrix, results: Results) -> str:
    rows = [results.rows[cell.name] for cell in matrix.cells if cell.name in results.rows]
    red = sum(not row.is_green for row in rows)
    run = f"{len(rows)} of {len(matrix.cells)} cells were run, {red or 'none'} of them failed"
    if results.complete:
        hours = sum(row.cpu_s for row in rows) / 3600
        return f"The matrix is complete: {run}, all on one state of the sources, in {hours:.1f} hours of CPU."
    return f"**The matrix has not been run as a whole yet**: {run}, each on the state in the last column."


def _outcome(cell: Cell, results: Results) -> list[str]:
    row = results.rows.get(cell.name)
    if row is None:
        return [cell.python, _NOT_RUN, "", "", "", ""]
    tests = f"{row.passed} passed, {row.failed} failed, {row.skipped} skipped"
    outcome = row.outcome if row.is_green else f"**{row.outcome}**: {'; '.join(row.why[:1])}"
    return [row.python or cell.python, outcome, tests, _points(row), f"{row.cpu_s:.0f} s", _when(row)]


def _points(row: Row) -> str:
    whole = row.points + len(row.unapplied)
    if not whole:
        return ""
    others = "; ".join(f"{point}: {why}" for point, why in row.unapplied.items())
    return f"{row.points} of {whole}{f' ({others})' if others else ''}"


def _when(row: Row) -> str:
    return f"{row.date} on {row.system} {row.machine}, state {row.state}"


def badges(matrix: Matrix, results: Results) -> str:
    """A badge per framework that was run: its tested versions, and how many of its cells have passed."""
    found = (_badge(framework, results) for framework in matrix.frameworks if framework.cells)
    return "\n".join(badge for badge in found if badge)


def _badge(framework: Framework, results: Results) -> str:
    rows = [row for cell in framework.cells if (row := results.rows.get(cell.name)) is not None]
    if not rows:
        return ""
    tested = framework.compat.tested
    versions = tested[0] if len(tested) == 1 else f"{tested[0]} – {tested[-1]}"  # noqa: RUF001 - a range
    if not all(row.is_green for row in rows):
        verdict, color = "failed", "red"
    elif len(rows) < len(framework.cells):
        verdict, color = f"{len(rows)} of {len(framework.cells)} passed", "lightgrey"
    else:
        verdict, color = "passed", "brightgreen"
    message = f"{versions} {verdict}"
    label, shown = (quote(text.replace("-", "--").replace("_", "__")) for text in (framework.title, message))
    return f"![{framework.title} {message}](https://img.shields.io/badge/{label}-{shown}-{color})"


def _table(titles: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for row in rows:
        cells = (cell.replace("|", chr(92) + "|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
