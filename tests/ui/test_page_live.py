"""What a training writes while the page is looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

import fitscribe
from fitscribe.store import Store
from fitscribe.ui.server import Server

expect: Any = pytest.importorskip("playwright.sync_api").expect


@contextmanager
def listening(store: Store, port: int) -> Iterator[int]:
    """Serve a store at a port, which is chosen for 0."""
    server = Server(store, "127.0.0.1", port)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(30)
        yield server.port
    finally:
        server.stop()
        thread.join(30)


def test_a_new_run_appears_in_the_table(page: Any, client: Any) -> None:
    page.goto(f"http://127.0.0.1:{client.port}/")
    expect(page.locator("[data-run]").first).to_be_visible()
    with fitscribe.start_run("just begun"):
        fitscribe.log_metric("loss", 1.0)
        row = page.locator("[data-run]").filter(has_text="just begun")
        expect(row.locator(".status.running")).to_be_visible()
    expect(row.locator(".status.finished")).to_be_visible()


def test_a_run_that_goes_to_the_trash_says_so_on_its_page(page: Any, empty: Any, own_store: Path) -> None:
    page.allowed.append("404")
    run = write_run(Store(own_store), "leaving", metrics={"loss": [2.0, 1.0]})
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.get_by_role("heading", level=1)).to_have_text("leaving")
    Store(own_store).trash([run])
    expect(page.get_by_role("alert")).to_contain_text("trash")
    Store(own_store).restore([run])
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("leaving")


def test_a_run_appears_where_none_has_matched(page: Any, client: Any) -> None:
    page.goto(f"http://127.0.0.1:{client.port}/#/runs?filter=status = 'running'")
    expect(page.get_by_text("0 runs")).to_be_visible()
    with fitscribe.start_run("just begun"):
        fitscribe.log_metric("loss", 1.0)
        expect(page.locator("[data-run]")).to_have_count(1)
    expect(page.locator("[data-run]")).to_have_count(0)


def test_the_first_run_of_a_store_takes_the_place_of_the_advice(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    expect(page.get_by_text("Nothing has been recorded here yet")).to_be_visible()
    with fitscribe.start_run("the first one"):
        fitscribe.log_metric("loss", 1.0)
    expect(page.locator("[data-run]")).to_have_count(1)


def test_columns_of_runs_that_come_are_shown(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    expect(page.get_by_text("Nothing has been recorded here yet")).to_be_visible()
    with fitscribe.start_run("the first one"):
        fitscribe.log_metric("loss", 0.5)
        expect(page.locator("[data-run]")).to_have_count(1)
        fitscribe.log_metric("accuracy", 0.75)
        expect(page.get_by_role("columnheader", name="accuracy")).to_be_visible()
        expect(page.locator('[data-field="metrics.accuracy"]')).to_have_text("0.75")
        fitscribe.log_param("depth", 3)
        expect(page.get_by_label("Group by").get_by_role("option", name="depth")).to_have_count(1)
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("dialog").get_by_text("depth", exact=True)).to_be_visible()


def test_a_training_that_writes_on_and_on_is_seen(page: Any, client: Any) -> None:
    page.goto(f"http://127.0.0.1:{client.port}/")
    expect(page.locator("[data-run]").first).to_be_visible()
    is_over = threading.Event()

    def train() -> None:
        with fitscribe.start_run("on and on"):
            while not is_over.wait(0.02):
                fitscribe.log_metric("loss", 1.0)

    training = threading.Thread(target=train)
    training.start()
    try:
        expect(page.locator("[data-run]").filter(has_text="on and on")).to_be_visible()
    finally:
        is_over.set()
        training.join()


def test_the_focus_is_back_where_a_box_was_opened_though_all_was_drawn_anew(page: Any, client: Any) -> None:
    page.goto(f"http://127.0.0.1:{client.port}/")
    page.locator("[data-run]").first.get_by_role("checkbox").check()
    tag = page.get_by_role("button", name="Tag", exact=True)
    tag.press("Enter")
    dialog = page.get_by_role("dialog", name="Tags")
    expect(dialog).to_be_visible()
    with fitscribe.start_run("just begun"):
        fitscribe.log_metric("loss", 1.0)
        expect(page.locator("[data-run]").filter(has_text="just begun")).to_be_visible()
    dialog.get_by_label("Name of the tag").press("Escape")
    expect(tag).to_be_focused()


def test_points_of_a_running_training_are_drawn(page: Any, empty: Any) -> None:
    with fitscribe.start_run("training") as run:
        for step in range(3):
            fitscribe.log_metric("loss", 1.0 / (step + 1), step=step)
        page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run.id}")
        chart = page.locator("figure.chart")
        expect(chart).to_have_attribute("data-last", "2")
        fitscribe.log_metric("loss", 0.125, step=3)
        expect(chart).to_have_attribute("data-last", "3")
        expect(page.locator(".tile").first).to_contain_text("0.125")
        expect(chart).to_contain_text("last 0.125")
    expect(page.locator(".lead .status")).to_have_text("finished")


def test_runs_that_are_compared_are_so_as_they_are_now(page: Any, empty: Any) -> None:
    with fitscribe.start_run("over") as over:
        for step in range(3):
            fitscribe.log_metric("loss", 0.5, step=step)
    with fitscribe.start_run("training") as run:
        for step in range(3):
            fitscribe.log_metric("loss", 1.0, step=step)
        page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={over.id},{run.id}")
        loss = page.locator('[data-section="metrics"] tr').filter(has_text="loss")
        expect(loss).to_contain_text("+0.5")
        fitscribe.log_metric("loss", 0.25, step=3)
        expect(loss).to_contain_text("-0.25")
        for step in range(2):
            fitscribe.log_metric("begun since", 1.0, step=step)
        expect(page.locator('figure.chart[data-chart="begun since"]')).to_be_visible()
        expect(page.locator(".legend .status.running")).to_have_count(1)
    expect(page.locator(".legend .status.running")).to_have_count(0)


def test_a_server_that_is_gone_is_said_and_its_return_too(page: Any, trained_store: Store) -> None:
    page.allowed += ["ERR_CONNECTION_REFUSED", "500"]
    with listening(trained_store, 0) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("[data-run]").first).to_be_visible()
    expect(page.get_by_text("does not answer any more")).to_be_visible(timeout=15_000)
    with listening(trained_store, port):
        expect(page.get_by_text("does not answer any more")).to_be_hidden(timeout=15_000)


def test_a_view_that_was_opened_while_the_server_was_gone_comes_when_it_is_back(
    page: Any, trained_store: Store
) -> None:
    page.allowed += ["ERR_CONNECTION_REFUSED", "500"]
    said = page.get_by_text("does not answer any more")
    with listening(trained_store, 0) as port:
        page.goto(f"http://127.0.0.1:{port}/#/trash")
        expect(page.get_by_text("Nothing was thrown away")).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    expect(said).to_be_visible()
    expect(said).to_have_count(1)
    with listening(trained_store, port):
        expect(page.locator("[data-run]").first).to_be_visible(timeout=15_000)
        expect(said).to_be_hidden(timeout=15_000)


def hold_first(page: Any, pattern: str) -> list[Any]:
    """Hold back the answer to the next request of a kind, and to no later one: where it will be found."""
    held: list[Any] = []
    page.route(pattern, lambda asked: asked.continue_() if held else held.append(asked))
    return held


def test_a_store_that_takes_long_to_read_is_said_to_be_read(page: Any, client: Any) -> None:
    held = hold_first(page, "**/api/columns*")
    page.goto(f"http://127.0.0.1:{client.port}/")
    expect(page.get_by_text("Reading the store")).to_be_visible()
    held[0].continue_()
    expect(page.locator("[data-run]").first).to_be_visible()
    expect(page.get_by_text("Reading the store")).to_have_count(0)


def test_the_table_stays_while_what_the_address_names_takes_long(page: Any, client: Any) -> None:
    page.goto(f"http://127.0.0.1:{client.port}/#/runs?by=experiment")
    expect(page.locator(".tr.group").first).to_be_visible()
    held = hold_first(page, "**/api/columns*")
    page.get_by_role("link", name="Runs").click()
    expect(page.locator("main")).to_have_class("waiting")
    expect(page.locator(".tr.group").first).to_be_visible()
    expect(page.get_by_text("Reading the store")).to_have_count(0)
    held[0].continue_()
    expect(page.locator("[data-run]").first).to_be_visible()
    expect(page.locator("main")).to_have_class("")
    page.go_back()
    expect(page.locator(".tr.group").first).to_be_visible()
