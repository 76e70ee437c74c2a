"""The filter of the table while it is typed: its columns, and a server that is gone meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

from .test_page_live import listening

expect: Any = pytest.importorskip("playwright.sync_api").expect


def store_of_three(folder: Path) -> Store:
    """Runs of three names, two of each, that have no metric in common."""
    store = Store(folder)
    for name in ("alpha", "beta", "gamma"):
        for value in (1, 2):
            write_run(store, name, metrics={f"m_{name}": value})
    return store


def shows(page: Any, name: str) -> None:
    """Wait until the columns are those of a name, and of no other one."""
    expect(page.get_by_role("columnheader").filter(has_text="m_")).to_have_text([f"m_{name}"])


def test_columns_follow_the_filter_that_is_understood(page: Any, empty: Any, own_store: Path) -> None:
    store_of_three(own_store)
    page.allowed.append("400")
    held: list[Any] = []
    page.clock.install()
    page.route("**/api/runs?*and&*", lambda route: held.append(route))
    page.goto(f"http://127.0.0.1:{empty.port}/")
    box = page.get_by_label("Filter runs")
    box.fill("name = 'beta'")
    shows(page, "beta")
    box.fill("name = 'alpha'")
    expect(page.locator("[data-run]").filter(has_text="alpha")).to_have_count(2)
    expect(page.locator("[data-run]")).to_have_count(2)
    # What is half typed is under way when the columns are to follow.
    with page.expect_request("**/api/runs?*and&*"):
        box.fill("name = 'alpha' and")
    page.clock.run_for(1000)
    for route in held:
        route.continue_()
    expect(page.locator(".mistake")).to_contain_text("expected")
    shows(page, "alpha")
    assert page.locator(".toast").count() == 0
    box.fill("name = 'alpha'")
    expect(page.locator(".mistake")).to_be_empty()
    shows(page, "alpha")
    expect(page.locator("[data-run]")).to_have_count(2)


def test_what_was_typed_while_the_server_was_gone_is_asked_for(page: Any, own_store: Path) -> None:
    store = store_of_three(own_store)
    page.allowed += ["ERR_CONNECTION_REFUSED", "500"]
    with listening(store, 0) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("[data-run]")).to_have_count(6)
    page.get_by_label("Filter runs").fill("name = 'gamma'")
    expect(page.locator(".mistake")).to_contain_text("does not answer any more")
    with listening(store, port):
        expect(page.locator("[data-run]")).to_have_count(2, timeout=15_000)
        expect(page.locator(".mistake")).to_be_empty()
        shows(page, "gamma")
        assert "gamma" in page.url


def test_what_is_shown_beside_a_wrong_filter_is_said_not_to_be_its(
    page: Any, empty: Any, own_store: Path
) -> None:
    store_of_three(own_store)
    page.allowed.append("400")
    page.goto(f"http://127.0.0.1:{empty.port}/")
    box, table, said = page.get_by_label("Filter runs"), page.locator(".table"), page.locator(".mistake")
    expect(page.locator("[data-run]")).to_have_count(6)
    box.fill("name = beta")
    expect(table).to_have_css("opacity", "0.4")
    expect(said).to_have_text("write text in quotes: 'beta'Still shown: all runs")
    box.fill("name = 'beta'")
    expect(page.locator("[data-run]")).to_have_count(2)
    expect(table).to_have_css("opacity", "1")
    expect(said).to_be_empty()
    box.fill("name = 'beta' and")
    expect(said).to_contain_text("Still shown: what matches name = 'beta'")
    expect(page.get_by_text("2 runs", exact=True)).to_have_css("opacity", "0.4")
    box.fill("name = 'beta'")
    expect(table).to_have_css("opacity", "1")


def test_a_name_that_no_run_has_is_named(page: Any, empty: Any, own_store: Path) -> None:
    store_of_three(own_store)
    page.goto(f"http://127.0.0.1:{empty.port}/#/runs?filter=params.unheard > 1 and name = 'beta'")
    expect(page.get_by_text("No run matches the filter: none has params.unheard.")).to_be_visible()
    page.get_by_label("Filter runs").fill("metrics.m_beta > 100")
    expect(page.get_by_text("No run matches the filter.", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(page.locator("[data-run]")).to_have_count(6)
