"""What is best seen as a drawing: curves, confusion matrices, importances, the system's series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from fitscribe.cli.matrix import confusion_matrix
from fitscribe.cli.page.numbers import SYSTEM
from fitscribe.cli.page.weights import print_weights
from fitscribe.cli.plots import plot, sparkline
from fitscribe.cli.screen import Screen, joined, width_of
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import number, plural, shortened, size

if TYPE_CHECKING:
    from rich.text import Text

    from fitscribe.reading import Run

_CURVES_SHOWN = 6
_CURVE_LINES = 6
# Two curves stand beside each other from this width on.
_WIDE = 120
_GUTTER = 4
_SPARKLINE_WIDTH = 24


def print_drawings(screen: Screen, run: Run, *, full: bool) -> None:
    """Draw the series of more than one point, and the matrices and importances among the artifacts."""
    _print_curves(screen, run, full=full)
    for artifact in sorted(run.artifacts, key=lambda each: each.get("kind") != "confusion_matrix"):
        kind, title = artifact.get("kind"), _title(str(artifact.get("name", "")))
        try:
            if kind == "confusion_matrix":
                lines = confusion_matrix(_data(artifact), screen.prose_width)
                screen.heading(title)
                screen.lines(lines)
            elif kind in ("feature_importance", "coefficients"):
                print_weights(screen, title, _data(artifact), full=full)
        except ValueError as error:
            screen.heading(title)
            screen.line(joined("  ", (str(error), "yellow")))
    _print_system(screen, run)


def _print_curves(screen: Screen, run: Run, *, full: bool) -> None:
    names = [name for name in run.metrics if not name.startswith(SYSTEM)]
    found = [(name, series) for name in names if len((series := run.series(name)).steps) > 1]
    if not found:
        return
    screen.heading("Curves")
    shown = found if full else found[:_CURVES_SHOWN]
    beside = 2 if screen.prose_width >= _WIDE and len(shown) > 1 else 1
    width = (screen.prose_width - 2 - _GUTTER * (beside - 1)) // beside
    drawn = [_curve(name, series, width) for name, series in shown]
    for start in range(0, len(drawn), beside):
        if start:
            screen.line()
        for pieces in zip_longest(*drawn[start : start + beside], fillvalue=joined("")):
            line = joined("")
            for index, piece in enumerate(pieces):
                line.append(" " * (2 + index * (width + _GUTTER) - width_of(line)))
                line.append_text(piece)
            screen.line(line)
    if len(found) > len(shown):
        screen.line(joined((f"  {len(found) - len(shown)} more with --full", "dim")))


def _curve(name: str, series: Any, width: int) -> list[Text]:
    from fitscribe.reading.query_fields import lower_is_better

    count = len(series.steps)
    finite = [i for i in range(count) if math.isfinite(series.values[i])]
    facts = [f"last {number(float(series.values[count - 1]))}"]
    if finite:
        # The extreme that this metric is about, as far as its name tells; the axis shows both.
        word, choose = ("min", min) if lower_is_better(name) else ("max", max)
        extreme = choose(finite, key=series.values.__getitem__)
        facts.append(f"{word} {number(float(series.values[extreme]))} at {series.steps[extreme]}")
    facts.append(plural(count, "point"))
    head = joined((name, "bold"), ("  " + " · ".join(facts), "dim"))
    if width_of(head) > width:
        head = joined((shortened(name, width), "bold"))
    return [head, *map(joined, plot(series, width, _CURVE_LINES))]


def _data(artifact: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an artifact that was kept as data.

    Raises:
        ValueError: there are none.
    """
    data = artifact.get("data")
    if not isinstance(data, dict):
        raise ValueError("its data cannot be read")
    return data


def _title(name: str) -> str:
    role, _, kind = name.rpartition("/")
    title = kind.replace("_", " ").capitalize()
    return f"{title} ({role})" if role else title


def _print_system(screen: Screen, run: Run) -> None:
    names = [name for name in run.metrics if name.startswith(SYSTEM)]
    rows: list[list[Cell]] = []
    for name in names:
        series = run.series(name)
        finite = [float(each) for each in series.values if each - each == 0]
        if len(finite) > 1:
            drawn = joined((sparkline(series, _SPARKLINE_WIDTH), "cyan"))
            rows.append(
                [
                    name.removeprefix(SYSTEM),
                    drawn,
                    f"{_amount(name, min(finite))} to {_amount(name, max(finite))}",
                ]
            )
        elif finite:
            rows.append([name.removeprefix(SYSTEM), "", _amount(name, finite[0])])
    if rows:
        screen.heading("System")
        screen.lines(
            table(
                [Column(""), Column("", shrinks=False), Column("")],
                rows,
                width=screen.width,
                indent=2,
                titles=False,
            )
        )


def _amount(name: str, reading: float) -> str:
    return size(reading) if name.endswith("/memory") else f"{number(reading)} %"
