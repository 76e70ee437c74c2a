"""Explorations: what is looked at stands in the address, and axes and colours say what they are."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect
TICKS = "async (column) => (await import('/static/explore/marks.js')).axisOf(column).ticks.map((t) => t.text)"


@pytest.fixture
def runs(own_store: Path) -> list[str]:
    return [
        write_run(
            Store(own_store),
            f"run {i}",
            params={"lr": i / 10, "kind": "ab"[i % 2]},
            metrics={"score": i * 1.5},
        )
        for i in range(8)
    ]


def drag(page: Any) -> None:
    """Drag along the upper half of the last axis of the parallel coordinates."""
    picture = page.get_by_role("img", name="Parallel coordinates")
    x = picture.bounding_box()["width"] - 40
    picture.hover(position={"x": x, "y": 40})
    page.mouse.down()
    picture.hover(position={"x": x, "y": 170})
    page.mouse.up()


@pytest.mark.parametrize("place", ["explore", "compare"])
def test_the_address_says_what_is_looked_at(page: Any, empty: Any, runs: list[str], place: str) -> None:
    chosen = f"?runs={','.join(runs)}" if place == "compare" else ""
    page.goto(f"http://127.0.0.1:{empty.port}/#/{place}{chosen}")
    group = page.get_by_role("group", name="Logarithmic axes").last
    group.get_by_role("button", name="Log y").click()
    expect(group.get_by_role("button", name="Log y")).to_have_attribute("aria-pressed", "true")
    drag(page)
    kept = page.get_by_text(re.compile(r"^\d runs? kept$"))
    expect(kept).to_be_visible()
    said = kept.text_content()
    assert said not in ("0 runs kept", "8 runs kept")
    page.get_by_label("colour", exact=True).select_option(label="started")
    expect(page.get_by_role("note", name="Colours: started")).to_be_visible()
    page.reload()
    expect(kept).to_have_text(said)
    expect(group.get_by_role("button", name="Log y")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("note", name="Colours: started")).to_be_visible()
    if place == "compare":
        assert "explore.logy=1" in page.url and "&logy" not in page.url


def test_all_axes_are_on_a_phone(page: Any, empty: Any, own_store: Path) -> None:
    for i in range(8):
        params = {"regularization": 10.0**-i, "kernel": ("radial basis", "sigmoid")[i % 2], "width": i}
        write_run(Store(own_store), f"run {i}", params=params, metrics={"valid/accuracy": i / 10})
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore")
    expect(
        page.get_by_role("img", name=re.compile("^Parallel coordinates of 8 runs over.*accuracy"))
    ).to_be_visible()
    sizes = page.locator(".scroll:has(canvas)").first.evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert sizes[0] <= sizes[1]


def test_no_line_goes_through_a_number(page: Any, empty: Any, runs: list[str]) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore")
    picture = page.get_by_role("img", name="Parallel coordinates")
    expect(picture).to_be_visible()
    # A line through the first value of the first axis: what is written there stands on the page's own ground.
    ends = picture.evaluate(
        """async (canvas) => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const ratio = canvas.width / canvas.clientWidth;
          const column = canvas.getContext("2d").getImageData(17 * ratio, (340 - 31) * ratio, 1, 7 * ratio);
          return [[...column.data.slice(0, 4)], [...column.data.slice(-4)]];
        }"""
    )
    assert ends[0] == ends[1]
    assert ends[0][3] == 255, "what is drawn below does not shine through"


def test_colours_of_names_are_named(page: Any, empty: Any, runs: list[str]) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore?color=params.kind&kept=%7Bnonsense")
    legend = page.get_by_role("note", name="Colours: kind")
    expect(legend.locator(".field")).to_have_text(["a", "b"])


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ((math.nan, None, math.nan), "None of these 3 runs has a finite score."),
        ((1.0, None, math.nan), "Only one of these 3 runs has a finite score: there is nothing to compare."),
        ((1.0, 2.0, None), "No parameter differs between the 2 of 3 runs that have a finite score."),
    ],
)
def test_why_nothing_is_explained(
    page: Any, empty: Any, own_store: Path, scores: tuple[float | None, ...], said: str
) -> None:
    for place, score in enumerate(scores):
        metrics = {} if score is None else {"score": score}
        write_run(Store(own_store), params={"lr": place // 2}, metrics=metrics)
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore?metric=metrics.score")
    expect(page.get_by_text(said)).to_have_count(2)


def test_marks_of_an_axis_suit_its_values(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")

    def ticks(*values: Any, numeric: bool = True) -> list[str]:
        found: list[str] = page.evaluate(TICKS, {"field": "params.p", "numeric": numeric, "values": values})
        return found

    assert ticks(2, 3) == ["2", "3"]
    assert ticks(1e15, 1e15 + 4e11) == ["1e15", "1.0001e15", "1.0002e15", "1.0003e15", "1.0004e15"]
    names = ticks("sqrt", 10, 0.5, "-2", 0.25, True, "1e-3", None, numeric=False)
    assert names == ["-2", "1e-3", "0.25", "0.5", "10", "sqrt", "True"]


def test_orders_of_magnitude_are_on_a_logarithmic_axis(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    wide = "async (values) => (await import('/static/explore/marks.js')).isWide({ values })"
    assert page.evaluate(wide, [0.002, 0.2, 0.3, 0.35, 0.39, None, "nan"])
    for values in ([0.02, 0.39], [0, 1, 1000], [-1, 500], ["a"], []):
        assert not page.evaluate(wide, values)


def test_times_on_an_axis_are_those_of_the_clock(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    started = {"field": "started", "numeric": True, "values": [1.7e9, 1.7e9 + 7200]}
    assert all(re.fullmatch(r"\d\d:\d\d", each) for each in page.evaluate(TICKS, started))
    took = {"field": "duration", "numeric": True, "values": [0, 7200]}
    assert "1 h" in page.evaluate(TICKS, took)


def test_a_matrix_of_many_classes_has_names_and_shows_misses(page: Any, empty: Any, own_store: Path) -> None:
    size = 25
    counts = [[2000 if i == j else int(j == i + 1) for j in range(size)] for i in range(size)]
    data = {"labels": [f"class {i}" for i in range(size)], "counts": counts}
    record = {"name": "test/confusion_matrix", "kind": "confusion_matrix", "data": data}
    run = write_run(Store(own_store), events=[("artifact", record)])
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    table = page.locator("table.matrix")
    expect(table.locator("th[scope=row]")).to_have_text(data["labels"])
    expect(table.locator("th.upright")).to_have_text(data["labels"])
    expect(table).to_contain_text("predicted")
    shares = table.locator("td.miss").evaluate_all(
        "all => all.map((td) => td.style.getPropertyValue('--share'))"
    )
    assert shares == ["1"] * (size - 1)
    assert table.bounding_box()["width"] > 350
    table.locator("td.miss").first.hover()
    expect(page.get_by_text("true class 0, predicted class 1: 1 (0.050 % of its rows)")).to_be_visible()


@pytest.mark.parametrize(
    ("metric", "scores", "said"),
    [
        ("cv/roc_auc", (5, 8, 12, 11, 3, 1), "best near 0.1"),
        ("cv/loss", (5, 8, 12, 11, 3, 1), "worst near 0.1"),
        ("cv/thing", (5, 8, 12, 11, 3, 1), "highest near 0.1"),
        ("cv/roc_auc", (1, 2, 3, 4, 5, 6), "higher is better"),
        ("cv/loss", (1, 2, 3, 4, 5, 6), "higher is worse"),
        ("cv/thing", (6, 5, 4, 3, 2, 1), "falls with it"),
    ],
)
def test_what_a_parameter_does_is_said_in_words(
    page: Any, empty: Any, own_store: Path, metric: str, scores: tuple[int, ...], said: str
) -> None:
    for power, score in enumerate(scores):
        for more in (0, 0.25):
            params = {"C": 10.0 ** (power - 3), "balanced": more > 0}
            write_run(Store(own_store), params=params, metrics={metric: score + more})
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore")
    expect(page.locator(".effect")).to_have_text([said, ""])


def test_what_takes_long_to_read_is_said_to_be_read(page: Any, empty: Any, runs: list[str]) -> None:
    held: list[Any] = []
    page.route("**/api/importance*", lambda asked: held.append(asked))
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore")
    reading = page.get_by_text("Reading the runs")
    expect(reading).to_have_count(3)
    page.wait_for_function("() => document.querySelector('.section.waiting')")
    held[0].continue_()
    expect(page.get_by_role("img", name="Parallel coordinates")).to_be_visible()
    expect(reading).to_have_count(0)


WRITTEN = """() => {
  window.written = [];
  const real = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push(text);
    return real.call(this, text, ...place);
  };
}"""


@pytest.mark.parametrize("has_all", [True, False])
def test_the_line_of_no_value_is_labelled(page: Any, empty: Any, own_store: Path, has_all: bool) -> None:
    for place in range(4):
        params = {"lr": place / 10, "depth": place} if place or has_all else {"lr": 0.0}
        write_run(Store(own_store), params=params, metrics={"score": place * 1.5})
    page.add_init_script(f"({WRITTEN})()")
    page.goto(f"http://127.0.0.1:{empty.port}/#/explore")
    page.wait_for_function("() => window.written.includes('depth')")
    assert page.evaluate("window.written.includes('no value')") is not has_all
