"""Smoothing in the page: it lags behind nothing, ends at every gap, and does not mind how points lie."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect

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
    assert found[4] is None
    assert found[:4] + found[5:] == pytest.approx([0.0] * 4 + [10.0] * 4)


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


@pytest.mark.parametrize("strength", [0.5, 0.8, 0.95])
def test_a_point_beside_a_pause_counts_as_any_other(smoothed: Any, strength: float) -> None:
    x = [float(each) for each in (*range(600), *range(4200, 4800))]
    y = [1.0] * 600 + [3.0] + [1.0] * 599
    found = smoothed(x, y, strength)
    assert found[:600] == pytest.approx([1.0] * 600, abs=0.01)
    assert found[600:] == pytest.approx([1.0] * 600, abs=0.2)
    # Nor where there are fewer points from somewhere on.
    x = [*map(float, range(900)), *(900.0 + 100 * each for each in range(100))]
    assert max(smoothed(x, [1.0] * 900 + [3.0] + [1.0] * 99, 0.8)[:890]) < 1.2


def test_a_smoothed_curve_begins_near_the_raw_one(smoothed: Any) -> None:
    x = [float(each) for each in range(200)]
    y = [0.5 + 2 * math.exp(-each / 20) for each in x]
    found = smoothed(x, y, 0.9)
    assert (found[0], found[-1]) == (pytest.approx(y[0], abs=0.25), pytest.approx(y[-1], abs=0.01))


ZOOMED = """async ([run, x, from, to, at, logX]) => {
  const { getSeries } = await import("/static/api.js");
  const { linesOf, reached } = await import("/static/chart/lines.js");
  const view = { x, smooth: 0.9, from, to, logX, logY: false };
  const find = async (from, to) => (await getSeries({ run: [run], name: ["loss"], x, from, to })).series[0];
  const shown = await find(from, to);
  const wide = from === null ? shown : await find(...reached(shown, view));
  const { smooth } = linesOf(shown, view, wide);
  return smooth.y[smooth.x.indexOf(at)];
}"""


@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.parametrize("x", ["step", "epoch"])
def test_smoothing_does_not_depend_on_the_zoom(
    page: Any, empty: Any, own_store: Path, x: str, logarithmic: bool
) -> None:
    values = [2 + math.sin(step / 30) for step in range(401)]
    run = write_run(Store(own_store), metrics={"loss": values, "epoch": [float(step) for step in range(401)]})
    page.goto(f"http://127.0.0.1:{empty.port}/")
    whole = page.evaluate(ZOOMED, [run, x, None, None, 100, logarithmic])
    assert page.evaluate(ZOOMED, [run, x, 60, 100, 100, logarithmic]) == pytest.approx(whole, abs=0.002)


def test_the_page_asks_for_what_lies_around_a_zoom(page: Any, empty: Any, own_store: Path) -> None:
    run = write_run(Store(own_store), metrics={"loss": [float(step) for step in range(400)]})
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url) if "/api/series" in each.url else None)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}?from=100&to=120&smooth=0.8")
    expect(page.locator("figure.chart")).to_have_attribute("data-last", "121")
    ends = [parse_qs(urlsplit(each).query) for each in asked]
    assert [each["from"] for each in ends[:1]] == [["100"]] and float(ends[1]["from"][0]) < 50
    before = len(asked)
    with page.expect_request("**/api/series*"):
        page.get_by_label("Smoothing").press("ArrowRight")
    assert len(asked) > before


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
