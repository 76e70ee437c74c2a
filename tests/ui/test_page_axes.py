"""What curves are drawn over, and what the axes say of it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import RunWriter, Store

expect: Any = pytest.importorskip("playwright.sync_api").expect
LINES = "async ([series, view]) => (await import('/static/chart/lines.js')).linesOf(series, view)"
AXES = "async ([name, ...given]) => (await import('/static/chart/axes.js'))[name](...given)"
SPLITS = "async (given) => (await import('/static/chart/axes.js')).linearSplits(...given)"


def timed_run(store: Store, name: str, seconds: list[float], epochs: bool = False) -> tuple[str, float]:
    """A run whose points were logged so many seconds after its start; with the start."""
    run = write_run(store, name, status=None)
    writer = RunWriter(store.run_folder(run))
    started = time.time()
    writer.timed([("loss", step, started + each, 1 / (step + 1)) for step, each in enumerate(seconds)])
    if epochs:
        writer.timed([("epoch", step, started + each, step / 2) for step, each in enumerate(seconds)])
    writer.event("end", status="finished", error=None)
    writer.close()
    return run, started


def told(page: Any) -> Any:
    """What the page says of the point in the middle of the first chart."""
    over = page.locator("figure.chart .u-over").first
    box = over.bounding_box()
    for share in (0.2, 0.35, 0.5, 0.65, 0.8, 0.9):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * share)
        if page.locator(".tip").first.is_visible():
            break
    return page.locator(".tip").first


@pytest.mark.parametrize("page_of", ["run", "compare"])
def test_relative_time_and_time(page: Any, empty: Any, own_store: Path, page_of: str) -> None:
    store = Store(own_store)
    runs = [timed_run(store, f"run {i}", [0.0, 10.0, 20.0, 30.0, 40.0]) for i in range(2)]
    place = f"run/{runs[0][0]}?" if page_of == "run" else f"compare?runs={runs[0][0]},{runs[1][0]}&"
    page.goto(f"http://127.0.0.1:{empty.port}/#/{place}x=relative")
    chart = page.locator("figure.chart").first
    expect(chart).to_have_attribute("data-last", "4")
    expect(told(page)).to_contain_text(re.compile(r"(19|20)(\.\d+)? s$"))
    page.get_by_role("button", name="Time", exact=True).click()
    expect(chart.locator(".plot")).to_have_attribute("aria-label", re.compile("by time"))
    near = [time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(runs[0][1] + each)) for each in (19, 20, 21)]
    expect(told(page)).to_contain_text(re.compile("|".join(near)))
    chart.locator(".plot").press("+")
    expect(page.get_by_role("button", name="Whole range")).to_be_visible()
    # The middle half, and the nearest points beyond it: its ends have so many digits as anybody can point at.
    expect(chart).to_have_attribute("data-last", re.compile("[34]"))
    assert chart.locator("canvas").is_visible()
    expect(told(page)).to_contain_text(re.compile("|".join(near)))


def test_a_run_without_epochs_is_not_drawn_over_them(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    seconds = [0.0, 1.0, 2.0]
    having, lacking = (timed_run(store, name, seconds, name == "with")[0] for name in ("with", "without"))
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={having},{lacking}&x=epoch")
    chart = page.locator("figure.chart").first
    expect(chart).to_contain_text("1 run without epochs: not on this axis")
    expect(chart.locator("canvas")).to_be_visible()
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{lacking}?x=epoch")
    expect(page.locator("figure.chart").first).to_contain_text("1 run without epochs")
    expect(page.locator("figure.chart canvas")).to_have_count(0)
    page.get_by_role("button", name="Step").click()
    expect(page.locator("figure.chart canvas")).to_have_count(1)


def test_a_logarithm_is_taken_after_the_average(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    steps = list(range(200))
    values = [2.0 if step % 2 else -1.0 for step in steps]
    series = {"steps": steps, "values": values, "times": steps, "epochs": None, "started": 0}
    found = page.evaluate(LINES, [series, {"x": "step", "smooth": 0.9, "logX": False, "logY": True}])
    assert found["left"] == 100
    assert all(each is not None for each in found["smooth"]["y"])
    assert found["smooth"]["y"][50:150] == pytest.approx([0.5] * 100, abs=0.1)


def test_there_is_no_half_of_a_step(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    assert page.evaluate(SPLITS, [0, 3, 6, 1]) == [0, 1, 2, 3]
    assert page.evaluate(SPLITS, [0, 12, 5, 1]) == [0, 5, 10]
    # Where numbers lie that near to each other, a step is lost in them.
    assert len(page.evaluate(SPLITS, [1.7e9, 1.7e9 + 5e-7, 5])) < 5


def test_fractions_of_a_second_are_told_where_they_are_seen(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    moment = 1_700_000_059.75 - 1_700_000_059 % 60 + 59
    whole = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
    for span, said in ((600, whole), (5, f"{whole}.75"), (0.01, f"{whole}.7500")):
        assert page.evaluate(AXES, ["placeText", "time", moment, span]) == said
    assert page.evaluate(AXES, ["placeText", "relative", 119.996, 5]) == "2:00.00"
    marks = [time.strftime("%H:%M:", time.localtime(moment)) + each for each in ("59.75", "59.80")]
    assert page.evaluate(AXES, ["clockTexts", [moment, moment + 0.05]]) == marks
    assert page.evaluate(AXES, ["timeTexts", [3599.5, 3600]]) == ["59:59.5", "1:00:00.0"]
    assert page.evaluate(AXES, ["timeTexts", [0, 0.5, 1]]) == ["0.0 s", "0.5 s", "1.0 s"]
    assert page.evaluate(AXES, ["timeTexts", [0, 30, 60]]) == ["0 s", "30 s", "1 min"]
