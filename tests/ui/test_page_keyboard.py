"""The page by keyboard: where the focus is, and what the keys do."""

from __future__ import annotations

from typing import Any

import pytest

expect: Any = pytest.importorskip("playwright.sync_api").expect

FILTER = "Filter runs"


def names(page: Any) -> list[str]:
    """What the rows in sight are called."""
    found: list[str] = page.locator(".tr:not(.heads) .td.first a").all_inner_texts()
    return found


def rows(page: Any) -> Any:
    return page.locator("[data-run]")


def test_tab_completes_a_word_and_leads_out_of_the_box(table: Any) -> None:
    table.allowed.append("400")
    box = table.get_by_label(FILTER)
    box.press_sequentially("exp")
    expect(table.get_by_role("option").first).to_contain_text("experiment")
    box.press("Tab")
    expect(box).to_have_value("experiment ")
    expect(table.get_by_role("option").first).to_have_text("=")
    box.press("Tab")
    expect(box).to_have_value("experiment ")
    expect(box).not_to_be_focused()
    box.fill("name")
    expect(table.get_by_role("option").first).to_be_visible()
    box.press("Tab")
    expect(box).to_have_value("name")
    expect(box).not_to_be_focused()


def test_who_comes_back_to_the_box_at_once_is_offered_words(table: Any) -> None:
    table.allowed.append("400")
    box = table.get_by_label(FILTER)
    box.focus()
    # What the box does a moment after it was left is kept for later.
    box.evaluate(
        """(box) => {
            const real = window.setTimeout;
            window.setTimeout = (then) => { window.later = then; return 0; };
            box.blur();
            window.setTimeout = real;
        }"""
    )
    box.press_sequentially("exp")
    expect(table.get_by_role("option").first).to_contain_text("experiment")
    table.evaluate("window.later()")
    expect(table.get_by_role("option").first).to_contain_text("experiment")
    table.get_by_role("treegrid").focus()
    table.evaluate("window.later()")
    expect(table.get_by_role("listbox", name="Completions")).to_be_hidden()


def test_the_row_that_keys_act_on_is_seen(table: Any) -> None:
    grid = table.get_by_role("treegrid")
    grid.focus()
    before = [row.screenshot() for row in rows(table).all()[:3]]
    grid.press("ArrowDown")
    expect(grid).to_have_attribute("aria-activedescendant", rows(table).nth(1).get_attribute("id"))
    after = [row.screenshot() for row in rows(table).all()[:3]]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, False, True]


def test_the_focus_stays_where_the_keyboard_was(table: Any) -> None:
    heading = table.get_by_role("columnheader", name="name").get_by_role("button")
    heading.focus()
    heading.press("Enter")
    expect(table.get_by_role("columnheader", name="name")).to_have_attribute("aria-sort", "ascending")
    expect(heading).to_be_focused()
    grid = table.get_by_role("treegrid")
    grid.focus()
    grid.press("Space")
    every = table.get_by_role("button", name="Select all")
    every.focus()
    every.press("Enter")
    expect(table.get_by_text(f"{rows(table).count()} selected")).to_be_visible()
    expect(every).to_be_focused()
    table.get_by_role("button", name="Clear", exact=True).press("Enter")
    expect(grid).to_be_focused()
    grid.press("g")
    grid.press("t")
    expect(table.get_by_role("heading", level=1)).to_have_text("Trash")


def test_the_focus_is_in_the_page_after_all_that_takes_its_place_away(table: Any) -> None:
    # The page of a run looks at it once more while it goes to the trash.
    table.allowed.append("404")
    grid, main = table.get_by_role("treegrid"), table.locator("main")
    count = rows(table).count()
    grid.focus()
    grid.press("Space")
    grid.press("Delete")
    expect(rows(table)).to_have_count(count - 1)
    table.get_by_role("button", name="Undo").press("Enter")
    expect(grid).to_be_focused()
    expect(rows(table)).to_have_count(count)
    for _ in range(2):
        grid.press("Space")
        grid.press("ArrowDown")
    grid.press("Enter")
    expect(table.locator(".lead")).to_be_visible()
    expect(main).to_be_focused()
    table.go_back()
    expect(grid).to_be_visible()
    expect(main).to_be_focused()
    table.keyboard.press("c")
    expect(table.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(main).to_be_focused()
    table.locator(".legend a").first.press("Enter")
    table.get_by_role("button", name="Move to trash").press("Enter")
    expect(rows(table)).to_have_count(count - 1)
    expect(main).to_be_focused()
    table.keyboard.press("g")
    table.keyboard.press("t")
    expect(table.get_by_role("heading", level=1)).to_have_text("Trash")


def test_the_focus_stays_in_the_trash(table: Any, client: Any) -> None:
    ids = [row["id"] for row in client.get("runs", filter="experiment = 'cancer'")["rows"]]
    client.send("POST", "/api/trash", {"runs": ids})
    table.get_by_role("link", name="Trash").click()
    box = table.get_by_role("checkbox", name="Select logistic").nth(2)
    box.focus()
    box.press("Space")
    expect(table.get_by_role("button", name="Restore 1", exact=True)).to_be_visible()
    expect(box).to_be_focused()
    expect(box).to_be_checked()


def test_what_is_held_down_is_not_drawn_anew(table: Any, client: Any) -> None:
    ids = [row["id"] for row in client.get("runs", filter="experiment = 'cancer'")["rows"]]
    client.send("POST", "/api/trash", {"runs": ids[1:]})
    table.get_by_role("link", name="Trash").click()
    box = table.get_by_role("checkbox", name="Select logistic").nth(1)
    box.focus()
    table.keyboard.down("Space")
    with table.expect_response(lambda answer: "/api/changes" in answer.url) as answered:
        client.send("POST", "/api/trash", {"runs": ids[:1]})
    answered.value.finished()
    # Whoever draws at once has drawn by the time that the page was answered this often.
    asks = "async () => { for (let i = 0; i < 20; i += 1) await (await fetch('/api/trash')).text(); }"
    table.evaluate(asks)
    table.keyboard.up("Space")
    expect(table.get_by_role("button", name="Restore 1", exact=True)).to_be_visible()
    total = client.get("trash", offset=0, limit=1)["total"]
    expect(table.get_by_text(f"{total} runs", exact=True)).to_be_visible()


def test_the_focus_stays_on_the_star_of_a_run(table: Any) -> None:
    run = rows(table).filter(has_text="by hand").get_attribute("data-run")
    table.goto(table.url.split("#")[0] + f"#/run/{run}")
    table.locator(".lead").get_by_role("button", name="Give it a star").press("Enter")
    star = table.get_by_role("button", name="Take the star away")
    expect(star).to_be_focused()
    table.get_by_role("button", name="Add tags").press("Enter")
    dialog = table.get_by_role("dialog", name="Tags")
    dialog.get_by_label("Name of the tag").fill("stage")
    dialog.get_by_role("button", name="Save").press("Enter")
    expect(table.get_by_role("button", name="Edit tags")).to_be_focused()


def test_the_keyboard_moves_opens_and_selects(table: Any) -> None:
    grid = table.get_by_role("treegrid")
    grid.focus()
    grid.press("ArrowDown")
    grid.press("Space")
    expect(rows(table).nth(1)).to_have_attribute("aria-selected", "true")
    expect(grid).to_have_attribute("aria-activedescendant", "row-1")
    name = table.locator("#row-1 .td.first a").inner_text()
    grid.press("Enter")
    expect(table.get_by_role("heading", level=1)).to_have_text(name)
