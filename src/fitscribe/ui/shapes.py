"""What a metric does where a parameter grows: it rises, falls, or is highest or lowest somewhere between."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Any, Literal, NamedTuple

Kind = Literal["up", "down", "peak", "dip"]

# Below this share of the variance nothing is put in words; a bend needs a larger one, of few runs a much
# larger one, and some runs more than there are values.
_LEAST, _CLEAR, _OF_FEW, _MORE = 0.05, 0.3, 3.0, 3
# How near to the highest and lowest mean the ends must be for a way, how far from the bend for one of those.
_NEAR, _FAR = 0.15, 0.3


class Shape(NamedTuple):
    """What a metric does.

    Attributes:
        kind: "up" or "down" all along; "peak" or "dip" between the ends.
        at: the value of the parameter at a peak or dip.
    """

    kind: Kind
    at: float | None = None


def shape_of(
    values: Sequence[float],
    groups: Sequence[Any],
    ranks: Sequence[float],
    correlation: float | None,
    importance: float,
) -> Shape | None:
    """Return what the metric does, where more is known than chance would show.

    Args:
        values: the parameter, one number per run.
        groups: in which runs of equal or similar values are together.
        ranks: of the metric.
        correlation: of the ranks of both.
        importance: the share of the variance that the parameter explains, corrected for chance.
    """
    if importance < _LEAST or correlation is None:
        return None
    members: dict[Any, list[tuple[float, float]]] = {}
    for group, *pair in zip(groups, values, ranks, strict=True):
        members.setdefault(group, []).append((pair[0], pair[1]))
    steps = sorted((_middle([v for v, _ in some]), fmean(r for _, r in some)) for some in members.values())
    levels = [level for _, level in steps]
    low, high = min(levels), max(levels)
    span = high - low
    first, last = (levels[0], levels[-1]) if correlation > 0 else (levels[-1], levels[0])
    # About 1 in 40 correlations of as many runs is larger by chance.
    is_way = correlation**2 * (len(values) - 1) > 5
    if is_way and first <= low + _NEAR * span and last >= high - _NEAR * span:
        return Shape("up" if correlation > 0 else "down")
    if importance < _CLEAR + _OF_FEW / len(values) or len(values) - len(levels) < _MORE:
        return None
    ends = (levels[0], levels[-1])
    if low in ends and max(ends) < high - _FAR * span:
        return Shape("peak", steps[levels.index(high)][0])
    if high in ends and min(ends) > low + _FAR * span:
        return Shape("dip", steps[levels.index(low)][0])
    return None


def _middle(values: Sequence[float]) -> float:
    """The value that runs have, or, of different ones, about the one in the middle."""
    return values[0] if len(set(values)) == 1 else float(f"{median(values):.2g}")
