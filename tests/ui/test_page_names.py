"""Names that nobody could read to their end."""

from __future__ import annotations

from typing import Any

import pytest

from fitscribe import start_run

expect: Any = pytest.importorskip("playwright.sync_api").expect


def test_a_name_without_end_is_cut_and_its_curve_drawn(page: Any, empty: Any) -> None:
    name = "begin" + "x" * 500_000 + "end"
    with start_run("long") as run:
        for step in range(5):
            run.log_metric(name, float(step), step)
        run.log_metric("accuracy", 0.5)
    page.goto(f"http://127.0.0.1:{empty.port}/")
    expect(page.locator("[data-run]")).to_have_count(1)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run.id}")
    chart = page.locator("figure.chart")
    expect(chart.locator("h3")).to_contain_text("beginx")
    assert len(chart.locator("h3").inner_text()) < 250
    expect(chart).to_have_attribute("data-last", "4")
    expect(chart.locator(".bad")).to_have_count(0)
    assert len(page.locator("body").inner_text()) < 10_000


def test_a_name_without_end_is_cut_where_runs_are_compared(page: Any, empty: Any) -> None:
    name = "begin" + "x" * 500_000 + "end"
    ids = []
    for value in (1.0, 2.0):
        with start_run("long") as run:
            run.log_metric(name, value)
        ids.append(run.id)
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(ids)}")
    expect(page.locator('[data-section="metrics"] tr').filter(has_text="beginx")).to_contain_text("+1")
    assert len(page.locator("body").inner_text()) < 10_000
