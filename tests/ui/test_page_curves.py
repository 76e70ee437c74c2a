"""Curves that are read: by keyboard, on a phone, and with some of them hidden."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def open_run(page: Any, empty: Any, own_store: Path) -> Any:
    """Open the page of a run that has some metrics; the chart is that of the loss."""

    def go(metrics: dict[str, list[float]]) -> Any:
        run = write_run(Store(own_store), "run", metrics=metrics)
        page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
        chart = page.locator("figure.chart[data-chart=loss]")
        expect(chart.locator("canvas")).to_be_visible()
        return chart

    return go


def test_the_points_of_a_line_are_read_by_keyboard(page: Any, open_run: Any) -> None:
    chart = open_run({"loss": [float(100 - i) for i in range(50)]})
    plot, tip, said = chart.locator(".plot"), chart.locator(".tip"), chart.get_by_role("status")
    for key, value, step in (
        ("ArrowRight", 100, 0),
        ("ArrowLeft", 100, 0),
        ("ArrowRight", 99, 1),
        ("Shift+ArrowRight", 89, 11),
        ("ArrowLeft", 90, 10),
        ("End", 51, 49),
        ("ArrowRight", 51, 49),
        ("Home", 100, 0),
    ):
        plot.press(key)
        expect(tip).to_have_text(re.compile(rf"loss\s+{value}\s+step {step}$"))
        expect(said).to_have_text(re.compile(rf"loss\s+{value}\s+step {step}$"))
    assert "from" not in page.url
    plot.press("Escape")
    expect(tip).to_be_hidden()
    plot.press("ArrowLeft")
    expect(tip).to_contain_text("step 49")
    plot.blur()
    expect(tip).to_be_hidden()


def test_the_range_follows_who_reads_and_ends_with_the_data(page: Any, open_run: Any) -> None:
    chart = open_run({"loss": [float(100 - i) for i in range(50)]})
    plot, tip = chart.locator(".plot"), chart.locator(".tip")
    whole = page.get_by_role("button", name="Whole range")
    plot.press("+")
    expect(whole).to_be_visible()
    plot.press("End")
    expect(tip).to_contain_text("step 36")
    for step in range(37, 50):
        # Points beyond the range that is shown come after it.
        page.wait_for_function(
            "([chart, step]) => chart.dataset.last >= step", arg=[chart.element_handle(), step]
        )
        plot.press("ArrowRight")
        expect(tip).to_contain_text(f"step {step}")
    assert page.url.endswith("from=24.5&to=49")
    plot.press("ArrowRight")
    assert page.url.endswith("from=24.5&to=49")
    page.go_back()
    expect(whole).to_be_hidden()
    plot.press("-")
    expect(whole).to_be_hidden()


def test_the_line_below_is_read_by_keyboard(page: Any, open_run: Any) -> None:
    chart = open_run({"train/loss": [1.0, 2.0, 3.0], "valid/loss": [4.0, 5.0, 6.0]})
    plot, tip = chart.locator(".plot"), chart.locator(".tip")
    for key, said in (
        ("End", "6"),
        ("ArrowDown", "3"),
        ("ArrowDown", "3"),
        ("ArrowLeft", "2"),
        ("ArrowUp", "5"),
    ):
        plot.press(key)
        expect(tip.locator("b")).to_have_text(said)


def test_a_line_is_hidden_in_the_legend_and_the_axis_follows(page: Any, open_run: Any) -> None:
    chart = open_run({"train/loss": [900.0, 1000.0], "valid/loss": [2.0, 1.0]})
    plot = chart.locator(".plot")
    train, valid = (chart.get_by_role("button", name=f"{role}/loss") for role in ("train", "valid"))
    expect(train).to_have_attribute("aria-pressed", "true")
    train.press("Enter")
    expect(train).to_have_attribute("aria-pressed", "false")
    expect(train).to_be_focused()
    expect(plot).to_have_attribute("aria-label", re.compile("1 of them hidden"))
    plot.press("ArrowRight")
    expect(chart.locator(".tip b")).to_have_text("2")
    dot, box = chart.locator(".u-over .u-cursor-pt").bounding_box(), chart.locator(".u-over").bounding_box()
    assert dot["y"] < box["y"] + box["height"] / 3, "the highest point is on top"
    valid.click()
    for each in (train, valid):
        expect(each).to_have_attribute("aria-pressed", "true")


def test_no_two_lines_of_a_chart_look_alike(page: Any, empty: Any, own_store: Path) -> None:
    metrics = {f"layer{i}/unit{j}/act": [1.0 + i, 2.0 + j] for i in range(12) for j in range(10)}
    metrics |= {f"fold {i}/loss": [1.0, 2.0] for i in range(9)} | {"loss": [3.0, 2.0]}
    run = write_run(Store(own_store), metrics=metrics)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    charts = page.locator("figure.chart")
    expect(charts).to_have_count(11)
    for chart in charts.all():
        looks = chart.locator(".swatch").evaluate_all("all => all.map((each) => each.getAttribute('style'))")
        assert 10 <= len(set(looks)) == len(looks) <= 12


def test_what_a_point_says_is_in_sight_on_a_phone(page: Any, open_run: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    chart = open_run({"a rather long name/loss": [float(100 - i) for i in range(9)]})
    plot, tip = chart.locator(".plot"), chart.locator(".tip")
    room = plot.bounding_box()
    for step in range(9):
        plot.press("ArrowRight")
        expect(tip).to_contain_text(f"step {step}")
        box, dot = tip.bounding_box(), chart.locator(".u-over .u-cursor-pt").bounding_box()
        assert box["x"] >= room["x"] - 1
        assert box["x"] + box["width"] <= room["x"] + room["width"] + 1
        is_beside = box["x"] > dot["x"] or box["x"] + box["width"] < dot["x"]
        assert is_beside or box["y"] > dot["y"] or box["y"] + box["height"] < dot["y"]
