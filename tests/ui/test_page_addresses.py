"""Addresses of the page, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


def test_a_path_leads_to_what_it_names(page: Any, empty: Any, own_store: Path) -> None:
    page.allowed.append("404")
    home = f"http://127.0.0.1:{empty.port}/"
    runs = [write_run(Store(own_store), name, params={"depth": len(name)}) for name in ("one", "other")]
    title = page.get_by_role("heading", level=1)
    page.goto(f"{home}run/{runs[0]}")
    expect(title).to_have_text("one")
    assert page.url == f"{home}#/run/{runs[0]}"
    page.goto(f"{home}compare?runs={','.join(runs)}")
    expect(page.locator(".legend > li[data-run]")).to_have_count(2)
    page.goto(f"{home}trash")
    expect(title).to_have_text("Trash")
    page.goto(f"{home}run/nosuch")
    expect(page.get_by_role("alert")).to_contain_text("nosuch")
    page.goto(f"{home}nosuch")
    expect(page.get_by_text("There is no such page.")).to_be_visible()


def test_the_way_back_leads_to_the_place_in_the_table(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    runs = [write_run(store, f"run {number}", started=1e9 - number) for number in range(230)]
    page.goto(f"http://127.0.0.1:{empty.port}/")
    grid = page.get_by_role("treegrid")
    grid.evaluate("table => (table.scrollTop = 200 * 36)")
    there = page.locator(f'[data-run="{runs[205]}"]')
    there.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("run 205")
    page.go_back()
    expect(there).to_be_in_viewport()
    expect(there).to_have_class("tr at")
    page.reload()
    expect(there).to_be_in_viewport()
    # Another choice of runs begins at its top.
    page.get_by_label("Filter runs").fill("name ~ 'run'")
    expect(page.locator(f'[data-run="{runs[0]}"]')).to_be_in_viewport()
