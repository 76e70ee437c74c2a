"""The runs that lie in a run, as a table: what differs between them, and how good they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.text import plural
from fitscribe.reading.directions import RANKED_BY, best_in, direction_of, stated_in
from fitscribe.reading.leading import leading_metrics
from fitscribe.reading.series_names import split

if TYPE_CHECKING:
    from fitscribe.cli.columns import Row
    from fitscribe.reading import Run

_SHOWN = 20
_INDENT = 2


def print_children(screen: Screen, run: Run, *, full: bool) -> None:
    """Print the children of a run, the best first; nothing where it has none.

    A group that shows its one training as its own shows that one's children, too.
    """
    from fitscribe.cli.columns import Row, of_children
    from fitscribe.cli.find import short_ids
    from fitscribe.cli.table import table

    children = run.children
    if len(children) == 1 and run.snapshot().training is not None:
        children = children[0].children or children
    if not children:
        return
    ranked_by = run.facts.get(RANKED_BY)
    rows = _best_first([Row(child) for child in children], stated_in(run.facts), ranked_by)
    shown = rows if full else rows[:_SHOWN]
    if screen.width is not None:
        short = short_ids(run.store, [row.id for row in rows])
        for row in rows:
            row.id = short[row.id]
    screen.heading("Children", plural(len(rows), "run"))
    columns = of_children(rows, None if screen.width is None else screen.width - _INDENT, ranked_by)
    cells = [[column.cell(row) for column in columns] for row in shown]
    layout = [column.layout for column in columns]
    screen.lines(table(layout, cells, width=screen.width, indent=_INDENT))
    if len(rows) > len(shown):
        screen.line(joined((f"{' ' * _INDENT}... and {len(rows) - len(shown):,} more with --full", "dim")))


def _best_first(rows: list[Row], stated: Mapping[str, str], ranked_by: str | None) -> list[Row]:
    """Rows in the order of the metric that says most; folds, and what cannot be compared, as they were.

    Of a training that early stopping watched each row gets the best value instead of the last one.

    Args:
        rows: the rows.
        stated: the directions that are known of the run that they lie in.
        ranked_by: the metric that this run says they are ranked by.
    """
    for row in rows:
        facts = row.run.facts
        row.metrics.update((name, best) for name, best in best_in(facts).items() if name in row.metrics)
        stated = {**stated_in(facts), **stated}
    leading = leading_metrics(rows, ranked_by)
    # What was measured on other data than the first one says less, even where that one says nothing.
    known = (name for name in leading if split(name)[0] == split(leading[0])[0])
    metric = next((name for name in known if direction_of(name, stated) is not None), None)
    if metric is None or all(row.run.role == "fold" for row in rows):
        return rows
    sign = 1.0 if direction_of(metric, stated) == "min" else -1.0
    return sorted(rows, key=lambda row: _or_last(sign * row.metrics.get(metric, math.nan)))


def _or_last(value: float) -> float:
    return math.inf if math.isnan(value) else value
