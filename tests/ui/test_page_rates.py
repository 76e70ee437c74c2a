"""Learning rates are set and not measured: each holds until the next one, to the end of the run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import RunWriter, Store

expect: Any = pytest.importorskip("playwright.sync_api").expect
LINES = "async ([series, view]) => (await import('/static/chart/lines.js')).linesOf(series, view)"
VIEW = {"x": "step", "logX": False, "logY": False, "smooth": 0.9}


@pytest.fixture
def run(own_store: Path) -> str:
    """A run of 200 steps whose rate is halved at step 100."""
    store = Store(own_store)
    run = write_run(store, status=None)
    writer = RunWriter(store.run_folder(run))
    writer.timed([("train/loss", step, 1e9 + step, 1 / (step + 1)) for step in range(201)])
    writer.timed([("epoch", step, 1e9 + step, step / 50) for step in range(0, 201, 50)])
    writer.timed([("lr", 0, 1e9, 0.1), ("lr", 100, 1e9 + 100, 0.05)])
    writer.timed([("head/lr", step, 1e9 + step, 0.1) for step in (0, 50, 100)])
    writer.event("end", status="finished", error=None)
    writer.close()
    return run


def only(client: Any, run: str, **asked: Any) -> Any:
    (found,) = client.get("series", run=run, **asked)["series"]
    return found


def test_the_last_rate_holds_until_the_run_ends(empty: Any, run: str) -> None:
    found = only(empty, run, name="lr")
    assert (found["steps"], found["held"], found["whole"]) == ([0, 100], True, [0, 100])
    assert (found["until"]["step"], found["until"]["epoch"]) == (200, 4)
    assert found["until"]["time"] == pytest.approx(found["times"][1] + 100)
    loss = only(empty, run, name="train/loss")
    assert (loss["held"], loss["until"], loss["whole"]) == (False, None, [0, 200])
    assert only(empty, run, name="head/lr", to=40)["until"] is None, "its last point is not among these"
    behind = only(empty, run, name="lr", from_=150)
    assert (behind["steps"], behind["until"]["step"]) == ([100], 200)


def test_rates_that_are_logged_at_every_step_end_where_they_do(empty: Any, own_store: Path) -> None:
    run = write_run(Store(own_store), metrics={"loss": [3.0, 2.0, 1.0], "optimizer/lr": [0.3, 0.2, 0.1]})
    found = only(empty, run, name="optimizer/lr")
    assert (found["held"], found["until"]) == (True, None)


def test_rates_are_not_smoothed_and_go_on_to_the_end(page: Any, empty: Any, run: str) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    for x, end in (("step", 200), ("epoch", 4)):
        lines = page.evaluate(LINES, [only(empty, run, name="lr", x=x), {**VIEW, "x": x}])
        assert lines["smooth"] is None
        assert (lines["raw"]["x"][-1], lines["raw"]["y"]) == (end, [0.1, 0.05, 0.05])
    lines = page.evaluate(LINES, [only(empty, run, name="lr"), {**VIEW, "logX": True}])
    assert (lines["raw"]["x"], lines["raw"]["y"]) == ([1, 100, 200], [0.1, 0.05, 0.05])
    lines = page.evaluate(
        LINES, [only(empty, run, name="lr", x="epoch"), {**VIEW, "x": "epoch", "logX": True}]
    )
    assert (lines["raw"]["x"], lines["raw"]["y"]) == ([0.2, 2, 4], [0.1, 0.05, 0.05])
    assert lines["left"] == 0


def test_what_is_read_under_the_pointer_is_the_rate_there(page: Any, empty: Any, run: str) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    chart = page.locator("figure.chart[data-chart=lr]")
    expect(chart).to_have_attribute("data-last", "100")
    chart.scroll_into_view_if_needed()
    box = chart.locator(".u-over").bounding_box()
    for share, height, said in ((0.4, 0.06, "0.1"), (0.9, 0.94, "0.05")):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * height)
        expect(chart.locator(".tip b")).to_have_text(said)
        step = round(200 * share)
        expect(chart.locator(".tip")).to_contain_text(re.compile(f"step ({step - 1}|{step})$"))


def test_the_line_is_one_of_steps(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    drawn = page.evaluate(
        """async () => {
          const { stepsOf } = await import("/static/chart/strokes.js");
          const drawn = [];
          window.Path2D = class {
            moveTo(x, y) { drawn.push([x, y]); }
            lineTo(x, y) { drawn.push([x, y]); }
          };
          const scale = { min: 0, max: 10, distr: 1 };
          const bbox = { left: 0, top: 0, width: 10, height: 10 };
          stepsOf({ data: [null, [[0, 4, 10], [8, 2, 2]]], scales: { x: scale, y: scale }, bbox }, 1);
          return drawn;
        }"""
    )
    assert drawn == [[0, 2], [4, 2], [4, 8], [10, 8], [10, 8]]
