"""Curves: the series of more than one point, those that matter first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from fitscribe.cli.page.epochs import Epochs
from fitscribe.cli.plots import plot, sparkline
from fitscribe.cli.screen import Screen, joined, width_of
from fitscribe.cli.text import number, plural, shortened
from fitscribe.reading.directions import Direction, direction_of, stated_in
from fitscribe.reading.series_names import EPOCH, SYSTEM, in_order, means_of

if TYPE_CHECKING:
    from rich.text import Text

    from fitscribe.reading import Run
    from fitscribe.store import MetricSummary

_SHOWN = 6
_LINES = 6
# Two curves stand beside each other from this width on.
_WIDE = 120
_GUTTER = 4
_SPARKLINE_WIDTH = 24


def print_curves(screen: Screen, run: Run, *, full: bool) -> None:
    """Draw the series of more than one point; means over epochs are a line below the series they are of.

    Args:
        screen: where to.
        run: the run.
        full: draw all of them, the series of the epochs as well.
    """
    moving = [name for name, each in run.snapshot().summaries.items() if _moves(each)]
    names = dict.fromkeys(name for name in moving if not name.startswith(SYSTEM) and (full or name != EPOCH))
    means = {base: name for name in names if (base := means_of(name, names)) is not None}
    found = [name for name in in_order(names) if means_of(name, names) is None]
    if not found:
        return
    screen.heading("Curves")
    # Each is looked for in all that the run has written: those that are not shown are not read.
    shown = found if full else found[:_SHOWN]
    beside = 2 if screen.prose_width >= _WIDE and len(shown) > 1 else 1
    width = (screen.prose_width - 2 - _GUTTER * (beside - 1)) // beside
    epochs = Epochs(run)
    stated = stated_in(run.facts)
    drawn = [_curve(run, name, means.get(name), stated, epochs, width) for name in shown]
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


def _moves(summary: MetricSummary) -> bool:
    """Whether there is anything to see: what is the same at each step is among the metrics."""
    return summary.count > 1 and not summary.min == summary.max == summary.last


def _curve(
    run: Run, name: str, mean: str | None, stated: Mapping[str, str], epochs: Epochs, width: int
) -> list[Text]:
    series = run.series(name)
    direction = direction_of(name, stated)
    lines = [_head(name, series, direction, epochs, width), *map(joined, plot(series, width, _LINES))]
    return lines if mean is None else [*lines, _by_epoch(run.series(mean), width)]


def _head(name: str, series: Any, direction: Direction | None, epochs: Epochs, width: int) -> Text:
    """The name and what else fits of the last value, the best one and the number of points."""
    count = len(series.steps)
    finite = [i for i in range(count) if math.isfinite(series.values[i])]
    facts = [f"last {number(float(series.values[count - 1]))}"]
    # The extreme that this metric is about, where that is known; the axis shows both.
    if finite and direction is not None:
        word, choose = ("min", min) if direction == "min" else ("max", max)
        extreme = choose(finite, key=series.values.__getitem__)
        epoch = "" if name == EPOCH else epochs.at(int(series.steps[extreme]))
        where = f"{series.steps[extreme]}" + (f" ({epoch})" if epoch else "")
        facts.append(f"{word} {number(float(series.values[extreme]))} at {where}")
    facts.append(plural(count, "point"))
    while facts:
        head = joined((name, "bold"), ("  " + " · ".join(facts), "dim"))
        if width_of(head) <= width:
            return head
        facts.pop()
    return joined((shortened(name, width), "bold"))


def _by_epoch(means: Any, width: int) -> Text:
    drawn = sparkline(means, min(_SPARKLINE_WIDTH, width // 3))
    first, last = number(float(means.values[0])), number(float(means.values[-1]))
    return joined(("means of epochs  ", "dim"), (drawn, "cyan"), (f"  from {first} to {last}", "dim"))
