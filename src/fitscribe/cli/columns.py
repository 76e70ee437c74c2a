"""Which columns a list of runs has: those asked for, else those in which the runs differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import joined, status, width_of
from fitscribe.cli.table import GAP, Column
from fitscribe.cli.text import ago, clock, decimals_of, duration, number, value
from fitscribe.reading.directions import direction_of, stated_in
from fitscribe.reading.leading import differing_params, leading_metrics

if TYPE_CHECKING:
    from rich.text import Text

    from fitscribe.reading import Run

# Of these a list has no more of its own accord, however wide the terminal is.
_METRICS, _PARAMS = 4, 6
# What a column is reckoned to take while it is decided whether it still fits; it may be cut to that.
_RECKONED = 16
_NAME_MINIMUM = 12


@dataclass(frozen=True)
class RunColumn:
    """One column of a list of runs.

    Attributes:
        layout: its title and alignment.
        cell: the cell of one run.
    """

    layout: Column
    cell: Callable[[Row], Text | str]


class Row:
    """One run of a list, as it is shown: read once, however many columns look at it.

    Args:
        run: the run.
        depth: 0, or for a child below its parent one more than that one's.
        children: how many it has, where that is to be shown.
    """

    def __init__(self, run: Run, depth: int = 0, children: int = 0) -> None:
        seen = run.snapshot()
        self.run = run
        self.id = run.id
        """What is shown of the id: a terminal gets its beginning."""
        self.depth = depth
        self.children = children
        self.status = seen.status
        self.params = seen.params
        self.metrics = {name: summary.last for name, summary in seen.summaries.items()}
        self.changed = seen.chosen


ID = RunColumn(Column("id", shrinks=False), lambda row: joined((row.id, "cyan")))
NAME = RunColumn(Column("name"), lambda row: "  " * row.depth + (row.run.name or ""))
EXPERIMENT = RunColumn(Column("experiment"), lambda row: row.run.experiment or "")
STATUS = RunColumn(Column("status", shrinks=False), lambda row: status(row.status))
WHEN = RunColumn(Column("started", shrinks=False), lambda row: joined((ago(row.run.started), "dim")))
TIME = RunColumn(
    Column("took", right=True, shrinks=False), lambda row: joined((duration(row.run.duration), "dim"))
)

# A moment later, or on a faster machine, these are wider or narrower; the columns beside them stay the same.
_TIMES = {WHEN.layout: len("59 min ago"), TIME.layout: len("999 ms")}

CHILDREN = RunColumn(
    Column("children", right=True, shrinks=False), lambda row: f"{row.children:,}" if row.children else ""
)


def chosen(text: str) -> list[RunColumn]:
    """The columns that a user asked for, after the id.

    Args:
        text: fields separated by commas, as filters name them.

    Raises:
        QueryError: a field is none; the message points at it.
    """
    from fitscribe.reading.query import parse_order

    fields = [order.field for order in parse_order(text)]
    return [ID, *(_column_of(field) for field in fields if field.label != "id")]


def _column_of(field: Any) -> RunColumn:
    known = {"name": NAME, "experiment": EXPERIMENT, "status": STATUS, "duration": TIME}
    if field.table == "run":
        if field.name == "started":
            return RunColumn(Column("started", shrinks=False), lambda row: clock(row.run.started))
        return known.get(field.name) or RunColumn(
            Column(field.name), lambda row: _plain_field(row.run, field.name)
        )
    if field.table == "params":
        return _param(field.name)
    if field.table == "tags":
        return RunColumn(Column(field.name), lambda row: _value(row.run.tags, field.name))
    if field.part in ("", "last"):
        return _metric(field.name)
    return RunColumn(Column(f"{field.name}.{field.part}", right=True), lambda row: _extreme(row.run, field))


def _plain_field(run: Run, name: str) -> str:
    found = getattr(run, name)
    return found.id if name == "parent" and found is not None else value(found or "").strip("'")


def _extreme(run: Run, field: Any) -> str:
    values = [float(each) for each in run.series(field.name).values if each == each]
    part = direction_of(field.name, stated_in(run.facts)) if field.part == "best" else field.part
    return number(min(values) if part == "min" else max(values)) if values and part else ""


def _value(table: Mapping[str, Any], name: str) -> str:
    return value(table[name]) if name in table else ""


def _metric(name: str, rows: Sequence[Row] = ()) -> RunColumn:
    decimals = decimals_of(row.metrics[name] for row in rows if name in row.metrics)

    def cell(row: Row) -> str:
        return number(row.metrics[name], decimals=decimals) if name in row.metrics else ""

    return RunColumn(Column(name, right=True), cell)


def _param(name: str) -> RunColumn:
    return RunColumn(Column(name), lambda row: _value(row.params, name))


def fitting(rows: Sequence[Row], width: int | None) -> list[RunColumn]:
    """The columns that say most about these runs, as many as fit.

    Args:
        rows: the runs.
        width: of the terminal; None for a pipe, where all of them fit.
    """
    fixed = [ID, NAME, WHEN]
    if any(row.status != "finished" for row in rows):
        fixed.append(STATUS)
    if any(row.children for row in rows):
        fixed.append(CHILDREN)
    metrics, params, turns = _numbers(rows)
    experiment = [EXPERIMENT] if len({row.run.experiment for row in rows}) > 1 else []
    wanted = [*metrics[:1], *params[:1], TIME, *experiment, *turns]
    kept = wanted if width is None else _as_many_as_fit(fixed, wanted, rows, width)
    order = [ID, NAME, CHILDREN, EXPERIMENT, STATUS, WHEN, TIME, *metrics, *params]
    return [column for column in order if column in fixed or column in kept]


def of_children(rows: Sequence[Row], width: int | None, ranked_by: str | None = None) -> list[RunColumn]:
    """The columns of the children of one run: what differs between them, and how good they are.

    Args:
        rows: the children.
        width: what is left of the terminal; None for a pipe, where all of them fit.
        ranked_by: the metric that they are ranked by, where the run says so.
    """
    fixed = [ID]
    if len(rows) == 1 or len({row.run.name for row in rows}) > 1:
        fixed.append(NAME)
    if any(row.status != "finished" for row in rows):
        fixed.append(STATUS)
    metrics, params, turns = _numbers(rows, ranked_by)
    wanted = [*metrics[:1], *params[:1], *turns, TIME]
    kept = wanted if width is None else _as_many_as_fit(fixed, wanted, rows, width)
    order = [*fixed, *params, *metrics, TIME]
    return [column for column in order if column in fixed or column in kept]


def _numbers(
    rows: Sequence[Row], ranked_by: str | None = None
) -> tuple[list[RunColumn], list[RunColumn], list[RunColumn]]:
    """Columns of metrics and of parameters, and all but the first of each in turn.

    A narrow terminal shows something of everything that way.
    """
    metrics = [_metric(name, rows) for name in leading_metrics(rows, ranked_by)[:_METRICS]]
    params = [_param(name) for name in differing_params(rows)[:_PARAMS]]
    turns = [column for pair in zip_longest(metrics[1:], params[1:]) for column in pair if column]
    return metrics, params, turns


def _as_many_as_fit(
    fixed: Sequence[RunColumn], wanted: Sequence[RunColumn], rows: Sequence[Row], width: int
) -> list[RunColumn]:
    room = width + GAP - sum(_reckoned(column, rows) + GAP for column in fixed)
    kept = []
    for column in wanted:
        needed = _reckoned(column, rows) + GAP
        if needed <= room:
            kept.append(column)
            room -= needed
    return kept


def _reckoned(column: RunColumn, rows: Sequence[Row]) -> int:
    natural = max([len(column.layout.title), *(width_of(column.cell(row)) for row in rows)])
    natural = max(natural, _TIMES.get(column.layout, 0))
    if column is NAME:
        return max(_NAME_MINIMUM, min(natural, _RECKONED + 8))
    return min(natural, _RECKONED) if column.layout.shrinks else natural
