"""Runs as a table for a paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from fitscribe.reading.directions import direction_of, stated_in
from fitscribe.reading.leading import ReadRun, differing_params, leading_metrics, nameable
from fitscribe.reading.query import parse_order
from fitscribe.reading.query_fields import Field, written
from fitscribe.reading.run import Run
from fitscribe.reading.snapshot import Snapshot
from fitscribe.reading.text import clock, decimals_of, duration, number, value

_METRICS, _PARAMS = 3, 4
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{each: f"\\{each}" for each in "&%$#_{}"},
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
_MISSING = "--"


def to_latex(runs: Iterable[Run], columns: Sequence[str] = ()) -> str:
    r"""Return runs as a LaTeX table, which needs ``\usepackage{booktabs}``.

    Args:
        runs: one row each.
        columns: fields as filters name them, such as ``metrics.loss.min``; by default the name, and the
            parameters and metrics that say most about these runs.

    Returns:
        A ``tabular``; the best value of a column of metrics is bold, where it is known which one that is,
        and so is every other that looks the same. A value that is not finite is never the best one.

    Raises:
        QueryError: a column is no field.
    """
    rows = [ReadRun(run) for run in runs]
    fields = [_field(text) for text in columns or _leading(rows)]
    found = [_column(rows, field) for field in fields]
    alignment = "".join("r" if numeric else "l" for _, numeric in found)
    head = " & ".join(escaped(_title(field)) for field in fields)
    lines = [f"{' & '.join(cells)} \\\\" for cells in zip(*(cells for cells, _ in found), strict=True)]
    return "\n".join(
        [
            f"\\begin{{tabular}}{{{alignment}}}",
            "\\toprule",
            f"{head} \\\\",
            "\\midrule",
            *lines,
            "\\bottomrule",
            "\\end{tabular}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """A text in which nothing means anything to LaTeX; control characters are left out."""
    return "".join(_ESCAPED.get(each, each if each.isprintable() else " ") for each in text)


def _field(text: str) -> Field:
    return parse_order(text)[0].field


def _leading(rows: Sequence[ReadRun]) -> list[str]:
    return [
        "name",
        *(written("params", name) for name in nameable(differing_params(rows))[:_PARAMS]),
        *(written("metrics", name) for name in nameable(leading_metrics(rows))[:_METRICS]),
    ]


def _title(field: Field) -> str:
    if field.table != "metrics" or field.part == "last":
        return field.name
    return f"{field.name} ({field.part})"


def _column(rows: Sequence[ReadRun], field: Field) -> tuple[list[str], bool]:
    """The cells of a column, and whether they are numbers."""
    values = [cell_of(row.seen, field) for row in rows]
    if field.table != "metrics":
        numeric = all(isinstance(each, int | float) for each in values if each is not None)
        return [_MISSING if each is None else escaped(_text(field, each)) for each in values], numeric
    decimals = decimals_of(values)
    best = _best(rows, field, [each for each in values if each is not None and math.isfinite(each)])
    leading = None if best is None else number(best, decimals=decimals)
    cells = [_MISSING if each is None else number(each, decimals=decimals) for each in values]
    # Of two that look the same neither is shown as the better one.
    return [f"\\textbf{{{each}}}" if each == leading else each for each in cells], True


def _best(rows: Sequence[ReadRun], field: Field, values: Sequence[float]) -> float | None:
    stated = {name: each for row in rows for name, each in stated_in(row.seen.facts).items()}
    direction = direction_of(field.name, stated)
    if direction is None or len(values) < 2:
        return None
    return min(values) if direction == "min" else max(values)


def cell_of(seen: Snapshot, field: Field) -> Any:
    """Return the value of one field of a run; None where it has none."""
    if field.table == "params":
        return seen.params.get(field.name)
    if field.table == "tags":
        return seen.tags.get(field.name)
    if field.table == "metrics":
        summary = seen.summaries.get(field.name)
        if summary is None:
            return None
        part: str | None = field.part
        if part == "best":
            part = direction_of(field.name, stated_in(seen.facts))
        return None if part is None else getattr(summary, part)
    if field.name in ("id", "status", "started", "duration"):
        return {
            "id": seen.own.id,
            "status": seen.status,
            "started": seen.own.started,
            "duration": seen.duration,
        }[field.name]
    if field.name == "notes":
        return seen.own.notes or None
    return seen.head_of_training("framework") if field.name == "framework" else seen.head(field.name)


def _text(field: Field, cell: Any) -> str:
    if field.table == "run" and field.name == "started":
        return clock(cell)
    if field.table == "run" and field.name == "duration":
        return duration(cell)
    return value(cell)
