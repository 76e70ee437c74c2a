"""Comparing runs in a browser: curves over each other, what differs, what parameters do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.reading import search_runs
from fitscribe.store import Store

from .test_server_run import launch

expect: Any = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def url(client: Any) -> str:
    return f"http://127.0.0.1:{client.port}/"


def test_runs_are_picked_in_the_table_and_compared(page: Any, url: str) -> None:
    page.goto(url + "#/runs?filter=experiment = 'cancer'")
    rows = page.locator("[data-run]")
    expect(rows).to_have_count(6)
    rows.nth(0).get_by_role("checkbox").check()
    rows.nth(3).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page.locator(".legend > li[data-run]")).to_have_count(2)


def test_only_what_differs_is_shown(page: Any, url: str, trained_store: Store) -> None:
    runs = search_runs("experiment = 'cancer' and tags.C < 5", order_by="started", store=trained_store)
    chosen = ",".join(run.id for run in (runs[0], runs[2]))
    page.goto(f"{url}#/compare?runs={chosen}")
    params = page.locator("[data-section=params]")
    expect(params.locator("tbody tr")).not_to_have_count(0)
    expect(params).to_contain_text("logisticregression__C")
    expect(params).not_to_contain_text("max_iter")


def test_curves_share_their_zoom(page: Any, url: str, own_store: Any, empty: Any) -> None:
    import fitscribe

    ids = []
    for factor in (1.0, 2.0):
        with fitscribe.start_run("curve") as run:
            for step in range(100):
                fitscribe.log_metric("train/loss", factor / (step + 1), step=step)
                fitscribe.log_metric("train/error", factor / (step + 2), step=step)
        ids.append(run.id)
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(ids)}")
    charts = page.locator("figure.chart")
    expect(charts).to_have_count(2)
    expect(charts.nth(1)).to_have_attribute("data-last", "99")
    charts.nth(0).locator(".plot").press("+")
    # The nearest point beyond the range comes along, so that lines leave the plot.
    expect(charts.nth(1)).to_have_attribute("data-last", "75")
    expect(charts.nth(0)).to_have_attribute("data-last", "75")


def test_the_run_under_the_pointer_is_lifted(page: Any, empty: Any) -> None:
    import fitscribe

    ids = []
    for value in (1.0, 3.0):
        with fitscribe.start_run(f"run {value:g}") as run:
            for step in range(50):
                fitscribe.log_metric("loss", value + step / 100, step=step)
        ids.append(run.id)
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(ids)}")
    over = page.locator("figure.chart .u-over")
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.15)
    expect(page.locator(".tip").first).to_contain_text("run 3")
    expect(page.locator(f'li[data-run="{ids[0]}"]')).to_have_css("opacity", "0.45")
    expect(page.locator(f'li[data-run="{ids[1]}"]')).to_have_css("opacity", "1")


def test_confusion_matrices_lie_beside_each_other(page: Any, url: str, trained_store: Store) -> None:
    runs = search_runs("experiment = 'cancer'", store=trained_store)
    page.goto(f"{url}#/compare?runs={runs[0].id},{runs[4].id}")
    expect(page.locator("[data-record='test/confusion_matrix'] table.matrix")).to_have_count(2)


def test_a_small_matrix_is_not_as_high_as_the_large_one_beside_it(page: Any, empty: Any) -> None:
    import fitscribe

    ids = []
    for size in (2, 9):
        with fitscribe.start_run(f"of {size}") as run:
            counts = [[size * (i == j) for j in range(size)] for i in range(size)]
            data = {"labels": list(range(size)), "counts": counts}
            run.log_record("test/confusion_matrix", "confusion_matrix", data)
        ids.append(run.id)
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(ids)}")
    buttons = page.locator("[data-record='test/confusion_matrix'] .segments")
    expect(buttons).to_have_count(2)
    small, large = (buttons.nth(i).bounding_box() for i in (0, 1))
    assert (small["y"], small["height"]) == (large["y"], large["height"])


def test_a_diff_is_no_value_and_names_break_between_words(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    diff = "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-same\n+{}\n"
    name = "a_name.of_many/parts_that_are.long_enough/to_break"
    runs = [
        write_run(store, text, launch=launch(store, text, diff=diff.format(text)), params=params)
        for text, params in (("one", {name: 1}), ("two", {name: 2}))
    ]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(runs)}")
    head = page.locator("[data-section=params]").get_by_role("rowheader")
    expect(head).to_have_text(name)
    assert head.evaluate("node => [...node.childNodes].map(each => each.textContent).filter(Boolean)") == [
        *("a_", "name.", "of_", "many/", "parts_", "that_", "are.", "long_", "enough/", "to_", "break")
    ]
    expect(page.get_by_role("region", name="From the code of")).to_be_visible()
    expect(page.locator("[data-section=source]").get_by_role("rowheader", name="diff")).to_have_count(0)


def test_a_search_shows_what_its_parameters_do(page: Any, url: str, trained_store: Store) -> None:
    search = search_runs("name ~ 'GridSearchCV'", store=trained_store)[0]
    page.goto(f"{url}#/explore?parent={search.id}")
    expect(page.get_by_role("img", name="Parallel coordinates of 4 runs")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="n_estimators")).to_be_visible()
    page.get_by_label("y", exact=True).select_option(label="fit_s")
    expect(page.get_by_role("img", name="fit_s over")).to_be_visible()
    assert "y=metrics.fit_s" in page.url


def test_the_code_of_both_is_compared_line_by_line(page: Any, empty: Any, own_store: Path) -> None:
    diff = "diff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1,2 +1,2 @@\n--- curves\n+{}\n same\n"
    store = Store(own_store)
    runs = [
        write_run(store, name, launch=launch(store, name, diff=diff.format(text)))
        for name, text in (("one", "++ b/curves.py"), ("two", "c = 2"))
    ]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(runs)}")
    between = page.get_by_role("region", name="From the code of")
    expect(between.locator("div.file")).to_have_text(["--- a/b.py", "+++ b/b.py"])
    expect(between.locator("div.minus")).to_have_text(["-++ b/curves.py"])
    expect(between.locator("div.plus")).to_have_text(["+c = 2"])
    page.locator("summary").filter(has_text="one").click()
    own = page.get_by_role("region", name="one").last
    expect(own.locator("div.minus")).to_have_text(["--- curves"])
    expect(own.locator("div.plus")).to_have_text(["+++ b/curves.py"])


def test_what_is_known_of_code_is_what_is_the_same(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    script = {"source": {"kind": "script", "path": "train.py"}}
    for name in ("one", "two"):
        folder = store.launch_folder(name)
        folder.mkdir(parents=True)
        (folder / "launch.json").write_text(json.dumps(script))
        (folder / "script.txt").write_text("x = 1\n")
    runs = [write_run(store, name, launch=name) for name in ("one", "two")]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(runs)}")
    expect(page.get_by_text("The script is the same, the commit is not known.")).to_be_visible()


def test_those_that_are_there_are_compared(page: Any, empty: Any, own_store: Path) -> None:
    page.allowed.append("404")
    store = Store(own_store)
    runs = [write_run(store, f"run {i}", params={"p": i}, metrics={"loss": [i, 1.0]}) for i in range(3)]
    url = f"http://127.0.0.1:{empty.port}/#/compare?runs="
    page.goto(f"{url}{runs[0]},nothing,{runs[1]}")
    expect(page.locator(".legend > li[data-run]")).to_have_count(2)
    expect(page.locator(".notice")).to_contain_text("1 run of these is not here: nothing")
    page.goto(f"{url}{runs[0]},nothing")
    expect(page.locator(".notice")).to_contain_text("1 run of these is not here: nothing")
    expect(page.locator("[data-section]")).to_have_count(0)
    page.goto(f"{url}{','.join(runs)}")
    expect(page.locator(".legend > li[data-run]")).to_have_count(3)


def test_the_focus_goes_on_from_a_run_that_is_left_out(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    runs = [write_run(store, f"run {i}", params={"p": i}) for i in range(4)]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(runs)}")
    page.get_by_role("button", name="Leave run 1 out").press("Enter")
    expect(page.locator(".legend > li[data-run]")).to_have_count(3)
    after = page.get_by_role("button", name="Leave run 2 out")
    expect(after).to_be_focused()
    after.press("Enter")
    expect(page.locator(".legend > li[data-run]")).to_have_count(2)
    expect(page.locator("main")).to_be_focused()


def test_a_long_name_leaves_room_for_what_stands_behind_it(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    runs = [write_run(store, "long " * 200, params={"p": i}) for i in range(3)]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(runs)}")
    line = page.locator(f'li[data-run="{runs[0]}"]')
    box = line.locator("button").bounding_box()
    assert box is not None and box["x"] + box["width"] <= 1280
    line.locator("button").click()
    expect(page.locator(".legend > li[data-run]")).to_have_count(2)


LONG = """
import fitscribe
with fitscribe.start_run("n" * 500) as run:
    fitscribe.log_param("p" * 500, {value!r} * 500)
