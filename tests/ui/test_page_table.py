"""The table of runs in a browser: filter, sort, group, children, columns, editing, trash."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.reading import get_run, search_runs
from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect

FILTER = "Filter runs"


def names(page: Any) -> list[str]:
    """What the rows in sight are called."""
    found: list[str] = page.locator(".tr:not(.heads) .td.first a").all_inner_texts()
    return found


def rows(page: Any) -> Any:
    return page.locator("[data-run]")


def test_every_run_on_top_is_listed(table: Any, trained_store: Store) -> None:
    expected = {run.name for run in search_runs("parent is null", store=trained_store)}
    assert set(names(table)) == expected


def test_a_filter_is_typed_and_stays_in_the_address(table: Any) -> None:
    box = table.get_by_label(FILTER)
    box.fill("experiment = 'cancer' and tags.C > 0.5")
    expect(rows(table)).to_have_count(4)
    assert "filter=" in table.url
    table.reload()
    expect(rows(table)).to_have_count(4)
    assert table.get_by_label(FILTER).input_value() == "experiment = 'cancer' and tags.C > 0.5"


def test_a_mistake_is_marked_where_it_is(table: Any) -> None:
    before = rows(table).count()
    table.allowed.append("400")
    box = table.get_by_label(FILTER)
    box.fill("params.C >")
    box.press("Enter")
    expect(table.locator(".mistake")).to_contain_text("expected")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(table.locator(".marks mark")).to_have_count(1)
    box.fill("metric.x > 1")
    box.press("Enter")
    expect(table.locator(".marks mark")).to_have_text("metric.x")
    assert rows(table).count() == before


def test_completion_writes_a_filter(table: Any) -> None:
    table.allowed.append("400")
    box = table.get_by_label(FILTER)
    box.press_sequentially("exp")
    expect(table.get_by_role("option").first).to_contain_text("experiment")
    box.press("Tab")
    expect(box).to_have_value("experiment ")
    box.press_sequentially("= ")
    option = table.get_by_role("option").filter(has_text="cancer")
    expect(option).to_be_visible()
    option.click()
    expect(rows(table)).to_have_count(6)


def test_a_heading_sorts_one_way_then_the_other(table: Any) -> None:
    table.goto(table.url.split("#")[0] + "#/runs?filter=experiment = 'cancer'")
    expect(rows(table)).to_have_count(6)
    heading = table.get_by_role("columnheader", name="name")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(table.locator(".td.first a").first).to_have_text("logistic 0.1")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(table.locator(".td.first a").first).to_have_text("logistic 10")


def test_what_was_asked_for_last_is_what_counts(table: Any) -> None:
    every = rows(table).count()
    box = table.get_by_label(FILTER)
    for text in ("experiment = 'cancer'", "name = 'Ridge'", ""):
        box.fill(text)
        box.press("Enter")
    table.get_by_role("columnheader", name="name").get_by_role("button").click()
    expect(table.get_by_role("columnheader", name="name")).to_have_attribute("aria-sort", "ascending")
    expect(rows(table)).to_have_count(every)
    assert "filter=" not in table.url


def test_groups_have_means_and_deviations(table: Any) -> None:
    table.goto(table.url.split("#")[0] + "#/runs?filter=experiment = 'cancer'&by=tags.C")
    groups = table.locator("[data-group]")
    expect(groups).to_have_count(3)
    expect(groups.first).to_contain_text("2 runs")
    expect(groups.first).to_contain_text("±")
    expect(groups.first.get_by_role("gridcell").nth(1)).to_have_text(re.compile("ago|just now"))
    groups.first.get_by_role("button").click()
    expect(rows(table)).to_have_count(2)
    with table.expect_download() as download:
        table.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "groups.csv"
    text = Path(download.value.path()).read_text()
    assert text.startswith("tags.C,runs,started mean,") and len(text.splitlines()) == 4


def test_a_mean_says_what_is_not_in_it(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    for value in (0.1, math.nan):
        write_run(store, "some", metrics={"loss": value})
    write_run(store, "none", metrics={"loss": math.inf})
    page.goto(f"http://127.0.0.1:{empty.port}/#/runs?by=name&sort=name desc")
    groups = page.locator("[data-group]")
    some = groups.first.get_by_role("gridcell").filter(has_text="⚠")
    expect(some).to_have_text("0.1 ⚠ 1 not finite")
    expect(some).to_have_attribute(
        "title", "0.1, 1 run from 0.1 to 0.1; 1 run with nan or inf, not in the mean"
    )
    none = groups.last.get_by_role("gridcell").filter(has_text="⚠")
    expect(none).to_have_text("⚠ 1 not finite")
    expect(none).to_have_attribute("title", "1 run with nan or inf")


@pytest.mark.parametrize("by", ["", "?by=name"])
def test_no_number_is_cut(page: Any, empty: Any, own_store: Path, by: str) -> None:
    for rate in (0.000621034, 1_299_000_000_000, -1.2345e-8):
        for share in (1.0, 0.312345678):
            write_run(Store(own_store), params={"lr": rate * share}, metrics={"m": rate * share})
    page.goto(f"http://127.0.0.1:{empty.port}/#/runs{by}")
    cells = page.locator('[data-field="params.lr"], [data-field="metrics.m"], .tr.group .num')
    expect(cells.first).to_be_visible()
    assert cells.count() >= 2
    assert cells.evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth)") == []


def test_a_plain_word_is_no_filter_and_may_be_looked_for(table: Any) -> None:
    table.allowed.append("400")
    box = table.get_by_label(FILTER)
    box.fill("Ridge")
    box.press("Enter")
    expect(table.locator(".mistake")).to_contain_text("name ~ 'Ridge'")
    box.fill("name ~ 'Ridge'")
    expect(rows(table)).to_have_count(1)


def test_what_lies_in_a_run_is_filtered_and_grouped_there(table: Any) -> None:
    search = rows(table).filter(has_text="GridSearchCV")
    table.goto(table.url.split("#")[0] + f"#/runs?parent={search.get_attribute('data-run')}")
    expect(rows(table)).to_have_count(4)
    expect(table.locator(".bar [role=status]")).to_have_text("4 runs")
    table.get_by_label("Group by").select_option("params.max_depth")
    groups = table.locator("[data-group]")
    expect(groups).to_have_count(2)
    groups.first.get_by_role("button").click()
    expect(rows(table)).to_have_count(2)
    table.get_by_label("Group by").select_option("")
    table.get_by_label(FILTER).fill("params.max_depth = 99")
    expect(rows(table)).to_have_count(0)


def test_grouping_is_chosen_in_a_list(table: Any) -> None:
    table.get_by_label("Group by").select_option("framework")
    expect(table.locator("[data-group]").first).to_be_visible()
    assert "by=framework" in table.url


def test_children_lie_folded_below_their_parent(table: Any) -> None:
    search = rows(table).filter(has_text="GridSearchCV")
    search.get_by_role("button", name="Show children").click()
    expect(table.locator('[aria-level="2"]')).to_have_count(4)
    search.get_by_role("button", name="Show children").click()
    expect(table.locator('[aria-level="2"]')).to_have_count(0)


def test_children_bring_the_column_that_says_most_of_them(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    search = write_run(store, "search", metrics={"test/f1": 0.5})
    for score in (0.25, 0.75):
        write_run(store, "candidate", parent=search, metrics={"cv/f1": score, "fit": 1.0})
    page.goto(f"http://127.0.0.1:{empty.port}/")
    expect(page.get_by_role("columnheader", name="test/f1")).to_be_visible()
    expect(page.get_by_role("columnheader", name="cv/f1")).to_have_count(0)
    page.get_by_role("button", name="Show children").click()
    expect(page.get_by_role("columnheader", name="cv/f1")).to_be_visible()
    scores = page.locator('[aria-level="2"] [data-field="metrics.cv/f1"]')
    expect(scores).to_have_text(["0.75", "0.25"])
    expect(page.get_by_role("columnheader", name="fit")).to_have_count(0)


def test_columns_suit_what_is_filtered(table: Any) -> None:
    expect(table.get_by_role("columnheader", name="train/loss")).to_have_count(0)
    table.get_by_label(FILTER).fill("experiment = 'notes'")
    expect(table.get_by_role("columnheader", name="train/loss")).to_be_visible()
    expect(table.locator('[data-field="metrics.train/loss"]')).to_have_text("0.02")


def test_columns_are_chosen_and_remembered(table: Any) -> None:
    table.get_by_role("button", name="Columns").click()
    dialog = table.get_by_role("dialog")
    dialog.get_by_label("Find a column").fill("max_depth")
    dialog.get_by_role("checkbox").first.check()
    dialog.get_by_role("button", name="Show these").click()
    expect(table.get_by_role("columnheader", name="max_depth")).to_be_visible()
    table.reload()
    expect(table.get_by_role("columnheader", name="max_depth")).to_be_visible()


def test_a_column_is_made_wider(table: Any) -> None:
    heading = table.get_by_role("columnheader").nth(1)
    width = heading.bounding_box()["width"]
    grip = heading.locator(".resize").bounding_box()
    table.mouse.move(grip["x"] + 1, grip["y"] + 5)
    table.mouse.down()
    table.mouse.move(grip["x"] + 1 + 30, grip["y"] + 5, steps=3)
    table.mouse.move(grip["x"] + 1 + 80, grip["y"] + 5, steps=5)
    table.mouse.up()
    assert heading.bounding_box()["width"] == width + 80
    table.reload()
    expect(rows(table).first).to_be_visible()
    assert heading.bounding_box()["width"] == width + 80


def test_the_best_value_of_a_metric_is_a_column(table: Any) -> None:
    table.get_by_role("button", name="Columns").click()
    dialog = table.get_by_role("dialog")
    expect(dialog.get_by_text("train/loss", exact=True)).to_be_visible()
    expect(dialog.get_by_text("train/loss.min", exact=True)).to_have_count(0)
    dialog.get_by_label("Find a column").fill("loss.m")
    dialog.get_by_text("train/loss.min", exact=True).click()
    dialog.get_by_role("button", name="Show these").click()
    expect(table.get_by_role("columnheader", name="train/loss.min")).to_be_visible()
    row = rows(table).filter(has_text="by hand")
    expect(row.locator('[data-field="metrics.train/loss.min"]')).to_have_attribute("title", "0.02")


def test_a_filter_that_nothing_matches_says_so(table: Any) -> None:
    every = rows(table).count()
    table.get_by_label(FILTER).fill("name = 'nobody'")
    expect(table.get_by_text("No run matches the filter.")).to_be_visible()
    table.locator(".nothing").get_by_role("button", name="Clear the filter").click()
    expect(rows(table)).to_have_count(every)
    expect(table.get_by_text("No run matches the filter.")).to_be_hidden()


def test_a_phone_shows_a_metric_beside_the_name(table: Any) -> None:
    table.set_viewport_size({"width": 390, "height": 800})
    table.reload()
    expect(rows(table).first).to_be_visible()
    first = table.get_by_role("columnheader").nth(1)
    expect(first).to_contain_text("accuracy")
    expect(first).to_be_in_viewport(ratio=1)


def test_stars_tags_and_notes_are_edited_in_place(table: Any, trained_store: Store) -> None:
    row = rows(table).filter(has_text="by hand")
    run = str(row.get_attribute("data-run"))
    row.get_by_role("button", name="Give it a star").click()
    expect(row.get_by_role("button", name="Take the star away")).to_be_visible()
    row.locator('[data-field="tags"]').click()
    dialog = table.get_by_role("dialog", name="Tags")
    dialog.get_by_label("Name of the tag").fill("stage")
    dialog.get_by_label("Value").fill("prod")
    dialog.get_by_role("button", name="Save").click()
    expect(row.locator('[data-field="tags"]')).to_contain_text("prod")
    table.get_by_role("treegrid").focus()
    for _ in range(rows(table).count()):
        if "at" in str(row.get_attribute("class")).split():
            break
        table.get_by_role("treegrid").press("ArrowDown")
    table.get_by_role("treegrid").press("n")
    notes = table.get_by_role("dialog", name="Notes")
    notes.get_by_role("textbox").fill("better than the last one")
    with table.expect_response("**/api/runs/*"):
        notes.get_by_role("button", name="Save").click()
    found = get_run(run, store=trained_store)
    assert found.tags["stage"] == "prod"
    assert found.notes == "better than the last one"


def test_a_tag_is_typed_into_one_box(table: Any, trained_store: Store) -> None:
    row = rows(table).filter(has_text="by hand")
    run = str(row.get_attribute("data-run"))
    row.locator('[data-field="tags"]').click()
    dialog = table.get_by_role("dialog", name="Tags")
    dialog.get_by_label("Name of the tag").fill("reviewed=by a=b")
    dialog.get_by_label("Name of the tag").press("Enter")
    expect(dialog.locator(".chip")).to_contain_text("by a=b")
    with table.expect_response("**/api/runs/*"):
        dialog.get_by_role("button", name="Save").click()
    assert get_run(run, store=trained_store).tags["reviewed"] == "by a=b"


def test_runs_go_to_the_trash_and_come_back(table: Any, trained_store: Store) -> None:
    count = rows(table).count()
    row = rows(table).filter(has_text="by hand")
    run = str(row.get_attribute("data-run"))
    row.get_by_role("checkbox").check()
    table.get_by_role("button", name="Move to trash").click()
    expect(rows(table)).to_have_count(count - 1)
    assert run in trained_store.trashed_ids()
    table.get_by_role("button", name="Undo").click()
    expect(rows(table)).to_have_count(count)
    assert run not in trained_store.trashed_ids()


def test_a_candidate_does_not_go_to_the_trash_alone(table: Any, trained_store: Store) -> None:
    table.allowed.append("409")
    search = rows(table).filter(has_text="GridSearchCV")
    search.get_by_role("button", name="Show children").click()
    table.locator('[aria-level="2"]').first.get_by_role("checkbox").check()
    table.get_by_role("button", name="Move to trash").click()
    expect(table.locator(".toast")).to_contain_text("holds it. They go together: move that one.")


def test_all_runs_go_to_the_trash_and_come_back(table: Any) -> None:
    count = rows(table).count()
    rows(table).first.get_by_role("checkbox").check()
    table.get_by_role("button", name="Select all").click()
    expect(table.get_by_text(f"{count} selected")).to_be_visible()
    table.get_by_role("button", name="Move to trash").click()
    expect(rows(table)).to_have_count(0)
    table.get_by_role("button", name="Undo").click()
    expect(rows(table)).to_have_count(count)


def test_the_page_of_the_trash_restores(table: Any, trained_store: Store) -> None:
    row = rows(table).filter(has_text="by hand")
    run = str(row.get_attribute("data-run"))
    row.get_by_role("checkbox").check()
    table.get_by_role("button", name="Move to trash").click()
    table.get_by_role("link", name="Trash").click()
    thrown = table.locator(f'tr[data-run="{run}"]')
    expect(thrown).to_contain_text("by hand")
    thrown.get_by_role("button", name="Restore").click()
    expect(table.get_by_text("Nothing was thrown away")).to_be_visible()
    assert run not in trained_store.trashed_ids()


def test_what_is_selected_is_what_was_said(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    runs = [write_run(store, f"run {number}", started=1e9 - number) for number in range(230)]
    page.goto(f"http://127.0.0.1:{empty.port}/")
    rows(page).first.get_by_role("checkbox").check()
    grid = page.get_by_role("treegrid")
    grid.evaluate("table => (table.scrollTop = table.scrollHeight)")
    expect(page.locator(f'[data-run="{runs[-1]}"]')).to_be_visible()
    page.locator(f'[data-run="{runs[-1]}"]').get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.get_by_text("230 selected")).to_be_visible()


def test_many_selected_runs_are_explored(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    for number in range(400):
        write_run(store, params={"depth": number % 3}, metrics={"score": number})
    page.goto(f"http://127.0.0.1:{empty.port}/")
    rows(page).first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Select all 400").click()
    expect(page.get_by_text("400 selected")).to_be_visible()
    page.locator(".bar").get_by_role("link", name="Explore").click()
    expect(page.get_by_text("400 picked runs")).to_be_visible()
    expect(page.get_by_text("400 runs", exact=True)).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()


def test_select_all_selects_what_it_says_and_tags_it(table: Any, trained_store: Store) -> None:
    count = rows(table).count()
    rows(table).first.get_by_role("checkbox").check()
    table.get_by_role("button", name=f"Select all {count}", exact=True).click()
    expect(table.get_by_text(f"{count} selected")).to_be_visible()
    table.get_by_role("button", name="Tag", exact=True).click()
    dialog = table.get_by_role("dialog", name="Tags")
    dialog.get_by_label("Name of the tag").fill("stage")
    with table.expect_response("**/api/runs"):
        dialog.get_by_role("button", name="Save").click()
    assert len(search_runs("tags.stage = true", store=trained_store)) == count
    expect(rows(table).first.locator('[data-field="tags"]')).to_contain_text("stage")


def test_an_empty_store_says_what_to_type(page: Any, empty: Any) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing has been recorded here yet")
    expect(page.get_by_text("fitscribe.autolog()")).to_be_visible()
