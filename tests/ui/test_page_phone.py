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
