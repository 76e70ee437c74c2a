"""Series drawn in a terminal: curves of braille dots, sparklines and bars of blocks.

What is drawn is the raw series: no smoothing, no line across a gap, and a thinned series keeps its extremes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fitscribe.cli.text import number, plural

_BRAILLE = 0x2800
# The bit of each dot of a braille character, by row and column within it.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BARS = "▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▄▅▆▇█"
# Beyond this many points only the extremes of slices are looked at one by one.
_MOST_POINTS = 20_000


class Point(NamedTuple):
    """One point of a curve; a value that is no finite number is a gap."""

    step: int
    value: float


def plot(series: Any, width: int, height: int) -> list[str]:
    """Draw a series as a curve with its axes.

    Args:
        series: with `steps` and `values`, of two points or more.
        width: terminal cells of the whole drawing, labels included.
        height: lines of the curve itself; two more for the axis below.

    Returns:
        The lines; of a series without any finite value a remark.
    """
    points = thinned(series.steps, series.values)
    finite = [point.value for point in points if math.isfinite(point.value)]
    if not finite:
        return [f"{plural(len(series.steps), 'point')}, none of them a finite number"]
    low, high = min(finite), max(finite)
    labels = [number(high), number(low)] if high > low else [number(high)]
    margin = max(map(len, labels))
    columns = max(4, width - margin - 2)
    rows = _Canvas(columns, height).curve(points, low, high).rows()
    label_rows = {0: labels[0], height - 1: labels[-1]} if high > low else {height // 2: labels[0]}
    lines = [
        f"{label_rows.get(index, ''):>{margin}} {'┤' if index in label_rows else '│'}{row}".rstrip()
        for index, row in enumerate(rows)
    ]
    first, last = f"{points[0].step:,}", f"{points[-1].step:,}"
    lines.append(" " * margin + " └" + "─" * columns)
    lines.append(" " * (margin + 2) + first + last.rjust(max(len(last) + 1, columns - len(first))))
    missing = sum(not math.isfinite(value) for value in series.values)
    if missing:
        lines.append(" " * (margin + 2) + f"{plural(missing, 'point')} nan or infinite, left out")
    return lines


def thinned(steps: Sequence[int], values: Sequence[float]) -> list[Point]:
    """The points in the order of their steps, of a long series the lowest and the highest of each slice."""
    count = len(steps)
    order: Sequence[int] = range(count)
    if any(steps[i] > steps[i + 1] for i in range(count - 1)):
        order = sorted(order, key=steps.__getitem__)
    if count <= _MOST_POINTS:
        return [Point(int(steps[i]), float(values[i])) for i in order]
    size = -(-count // (_MOST_POINTS // 2))
    kept = {order[0], order[-1]}
    for start in range(0, count, size):
        piece = order[start : start + size]
        finite = [i for i in piece if math.isfinite(values[i])] or piece[:1]
        kept |= {min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)}
    return [Point(int(steps[i]), float(values[i])) for i in order if i in kept]


class _Canvas:
    """A grid of dots, two wide and four high in each character."""

    def __init__(self, columns: int, lines: int) -> None:
        self._width, self._height = columns * 2, lines * 4
        self._cells = [[0] * columns for _ in range(lines)]

    def curve(self, points: Sequence[Point], low: float, high: float) -> _Canvas:
        first, last = points[0].step, points[-1].step
        previous: tuple[int, int] | None = None
        for point in points:
            if not math.isfinite(point.value):
                previous = None
                continue
            x = round((point.step - first) / (last - first) * (self._width - 1)) if last > first else 0
            share = _share(point.value, low, high) if high > low else 0.5
            here = x, round((1 - share) * (self._height - 1))
            for dot in _between(previous or here, here):
                self._set(*dot)
            previous = here
        return self

    def _set(self, x: int, y: int) -> None:
        self._cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    def rows(self) -> list[str]:
        return ["".join(chr(_BRAILLE + cell) if cell else " " for cell in row) for row in self._cells]


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for position in range(length + 1):
        share = position / length
        yield round(start[0] + (end[0] - start[0]) * share), round(start[1] + (end[1] - start[1]) * share)


def sparkline(series: Any, width: int) -> str:
    """Draw a series as one line of blocks; a slice without a finite value is a space."""
    points = thinned(series.steps, series.values)
    size = max(1, -(-len(points) // width))
    slices = [
        [p.value for p in points[i : i + size] if math.isfinite(p.value)] for i in range(0, len(points), size)
    ]
    means: list[float | None] = [
        math.fsum(value / len(each) for value in each) if each else None for each in slices
    ]
    known = [mean for mean in means if mean is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(" " if mean is None else _SPARKS[_level(mean, low, high)] for mean in means)


def _level(mean: float, low: float, high: float) -> int:
    return round(_share(mean, low, high) * (len(_SPARKS) - 1)) if high > low else 0


def _share(value: float, low: float, high: float) -> float:
    """How far a value lies on the way from the lowest to the highest, from 0 to 1."""
    distance = high - low
    if math.isinf(distance):  # that of two huge values is beyond the range of a float
        value, low, distance = value / 2, low / 2, high / 2 - low / 2
    return (value - low) / distance


def bar(share: float, width: int) -> str:
    """A bar of blocks, exact to an eighth of a character.

    Args:
        share: from 0 to 1 of the width.
        width: characters of the longest bar.
    """
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return _BARS[-1] * full + (_BARS[rest - 1] if rest else "")
