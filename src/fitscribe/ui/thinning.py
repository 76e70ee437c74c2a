"""Long series for a plot of so many columns of pixels, none of their extremes left out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Thinned(NamedTuple):
    """What stands for a series.

    Attributes:
        chosen: indices of the points that are kept, in their order.
        means: the mean x and the mean value of each column of pixels that has points. Where a column has a
            gap, of what lies before it and behind it, with one that is no number between; None where
            nothing was left out.
    """

    chosen: Array
    means: tuple[Array, Array] | None


def thinned(x: Array, values: Array, low: float, high: float, columns: int) -> Thinned:
    """Choose the points of a series that draw the same line as all of them.

    Of each column of pixels the first, the lowest, the highest and the last point are kept, and the first one
    that is no finite number, which is a gap (M4: Jugel et al., "M4: a visualization-oriented time series data
    aggregation", VLDB 2014).

    Args:
        x: where the points lie, rising.
        values: their values, of the same length.
        low: the left edge of the plot; points may lie beyond it.
        high: the right edge.
        columns: of pixels between the edges.

    Returns:
        The indices of what is kept; all of them where there are four points per column, or fewer.
    """
    count = len(x)
    if count <= 4 * columns:
        return Thinned(np.arange(count), None)
    span = high - low
    # Beyond the edges there is at most a point or two, which the plot's first and last columns take in.
    share = (x - low) / span if span > 0 else np.zeros(count)
    bins = np.clip((share * columns).astype(np.int64), 0, columns - 1)
    starts = np.flatnonzero(np.r_[True, bins[1:] != bins[:-1]])
    ends = np.r_[starts[1:], count]
    finite = np.isfinite(values)
    chosen = [starts, ends - 1]
    chosen += [_extremes(np.where(finite, sign * values, np.inf), starts, ends, finite) for sign in (1, -1)]
    if not finite.all():
        chosen.append(_first(~finite, starts))
    return Thinned(np.unique(np.concatenate(chosen)), _means(x, values, finite, starts, ends))


def _means(x: Array, values: Array, finite: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """The mean place and value of each column, or of its parts: before a gap, the gap, and behind it."""
    if not finite.all():
        finite = ~_gaps(~finite, starts, ends)
        parts = np.flatnonzero(np.diff(finite, prepend=finite[:1]))
        starts = np.union1d(starts, parts)
        ends = np.r_[starts[1:], len(x)]
    sizes = ends - starts
    sums = np.add.reduceat(np.where(finite, values, 0.0), starts)
    return np.add.reduceat(x, starts) / sizes, np.where(finite[starts], sums / sizes, np.nan)


def _gaps(odd: Array, starts: Array, ends: Array) -> Array:
    """From the first to the last gap of each column all is one: its parts are no more than three."""
    passed = np.r_[0, np.cumsum(odd)]
    sizes = ends - starts
    begun = passed[1:] > np.repeat(passed[starts], sizes)
    ahead = passed[:-1] < np.repeat(passed[ends], sizes)
    return np.asarray(begun & ahead)


def _extremes(values: Array, starts: Array, ends: Array, finite: Array) -> Array:
    """The place of the smallest value of each stretch that has a finite one."""
    smallest = np.minimum.reduceat(values, starts)
    hits = (values == np.repeat(smallest, ends - starts)) & finite
    return _first(hits, starts)


def _first(hits: Array, starts: Array) -> Array:
    """The first place of each stretch where something holds, of those stretches that have one."""
    places = np.flatnonzero(hits)
    stretch = np.searchsorted(starts, places, side="right")
    return places[np.r_[True, stretch[1:] != stretch[:-1]]] if len(places) else places
