"""The page of one run in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

import fitscribe
from fitscribe.reading import search_runs
from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def open_run(page: Any, client: Any, trained_store: Store) -> Any:
    """Open the page of the run that a filter finds first."""

    def go(query: str) -> Any:
        run = search_runs(query, store=trained_store)[0]
        page.goto(f"http://127.0.0.1:{client.port}/#/run/{run.id}")
        expect(page.get_by_role("heading", level=1)).to_have_text(run.name)
        return run

    return go


def test_the_head_says_what_it_is_and_how_good(page: Any, open_run: Any) -> None:
    run = open_run("name = 'MLPClassifier'")
    expect(page.locator(".lead")).to_contain_text(run.id)
    expect(page.locator(".lead .status")).to_have_text("finished")
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator(".notice").first).to_contain_text("top")


def test_a_confusion_matrix_has_counts_and_rates(page: Any, open_run: Any) -> None:
    run = open_run("name = 'MLPClassifier'")
    record = next(each for each in run.artifacts if each["name"] == "test/confusion_matrix")
    panel = page.locator(f'[data-record="{record["name"]}"]')
    first = panel.locator("table.matrix td.hit").first
    expect(first).to_have_text(f"{record['data']['counts'][0][0]:,}")
    panel.get_by_role("button", name="By true class").click()
    expect(first).to_contain_text("%")
    expect(panel.locator("details table tbody tr")).to_have_count(10)


def test_curves_are_drawn_and_zoom_into_the_address(page: Any, open_run: Any) -> None:
    open_run("name = 'by hand'")
    chart = page.locator("figure.chart").first
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart).to_have_attribute("data-last", "49")
    plot = chart.locator(".plot")
    plot.press("+")
    expect(page.get_by_role("button", name="Whole range")).to_be_visible()
    assert "from=12.25" in page.url
    page.go_back()
    expect(page.get_by_role("button", name="Whole range")).to_be_hidden()
    page.get_by_role("button", name="Log y").click()
    assert "logy=1" in page.url
    page.reload()
    expect(page.get_by_role("button", name="Log y")).to_have_attribute("aria-pressed", "true")


def test_artifacts_have_previews(page: Any, open_run: Any) -> None:
    open_run("name = 'by hand'")
    picture = page.locator("[data-artifact='curve.png'] img")
    expect(picture).to_be_visible()
    assert page.evaluate("image => image.naturalWidth", picture.element_handle()) > 0
    for name, text in (("table.csv", "b"), ("note.txt", "hello"), ("settings.json", '"a"')):
        artifact = page.locator(f"[data-artifact='{name}']")
        artifact.locator("summary").click()
        expect(artifact).to_contain_text(text)


def test_data_structure_and_code_are_there(page: Any, open_run: Any) -> None:
    open_run("experiment = 'cancer'")
    for section in ("data", "structure", "code", "coverage"):
        expect(page.locator(f"#{section}")).to_be_visible()
    expect(page.locator("#data svg.draw")).to_have_attribute("role", "img")
    expect(page.locator("#structure")).to_contain_text("StandardScaler")
    expect(page.locator("#code")).to_contain_text("train.py")
    expect(page.locator("#coverage")).to_contain_text("patch point")


def test_residuals_of_a_regression_are_drawn(page: Any, open_run: Any) -> None:
    open_run("name = 'Ridge'")
    expect(page.get_by_role("img", name="Residuals")).to_be_visible()


def test_a_search_lists_its_candidates_best_first(page: Any, open_run: Any) -> None:
    run = open_run("name ~ 'GridSearchCV'")
    lines = page.locator("#children tbody tr")
    expect(lines).to_have_count(4)
    best = max(child.metrics["cv/accuracy"] for child in run.children)
    expect(lines.first).to_contain_text(f"{best:.4f}")


def test_a_failure_says_what_it_died_of(page: Any, open_run: Any) -> None:
    open_run("status = 'failed'")
    failure = page.locator(".notice.bad")
    expect(failure).to_contain_text("unheard of")
    failure.locator("summary").click()
    expect(failure).to_contain_text("Traceback")


def test_a_view_that_fails_on_the_way_says_so(page: Any, client: Any) -> None:
    page.allowed.append("404")
    url = f"http://127.0.0.1:{client.port}/#/explore"
    page.goto(url)
    expect(page.get_by_role("img", name="Parallel coordinates")).to_be_visible()
    page.goto(f"{url}?parent=nothing")
    expect(page.get_by_role("alert")).to_contain_text("nothing")
    page.goto(url)
    expect(page.get_by_role("img", name="Parallel coordinates")).to_be_visible()


def test_patch_points_are_counted_by_their_state(page: Any, empty: Any, own_store: Path) -> None:
    states = ["applied", "applied", "waiting"]
    points = [{"id": f"a.{i}", "state": state, "reason": ""} for i, state in enumerate(states)]
    run = write_run(Store(own_store), metrics={"loss": 1.0}, events=[("coverage", {"points": points})])
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.locator("#coverage")).to_contain_text("2 patch points in use, 1 waiting")


def test_a_folder_is_kept_file_by_file(page: Any, empty: Any, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    with fitscribe.start_run("by hand") as run:
        fitscribe.log_artifact(folder)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run.id}")
    expect(page.locator(".lead")).to_contain_text("logged by hand")
    artifact = page.locator("[data-artifact=kept]")
    expect(artifact.get_by_role("link", name="Download")).to_have_count(0)
    artifact.locator("summary").click()
    with page.expect_download() as started:
        artifact.get_by_role("link", name="Download").click()
    assert started.value.suggested_filename == "a.txt"


def test_numbers_of_a_file_stand_below_each_other(page: Any, open_run: Any) -> None:
    open_run("name = 'by hand'")
    table = page.locator("[data-artifact='table.csv']")
    table.locator("summary").click()
    expect(table.locator("tbody tr").first.locator("td.num")).to_have_text(["1"])


def test_coefficients_tell_their_intercept(page: Any, open_run: Any) -> None:
    run = open_run("name = 'Ridge'")
    (record,) = (each for each in run.artifacts if each["kind"] == "coefficients")
    told = page.locator("#importances").get_by_text("intercept")
    expect(told.locator("span")).to_have_attribute("title", str(record["data"]["intercept"][0]))
    heads = page.locator("#evaluation .panel header")
    expect(heads.filter(has_text="Residuals").first.locator("h3")).to_have_text("Residuals")


def test_a_run_that_is_not_there_is_no_blank_page(page: Any, client: Any) -> None:
    page.allowed.append("404")
    page.goto(f"http://127.0.0.1:{client.port}/#/run/nothing")
    expect(page.get_by_role("alert")).to_contain_text("nothing")


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Any, open_run: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for query in ("name = 'MLPClassifier'", "experiment = 'cancer'", "name = 'by hand'"):
        open_run(query)
        expect(page.locator("#coverage")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_best_iteration_is_marked_where_it_is_in_the_series(
    page: Any, empty: Any, own_store: Path
) -> None:
    facts = {"early_stopping": {"watched": "valid/loss", "best_iteration": 3, "best_step": 2, "best": 0.1}}
    run = write_run(
        Store(own_store),
        metrics={"valid/loss": [0.3, 0.2, 0.1, 0.2]},
        events=[("facts", {"values": facts})],
    )
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.get_by_label("loss, 1 curve by step, best: iteration 3 at 2")).to_be_visible()
    remark = "iterations count from 1, steps from 0: iteration 3 is step 2"
    expect(page.locator("figure.chart")).to_contain_text(remark)


def test_a_metric_that_is_stuck_has_a_curve(page: Any, empty: Any, own_store: Path) -> None:
    run = write_run(Store(own_store), metrics={"valid/accuracy": [0.5] * 9, "train/loss": [0.3, 0.2, 0.1]})
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.locator("figure.chart h3")).to_have_text(["loss", "accuracy"])


def test_the_head_of_a_sweep_is_its_best(page: Any, empty: Any, own_store: Path) -> None:
    metrics = {"test/mae": [45.0, 44.0, 46.0, 53.0], "test/r2": [0.25, 0.5], "test/thing": [1.0, 2.0]}
    run = write_run(Store(own_store), "sweep of Ridge", role="sweep", metrics=metrics)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    tiles = page.locator(".tile")
    expect(tiles.filter(has_text="mae").locator("dd")).to_have_text("44best of 4, last 53")
    expect(tiles.filter(has_text="r2").locator("dd")).to_have_text("0.5best of 2, last 0.5")
    expect(tiles.filter(has_text="thing").locator("dd")).to_have_text("2")
    expect(page.locator("#numbers header").first).to_contain_text("of its last training")


@pytest.mark.parametrize(
    ("rows", "button", "said"),
    [
        (60, "Show all 60 rows", None),
        (300, "Show the first 200 rows", "This is a part of the table: the first 200 of 300 rows."),
    ],
)
def test_a_table_says_how_much_of_it_is_shown(
    page: Any, empty: Any, tmp_path: Path, rows: int, button: str, said: str | None
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n" + "".join(f"{i},x\n" for i in range(rows)))
    with fitscribe.start_run("kept") as run:
        run.log_artifact(file)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run.id}")
    kept = page.locator(".kept")
    kept.locator("summary").click()
    kept.get_by_role("button", name=button, exact=True).click()
    expect(kept.locator("tbody tr")).to_have_count(min(rows, 200))
    expect(kept.locator("p")).to_have_text([said] if said else [])


@pytest.mark.parametrize(
    ("packages", "said"),
    [({"lightgbm": "4.7.0"}, "lightgbm 4.7.0, sklearn 1.9.1"), ({}, "sklearn 1.9.1")],
)
def test_the_version_is_that_of_the_estimators_package(
    page: Any, empty: Any, own_store: Path, packages: dict[str, str], said: str
) -> None:
    run = write_run(Store(own_store), metrics={"loss": 1.0})

    def change(asked: Any) -> None:
        found = asked.fetch().json()
        found |= {"framework": "sklearn", "framework_version": "1.9.1", "packages": packages}
        found["models"] = [{"name": "model", "type": "lightgbm.sklearn.LGBMClassifier"}]
        asked.fulfill(json=found)

    page.route(f"**/api/runs/{run}", change)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.locator(".lead .facts").get_by_text("sklearn")).to_have_text(said)