print(run.id)
"""


def test_a_long_word_widens_no_page(page: Any, empty: Any, own_store: Path, tmp_path: Path) -> None:
    runs = []
    for value in "qr":  # scripts that git does not have, so that each run keeps its own
        script = tmp_path / f"{value}.py"
        script.write_text(LONG.format(value=value))
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
        runs.append(done.stdout.strip())
    for address in (f"#/compare?runs={','.join(runs)}", f"#/run/{runs[0]}", "#/runs"):
        page.goto(f"http://127.0.0.1:{empty.port}/{address}")
        expect(page.get_by_text("nnnn").first).to_be_visible()
        if "compare" in address:
            expect(page.get_by_text("the script").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_many_runs_beside_each_other_are_no_tower(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    runs = [write_run(store, f"run {i}", params={"text": f"word{i} " * 40, "p": i}) for i in range(40)]
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={','.join(runs)}")
    params = page.locator("[data-section=params]")
    expect(params.locator("tbody tr")).to_have_count(2)
    assert params.bounding_box()["height"] < 400


def test_two_runs_are_the_least(page: Any, url: str) -> None:
    page.goto(url + "#/compare")
    expect(page.get_by_text("Two runs or more are needed.")).to_be_visible()


def test_one_that_is_left_of_several_is_no_comparison(page: Any, empty: Any, own_store: Path) -> None:
    page.allowed.append("404")
    run = write_run(Store(own_store), "the last one")
    page.goto(f"http://127.0.0.1:{empty.port}/#/compare?runs={run},doesnotexist,northisone")
    expect(page.get_by_text("2 runs of these are not here: doesnotexist, northisone.")).to_be_visible()
    expect(page.get_by_text("Two runs or more are needed.")).to_be_visible()
    page.locator("main").get_by_role("link", name="the last one").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("the last one")
