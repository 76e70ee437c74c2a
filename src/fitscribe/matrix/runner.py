"""Running cells of a matrix, several at a time, and keeping what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from fitscribe.matrix.files import files_of, write_stale
from fitscribe.matrix.processes import Processes
from fitscribe.matrix.project import Project
from fitscribe.matrix.results import Results, Row, load_results, save_results
from fitscribe.matrix.running import Environment, Tell
from fitscribe.matrix.schema import Cell, Matrix

if TYPE_CHECKING:
    from rich.console import Console

Work = Callable[[Cell, Tell], Row]


def chosen(matrix: Matrix, names: Sequence[str]) -> list[Cell]:
    """The cells that were asked for.

    Args:
        matrix: that has them.
        names: each the name of a cell, a framework and its version (``sklearn==1.4.2``) on every Python, the
            name of a framework, or ``core``; none means all.

    Raises:
        LookupError: no cell is called so.
    """
    if not names:
        return matrix.cells
    found: dict[str, Cell] = {}
    for name in names:
        fitting = [cell for cell in matrix.cells if name in _names(cell)]
        if not fitting:
            known = [known for cell in matrix.cells for known in _names(cell)]
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(dict.fromkeys(known))}"
            raise LookupError(f"the matrix has no {name!r}: {hint}")
        found |= {cell.name: cell for cell in fitting}
    return list(found.values())


def _names(cell: Cell) -> tuple[str, ...]:
    if not cell.framework:
        return cell.name, "core"
    return cell.name, f"{cell.framework}=={cell.version}", cell.framework


def due(cells: Iterable[Cell], rows: Mapping[str, Row], project: Project) -> list[Cell]:
    """Those cells that are not green for the sources as they are; what took longest comes first."""
    cells = list(cells)
    states = project.states(cells)

    def is_done(cell: Cell) -> bool:
        row = rows.get(cell.name)
        return row is not None and row.is_green and row.state == states[cell.name]

    left = [cell for cell in cells if not is_done(cell)]
    # Of an unknown one the worst is assumed: what begins last must not be what takes longest.
    return sorted(left, key=lambda cell: -rows[cell.name].cpu_s if cell.name in rows else float("-inf"))


def run_cells(
    project: Project, matrix: Matrix, cells: Sequence[Cell], *, jobs: int, console: Console
) -> Results:
    """Run cells of the matrix; what comes of each is kept at once: a run that is ended goes on later.

    Args:
        project: whose tests are run.
        matrix: its cells give the order of the file, and say when it is complete.
        cells: what to run.
        jobs: how many at a time.
        console: for the live table.

    Returns:
        All that is known now.

    Raises:
        KeyboardInterrupt: as the user asked; nothing goes on running.
    """

    def keep(cell: Cell, row: Row) -> None:
        # Read anew: somebody may run other cells beside this.
        known = load_results(project.results).with_row(cell, row)
        save_results(project.results, known.settled(matrix.cells, project.states(matrix.cells)))
        if project.is_ours:
            # The tests of the cells that go on hold the pages to the results.
            write_stale(files_of(None, project.root))

    each_in_an_environment(project, cells, jobs=jobs, console=console, keep=keep)
    return load_results(project.results)


def each_in_an_environment(
    project: Project,
    cells: Sequence[Cell],
    *,
    jobs: int,
    console: Console,
    keep: Callable[[Cell, Row], None],
) -> None:
    """Run each cell in an environment of its own, and give what came of it to `keep`, one at a time."""
    processes = Processes()
    folder = project.root / ".nox" / "matrix"

    def work(cell: Cell, tell: Tell) -> Row:
        return Environment(project, cell, folder / cell.name, processes).run(tell)

    at_a_time(cells, work, jobs=jobs, console=console, keep=keep, stop=processes.stop)


def at_a_time(
    cells: Sequence[Cell],
    work: Work,
    *,
    jobs: int,
    console: Console,
    keep: Callable[[Cell, Row], None],
    stop: Callable[[], None],
) -> None:
    """Do some work for each cell, several at a time, with a live table.

    Args:
        cells: in the order in which they are begun.
        work: done in a thread; it tells of its steps, and may raise `Stopped`.
        jobs: how many at a time.
        console: for the table.
        keep: given the results, one at a time.
        stop: makes all work that goes on raise `Stopped`; called where this is ended early.
    """
    from fitscribe.matrix.progress import Progress

    with Progress(console, len(cells)) as progress, ThreadPoolExecutor(jobs) as pool:

        def begin(cell: Cell) -> Row:
            def tell(step: str, log: Path) -> None:
                progress.begins(cell, step, log)

            return work(cell, tell)

        tasks = {pool.submit(begin, cell): cell for cell in cells}
        try:
            for task in as_completed(tasks):
                cell, row = tasks[task], task.result()
                keep(cell, row)
                progress.ends(cell, row)
        except BaseException:
            stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
