"""One series as a plot needs it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fitscribe.store import Series
from fitscribe.ui.thinning import thinned


class Holds(NamedTuple):
    """Where a value ends to hold, as in `Points`."""

    step: int
    time: float
    epoch: float | None


class Points(NamedTuple):
    """One series as columns, in the order of logging.

    Attributes:
        steps: whole numbers.
        times: seconds since `started`.
        values: numbers.
        epochs: by the run's series of epochs; None where it has none.
        started: when the run began, else when its first point was logged, in seconds since 1970.
        holds: where the last value of a series whose values hold until the next one ends; None of others.
    """

    steps: Any
    times: Any
    values: Any
    epochs: Any
    started: float
    holds: Holds | None = None


def points_of(
    series: Series, epochs: Series | None, started: float | None, until: Series | None = None
) -> Points:
    """Return a series as columns.

    Args:
        series: of one point or more.
        epochs: the run's series of epochs.
        started: when the run began, in seconds since 1970.
        until: of a series whose values hold until the next one, the one that shows how far the run came.
    """
    steps, times, values = (
        np.ascontiguousarray(each) for each in (series.steps, series.times, series.values)
    )
    known = np.isfinite(times)
    if started is None:
        started = float(times[known][0]) if known.any() else 0.0
    # A file may hold any time.
    found = Points(steps, np.where(known, times - started, 0.0), values, _epochs(epochs, steps), started)
    return found if until is None else found._replace(holds=_end(points_of(until, epochs, started)))


def _end(points: Points) -> Holds:
    last = int(np.argmax(points.steps))
    (epoch,) = [None] if points.epochs is None else _numbers(points.epochs[[last]])
    return Holds(int(points.steps[last]), float(points.times[last]), epoch)


def _epochs(series: Series | None, steps: Any) -> Any:
    """Epochs by steps: between those that are known on a straight line, beyond them the last one."""
    if series is None or not len(series):
        return None
    known, epochs = np.asarray(series.steps), np.asarray(series.values)
    order = np.argsort(known, kind="stable")
    return np.interp(steps, known[order], epochs[order])


def drawn(points: Points, x: str, low: float | None, high: float | None, columns: int) -> dict[str, Any]:
    """Return what is drawn of a series, as docs/ui-api.md has it.

    Args:
        points: all of it.
        x: what it is drawn over: "step", "epoch", "time" (since 1970) or "relative".
        low: the left edge of the plot, in the unit of `x`; the first point by default.
        high: the right edge.
        columns: of pixels.
    """
    steps = points.steps.astype(np.float64)
    epochs = steps if points.epochs is None else points.epochs
    place = {"step": steps, "epoch": epochs}.get(x, points.times)
    since = points.started if x == "time" else 0.0
    low, high = (None if each is None else each - since for each in (low, high))
    if not (place[1:] >= place[:-1]).all():
        order = np.argsort(place, kind="stable")
        place = place[order]
        points = points._replace(
            steps=points.steps[order],
            times=points.times[order],
            values=points.values[order],
            epochs=None if points.epochs is None else points.epochs[order],
        )
    first = 0 if low is None else int(np.searchsorted(place, low, side="left"))
    last = len(place) if high is None else int(np.searchsorted(place, high, side="right"))
    wide = slice(max(0, first - 1), max(min(len(place), last + 1), first))
    within = points.values[first : max(first, last)]
    finite = np.isfinite(within)
    if within.size and finite.any():
        lowest, highest = float(within[finite].min()), float(within[finite].max())
    else:
        lowest = highest = None  # type: ignore[assignment] # there is none
    shown = place[wide]
    edges = (
        float(shown[0]) if low is None and len(shown) else float(low or 0),
        float(shown[-1]) if high is None and len(shown) else float(high or 0),
    )
    kept = thinned(shown, points.values[wide], *edges, columns)
    chosen = kept.chosen + wide.start
    fine = _fine if kept.means is not None else _numbers
    answer: dict[str, Any] = {
        "started": points.started,
        "count": len(place),
        "range": len(within),
        "whole": _numbers(place[[0, -1]] + since),
        "thinned": kept.means is not None,
        "steps": points.steps[chosen].tolist(),
        "epochs": _rounded(points.epochs, chosen),
        "times": _rounded(points.times, chosen),
        "values": fine(points.values[chosen]),
        "low": lowest,
        "high": highest,
        "odd": int(len(within) - finite.sum()),
        "held": points.holds is not None,
        "until": _until(points, x, place[-1]) if wide.stop >= len(place) else None,
    }
    if kept.means is not None:
        answer["means"] = _means(points, place, *kept.means)
    return answer


def _until(points: Points, x: str, last: float) -> dict[str, Any] | None:
    """Where the last value ends to hold; None where that is at its own point."""
    if points.holds is None:
        return None
    step, time, epoch = points.holds
    end = {"step": step, "epoch": step if epoch is None else epoch}.get(x, time)
    return {"step": step, "epoch": epoch, "time": round(time, 4)} if end > last else None


def _means(points: Points, place: Any, at: Any, values: Any) -> dict[str, Any]:
    # The other columns at the same places: those of the points nearest to them.
    nearest = np.clip(np.searchsorted(place, at), 0, len(place) - 1)
    return {
        "steps": points.steps[nearest].tolist(),
        "epochs": _rounded(points.epochs, nearest),
        "times": _rounded(points.times, nearest),
        "values": _fine(values),
    }


def _rounded(column: Any, chosen: Any) -> Any:
    """Some of a column's times or epochs, to a ten-thousandth; None where there are none."""
    return None if column is None else _numbers(np.round(column[chosen], 4))


def _fine(values: Any) -> list[float | None]:
    """Numbers to seven digits, more than a plot can show, which is half of the text."""
    with np.errstate(all="ignore"):
        place = 6 - np.floor(np.log10(np.abs(values)))
        # Division by a power of ten gives the number that is written so, multiplication may miss it.
        scale = np.float64(10.0) ** np.abs(place)
        rounded = np.where(place >= 0, np.round(values * scale) / scale, np.round(values / scale) * scale)
    return _numbers(np.where(np.isfinite(rounded), rounded, values))


def _numbers(values: Any) -> list[float | None]:
    return [each if each - each == 0 else None for each in values.tolist()]
