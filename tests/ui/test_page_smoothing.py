"""Smoothing in the page: it lags behind nothing, ends at every gap, and does not mind how points lie."""

from __future__ import annotations

from typing import Any

import pytest

SMOOTH = "async ([x, y, strength]) => (await import('/static/chart/smooth.js')).smoothed(x, y, strength)"


@pytest.fixture
def smoothed(page: Any, empty: Any) -> Any:
    page.goto(f"http://127.0.0.1:{empty.port}/")

    def call(x: list[float], y: list[float | None], strength: float) -> Any:
        return page.evaluate(SMOOTH, [x, y, strength])

    return call


def test_a_straight_line_stays_where_it_is(smoothed: Any) -> None:
    line = [float(each) for each in range(200)]
    found = smoothed(line, line, 0.8)
    assert found[50:150] == pytest.approx(line[50:150], abs=0.05)


def test_nothing_crosses_a_gap(smoothed: Any) -> None:
    x = [float(each) for each in range(9)]
    found = smoothed(x, [0.0] * 4 + [None] + [10.0] * 4, 0.95)
    assert found == [0.0] * 4 + [None] + [10.0] * 4


def test_points_that_stand_closer_count_no_more(smoothed: Any) -> None:
    def curve(x: float) -> float:
        return 1.0 if x < 50 else 3.0

    even = [float(each) for each in range(101)]
    dense = sorted({*even, *(each / 10 for each in range(501))})
    expected = dict(zip(even, smoothed(even, [curve(x) for x in even], 0.9), strict=True))
    found = dict(zip(dense, smoothed(dense, [curve(x) for x in dense], 0.9), strict=True))
    for x in even:
        assert found[x] == pytest.approx(expected[x], abs=0.12)


def test_no_points_and_points_at_one_place(smoothed: Any) -> None:
    assert smoothed([], [], 0.5) == []
    assert smoothed([3], [7], 0.5) == [7]
    assert smoothed([1, 1, 1], [1, 2, 3], 0.5) == pytest.approx([2, 2, 2])


EXTENT = "async ([x, y, from, to]) => (await import('/static/chart/lines.js')).extent([{ x, y }], from, to)"


def test_a_line_that_crosses_a_zoom_counts_where_it_has_no_points(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    found = page.evaluate(EXTENT, [[0, 100, 200], [0.0, 10.0, None], 40, 60])
    assert (found["low"], found["high"]) == (pytest.approx(4.0), pytest.approx(6.0))
    nothing = page.evaluate(EXTENT, [[0, 100, 200], [0.0, 10.0, None], 140, 160])
    assert nothing["low"] is None or nothing["low"] > nothing["high"]


def test_letters_of_charts_grow_with_the_screen(page: Any, empty: Any) -> None:
    # uPlot reads whole pixels alone.
    page.goto(f"http://127.0.0.1:{empty.port}/")
    font = page.evaluate("async () => (await import('/static/chart/strokes.js')).FONT")
    assert font.partition("px")[0].isdigit()
