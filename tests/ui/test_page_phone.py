"""What fits on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def phone(page: Any) -> Any:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


def test_a_long_number_stays_in_its_tile(phone: Any, empty: Any, own_store: Path) -> None:
    metrics = {"test/squared": 1_299_000_000_000, "test/f1": 0.5, "test/far": -123_456_789_012_345}
    run = write_run(Store(own_store), metrics=metrics)
    phone.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(phone.locator(".tile").filter(has_text="1,299,000,000,000")).to_be_visible()
    assert (
        phone.locator(".tile").evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth)")
        == []
    )
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_scores_of_a_search_are_in_sight(phone: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    search = write_run(store, "search")
    for score in (0.25, 0.75):
        params = {f"a_long_name_of_parameter_{i}": i * score for i in range(6)}
        write_run(
            store, "candidate", parent=search, params=params, metrics={"cv/f1": score, "cv/f1_std": 0.1}
        )
    phone.goto(f"http://127.0.0.1:{empty.port}/#/run/{search}")
    heads = phone.locator("#children thead th")
    expect(heads.nth(1)).to_have_text("cv/f1")
    expect(heads.nth(2)).to_contain_text("parameter")
    box = heads.nth(1).bounding_box()
    assert box["x"] + box["width"] <= 390


def test_a_table_of_classes_is_in_sight(phone: Any, empty: Any) -> None:
    import fitscribe

    with fitscribe.start_run() as run:
        data = {"labels": [0, 1], "counts": [[5000, 123], [98, 4321]]}
        run.log_record("test/confusion_matrix", "confusion_matrix", data)
    phone.goto(f"http://127.0.0.1:{empty.port}/#/run/{run.id}")
    last = phone.get_by_role("columnheader", name="mostly taken for").bounding_box()
    assert last["x"] + last["width"] <= 390


def test_names_that_begin_alike_are_told_apart(phone: Any, empty: Any, own_store: Path) -> None:
    for seed in range(3):
        write_run(Store(own_store), f"resnet on crops, seed {seed}", metrics={"valid/loss": 1.0})
    phone.goto(f"http://127.0.0.1:{empty.port}/#/runs")
    names = phone.locator("[data-run] .td.first a")
    expect(names).to_have_count(3)
    cut = "all => all.filter(each => each.scrollHeight > each.clientHeight + 1).map(each => each.innerText)"
    assert names.evaluate_all(cut) == []
    rows = phone.locator("[data-run]").evaluate_all("all => all.map(each => each.clientHeight)")
    inside = names.evaluate_all("all => all.map(each => each.clientHeight)")
    assert max(inside) <= min(rows)


def test_rows_are_as_tall_as_what_is_in_sight(phone: Any, empty: Any, own_store: Path) -> None:
    steps = [
        {"path": "", "name": "Pipeline", "parent": None, "seconds": 0.85, "shape": [426, 30]},
        {
            "path": "scaler",
            "name": "StandardScaler",
            "parent": "",
            "seconds": 0.006,
            "shape": [426, 30],
            "columns": [f"a long name of column {i}" for i in range(12)],
            "params": {f"parameter_{i}": i for i in range(6)},
        },
    ]
    store = Store(own_store)
    structure = {"name": "structure", "kind": "structure", "data": {"steps": steps}}
    run = write_run(store, "search", events=[("artifact", structure)])
    write_run(store, "candidate 5", parent=run, params={"C": 1.0}, metrics={"cv/f1": 0.5, "cv/auc": 0.25})
    phone.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(phone.locator("#structure tbody tr")).to_have_count(2)
    heights = phone.locator("#structure tbody tr").evaluate_all("all => all.map(each => each.clientHeight)")
    assert max(heights) < 90
    name = phone.locator("#children").get_by_role("link", name="candidate 5")
    assert name.bounding_box()["height"] < 25


def test_what_was_held_out_is_in_sight(phone: Any, empty: Any, own_store: Path) -> None:
    roles = ("fold 1", "train", "cv", "valid", "test")
    run = write_run(Store(own_store), metrics={f"{role}/balanced_accuracy": 0.123456 for role in roles})
    phone.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    heads = phone.locator("#numbers thead th.num")
    expect(heads).to_have_text(["test", "valid", "cv", "train", "fold 1"])
    box = heads.nth(1).bounding_box()
    assert box["x"] + box["width"] <= 390
