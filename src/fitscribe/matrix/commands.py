"""The commands of `python -m fitscribe.matrix` that run cells."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from fitscribe.matrix.project import Project, project_of
from fitscribe.matrix.releases import LookupFailed, available, moved, newer_cells, newest_cell
from fitscribe.matrix.results import Row, load_results
from fitscribe.matrix.runner import chosen, due, each_in_an_environment, run_cells
from fitscribe.matrix.schema import Cell, Framework, load

if TYPE_CHECKING:
    from rich.console import Console

_INTERRUPTED = 130


def run(path: Path | None, names: Sequence[str], *, jobs: int, again: bool) -> int:
    """Run cells that are not green for the sources as they are, and keep what comes of them.

    Args:
        path: of somebody's matrix; by default the one of fitscribe's checkout.
        names: see `chosen`.
        jobs: how many at a time.
        again: whether green ones are run as well.

    Returns:
        1 if one of the cells that were asked for is not green, else 0.

    Raises:
        MatrixError: the matrix or the results cannot be read.
        LookupError: a name is none of the matrix.
    """
    console = _console()
    project = project_of(path)
    matrix = load(project.matrix)
    cells = chosen(matrix, names)
    results = load_results(project.results)
    left = due(cells, {} if again else results.rows, project)
    if len(left) < len(cells):
        console.print(
            f"{len(cells) - len(left)} of {len(cells)} cells are green for these sources: not run again"
        )
    try:
        results = run_cells(project, matrix, left, jobs=jobs, console=console) if left else results
    except KeyboardInterrupt:
        console.print("ended; the same command goes on with what is left")
        return _INTERRUPTED
    red = [cell.name for cell in cells if not results.rows[cell.name].is_green]
    if red:
        logs = project.root / ".nox" / "matrix"
        console.print(
            f"not green: {', '.join(red)}. Logs: {logs}/CELL/log.txt", highlight=False, soft_wrap=True
        )
    return 1 if red else 0


def new(path: Path | None, names: Sequence[str], *, jobs: int) -> int:
    """Run what is newer than the newest tested version of each framework, and say what has moved.

    Args:
        path: as for `run`.
        names: of frameworks; none means all that are tested.
        jobs: how many at a time.

    Returns:
        1 if something has moved, or the package index does not answer, else 0.

    Raises:
        MatrixError: the matrix or the results cannot be read.
        LookupError: a name is none of the matrix.
    """
    console = _console()
    project = project_of(path)
    matrix = load(project.matrix)
    frameworks = {each.name: each for each in matrix.frameworks if each.cells}
    for name in names:
        if name not in frameworks:
            near = get_close_matches(name, frameworks, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(frameworks)}"
            raise LookupError(f"the matrix has no framework {name!r} that is tested: {hint}")
    if not frameworks:
        console.print("no version is tested yet: there is nothing to be newer than")
    found = [_newer(frameworks[name], console) for name in names or frameworks]
    cells = [cell for newer in found for cell in newer or ()]
    rows: dict[str, Row] = {}
    each_in_an_environment(
        project, cells, jobs=jobs, console=console, keep=lambda cell, row: rows.update({cell.name: row})
    )
    # Each is told of, not only up to the first that has moved.
    moves = [_report(project, frameworks[cell.framework], cell, rows, console) for cell in cells]
    return 1 if any(moves) or None in found else 0


def _newer(framework: Framework, console: Console) -> list[Cell] | None:
    """Cells for what is newer, said on the console; None where nobody knows."""
    newest = newest_cell(framework)
    distribution = newest.requirements[0].partition("==")[0]
    try:
        cells = newer_cells(framework, available(distribution, newest.python))
    except LookupFailed as error:
        console.print(f"{framework.name}: {error}", style="red", highlight=False, soft_wrap=True)
        return None
    found = ", ".join(cell.version for cell in cells) or "nothing"
    console.print(f"{framework.name}: newer than {newest.version}: {found}", highlight=False, soft_wrap=True)
    return cells


def _report(
    project: Project, framework: Framework, cell: Cell, rows: dict[str, Row], console: Console
) -> bool:
    """Say what has moved with a version; whether anything has."""
    newest = newest_cell(framework)
    move = moved(load_results(project.results).rows.get(newest.name), rows[cell.name])
    said = f"{cell.name}, against {newest.version}: {'moved' if move else 'nothing has moved'}"
    lines = [
        said,
        *(f"  patch point lost: {lost}" for lost in move.lost),
        *(f"  reliance that differs: {differs}" for differs in move.differs),
        *(f"  {failure}" for failure in move.failures),
    ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
    return bool(move)


def _console() -> Console:
    from rich.console import Console

    return Console()
