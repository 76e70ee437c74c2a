"""What is best seen as a drawing: curves, confusion matrices, importances, the system's series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fitscribe.cli.matrix import confusion_matrix
from fitscribe.cli.page.curves import print_curves
from fitscribe.cli.page.weights import print_weights
from fitscribe.cli.plots import sparkline
from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import number, size
from fitscribe.reading.series_names import SYSTEM

if TYPE_CHECKING:
    from fitscribe.reading import Run

_SPARKLINE_WIDTH = 24
_UNREADABLE = "its data cannot be read"


def print_drawings(screen: Screen, run: Run, *, full: bool) -> None:
    """Draw the series of more than one point, and the matrices and importances among the artifacts."""
    print_curves(screen, run, full=full)
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
            _say(screen, title, str(error))
        except (AttributeError, LookupError, TypeError, ArithmeticError):
            _say(screen, title, _UNREADABLE)
    _print_system(screen, run)


def _say(screen: Screen, title: str, remark: str) -> None:
    screen.heading(title)
    screen.line(joined("  ", (remark, "yellow")))


def _data(artifact: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an artifact that was kept as data.

    Raises:
        ValueError: there are none.
    """
    data = artifact.get("data")
    if not isinstance(data, dict):
        raise ValueError(_UNREADABLE)
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
        finite = [float(each) for each in series.values if math.isfinite(each)]
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
