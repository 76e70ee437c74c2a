"""Tags and notes that are edited: what was typed is saved, or stays in its box."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.reading import get_run
from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def run(page: Any, empty: Any, own_store: Path) -> str:
    """The page of a run, opened."""
    run_id = write_run(Store(own_store), "run", metrics={"loss": 1.0})
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("run")
    return run_id


@pytest.fixture
def notes(page: Any, run: str) -> Any:
    page.get_by_role("button", name="Add notes").click()
    return page.get_by_role("dialog", name="Notes")


def test_notes_that_cannot_be_saved_stay_in_their_box(
    page: Any, run: str, notes: Any, own_store: Path
) -> None:
    page.allowed.append("503")
    failing = {"kind": "store", "message": "the disk is full", "remedy": "Make room on it."}
    page.route(
        "**/api/runs/*",
        lambda asked: (
            asked.fulfill(status=503, json={"error": failing})
            if asked.request.method == "PATCH"
            else asked.continue_()
        ),
    )
    notes.get_by_role("textbox").fill("what was tried")
    notes.get_by_role("button", name="Save").click()
    expect(notes.get_by_role("alert")).to_have_text("Not saved: the disk is full. Make room on it.")
    page.get_by_role("heading", level=1).click()
    expect(notes.get_by_role("textbox")).to_have_value("what was tried")
    page.unroute("**/api/runs/*")
    notes.get_by_role("button", name="Save").click()
    expect(notes).to_have_count(0)
    expect(page.locator(".notes")).to_have_text("what was tried")
    assert get_run(run, store=Store(own_store)).notes == "what was tried"


def test_a_click_elsewhere_saves(page: Any, run: str, notes: Any) -> None:
    notes.get_by_role("textbox").fill("what was tried")
    page.get_by_role("heading", level=1).click()
    expect(page.locator(".notes")).to_have_text("what was tried")
    page.get_by_role("button", name="Add tags").click()
    tags = page.get_by_role("dialog", name="Tags")
    tags.get_by_label("Name of the tag").fill("stage")
    tags.get_by_label("Value").fill("prod")
    # The box that is opened instead waits for this one.
    page.get_by_role("button", name="Edit notes").press("Enter")
    expect(page.locator(".tags .chip")).to_have_text("stageprod")
    expect(notes.get_by_role("textbox")).to_have_value("what was tried")


def test_escape_asks_before_it_throws_away(page: Any, notes: Any) -> None:
    box = notes.get_by_role("textbox")
    box.fill("what was")
    box.press("Escape")
    expect(notes.get_by_role("alert")).to_contain_text("not saved yet")
    box.press_sequentially(" tried")
    expect(notes.get_by_role("alert")).to_have_count(0)
    box.press("Escape")
    expect(box).to_have_value("what was tried")
    box.press("Escape")
    expect(notes).to_have_count(0)
    page.get_by_role("button", name="Add notes").click()
    box.press("Escape")
    expect(notes).to_have_count(0)


def test_the_value_of_a_tag_without_a_name_is_not_lost(page: Any, run: str) -> None:
    page.get_by_role("button", name="Add tags").click()
    tags = page.get_by_role("dialog", name="Tags")
    tags.get_by_label("Value").fill("prod")
    page.get_by_role("heading", level=1).click()
    expect(tags.get_by_role("alert")).to_have_text("Not saved: a tag needs a name.")
    tags.get_by_label("Name of the tag").fill("stage")
    tags.get_by_role("button", name="Save").click()
    expect(page.locator(".tags .chip")).to_have_text("stageprod")
