"""A live table of the cells that are being run, and a line for each that is done."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fitscribe.matrix.results import Row
from fitscribe.matrix.schema import Cell

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_TAIL = 400


class Doing(NamedTuple):
    """What is going on in a cell."""

    cell: Cell
    step: str
    log: Path
    began: float


class Progress:
    """What a person sees while cells are run, a context. Where nobody watches, lines alone are written.

    Args:
        console: where to.
        number: how many cells are to be run.
    """

    def __init__(self, console: Console, number: int) -> None:
        from rich.live import Live

        self._console = console
        self._number = number
        self._done: list[Row] = []
        self._doing: dict[str, Doing] = {}
        self._began = time.monotonic()
        # Asked for anew four times a second.
        self._live = Live(console=console, get_renderable=self._table, transient=True)

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def begins(self, cell: Cell, step: str, log: Path) -> None:
        """A cell has come to a step."""
        known = self._doing.get(cell.name)
        began = known.began if known is not None else time.monotonic()
        self._doing[cell.name] = Doing(cell, step, log, began)

    def ends(self, cell: Cell, row: Row) -> None:
        """A cell is done."""
        self._doing.pop(cell.name, None)
        self._done.append(row)
        self._console.print(*line_of(cell, row), sep="\n", highlight=False, markup=True, soft_wrap=True)

    def _table(self) -> RenderableType:
        from rich.table import Table

        red = sum(not row.is_green for row in self._done)
        title = f"{len(self._done)} of {self._number} cells, {red} failed, {_clock(self._began)}"
        table = Table("cell", "Python", "step", "", "since", title=title, title_justify="left", box=None)
        # A copy: other threads change it meanwhile.
        for doing in list(self._doing.values()):
            cell, step, log, began = doing
            table.add_row(cell.name, cell.python, step, _percent(log), _clock(began))
        return table


def line_of(cell: Cell, row: Row) -> Sequence[str]:
    """What is said of a cell that is done, in the markup of rich; what went wrong follows, a line each."""
    from rich.markup import escape

    style = "green" if row.is_green else "bold red"
    counts = f"{row.passed} passed, {row.failed} failed, {row.skipped} skipped"
    head = f"{cell.name:<28} {cell.python:<5} [{style}]{row.outcome}[/]  {counts}, {row.cpu_s:.0f} s of CPU"
    return [head, *(f"    {escape(line)}" for line in (*row.why, *_of_points(row)))]


def _of_points(row: Row) -> list[str]:
    return [f"{point}: {why}" for point, why in row.unapplied.items()]


def _percent(log: Path) -> str:
    """How far pytest says it is: the last percentage in the log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            found = re.findall(rb"\[ *(\d+)%\]", file.read())
    except FileNotFoundError:
        return ""
    return f"{int(found[-1])} %" if found else ""


def _clock(began: float) -> str:
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    return f"{minutes}:{seconds:02}"
