"""Numbers on the page: four significant digits, and all of them for whoever points at one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect
FORMAT = "async ([name, value]) => (await import('/static/format.js'))[name](value)"


def test_as_in_the_terminal(page: Any, empty: Any) -> None:
    from fitscribe.reading.text import decimals_of, number

    page.goto(f"http://127.0.0.1:{empty.port}/")
    values = [0.00149, 0.001486321, 0.9996, 0.98765, 0.24, 0.1 + 0.2, 0.99999, 123.456, 0.0002, 9.9996]
    for value in values:
        assert page.evaluate(FORMAT, ["number", value]) == number(value)
    column = [0.5, 0.98765, 0.25]
    assert page.evaluate(FORMAT, ["decimalsOf", column]) == decimals_of(column) == 4


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (1, "100 %"), (0.997, "99.70 %"), (0.003, "0.30 %"), (0.5, "50 %"), (0.9999, "99.990 %")],
)
def test_what_is_not_all_is_no_hundred_percent(page: Any, empty: Any, share: float, expected: str) -> None:
    page.goto(f"http://127.0.0.1:{empty.port}/")
    assert page.evaluate(FORMAT, ["percent", share]) == expected


def test_small_numbers_everywhere(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    runs = [
        write_run(store, "small", params={"lr": lr}, metrics={"test/mse": mse})
        for lr, mse in ((0.0011, 0.00149123), (0.0014, 0.00092))
    ]
    url = f"http://127.0.0.1:{empty.port}/"
    page.goto(f"{url}#/run/{runs[0]}")
    tile = page.locator(".tile dd").first
    expect(tile).to_have_text("0.001491")
    expect(tile).to_have_attribute("title", "0.00149123")
    expect(page.locator("#numbers dd").first).to_have_attribute("title", "0.00149123")
    page.goto(f"{url}#/compare?runs={','.join(runs)}")
    cells = page.locator("[data-section=metrics] tbody td")
    expect(cells.nth(0)).to_have_text("0.001491")
    expect(cells.nth(0)).to_have_attribute("title", "0.00149123")
    expect(cells.nth(1)).to_have_text("0.00092")
    page.goto(f"{url}#/runs?by=params.lr")
    expect(page.locator("[data-group]")).to_contain_text(["0.0011", "0.0014"])


def test_facts_have_four_digits_and_tell_the_others(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    found = [
        {"oob": oob, "near": near, "early_stopping": {"best": best, "patience": 10}}
        for oob, near, best in (
            (0.9577464788732394, 0.12345678901, 0.9989517819706499),
            (0.912, 0.12345678902, 0.5),
        )
    ]
    runs = [write_run(store, events=[("facts", {"values": facts})]) for facts in found]
    url = f"http://127.0.0.1:{empty.port}/"
    page.goto(f"{url}#/run/{runs[0]}")
    fact = page.locator("#fitted dd").first
    expect(fact).to_have_text("0.9577")
    expect(fact).to_have_attribute("title", "0.9577464788732394")
    page.goto(f"{url}#/compare?runs={','.join(runs)}")
    lines = page.locator("[data-section=facts] tbody tr")
    stopping = lines.filter(has_text="early_stopping").locator("td").first
    expect(stopping).to_have_text("{best: 0.9990, patience: 10}")
    expect(stopping).to_have_attribute("title", "{best: 0.9989517819706499, patience: 10}")
    # What differs is not shown as the same.
    expect(lines.filter(has_text="near").locator("td").first).to_have_text("0.12345678901")


def test_groups_have_room_for_their_deviation(page: Any, empty: Any, own_store: Path) -> None:
    store = Store(own_store)
    for accuracy in (0.97321, 0.98123, 0.9691):
        write_run(store, params={"C": 1}, metrics={"test/accuracy": accuracy, "test/mse": accuracy / 1000})
    page.goto(f"http://127.0.0.1:{empty.port}/#/runs?by=params.C")
    group = page.locator("[data-group]")
    cell = group.get_by_role("gridcell").filter(has_text="0.9745")
    expect(cell).to_have_text("0.9745 ± 0.0062")
    expect(cell).to_have_attribute(
        "title", re.compile(r"0\.97451\d+ ± 0\.0061\d+, 3 runs from 0\.9691 to 0\.98123")
    )
    small = group.get_by_role("gridcell").filter(has_text="0.0009745")
    for each in (cell, small):
        assert each.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_a_perfect_score_has_the_decimals_of_others(page: Any, empty: Any, own_store: Path) -> None:
    metrics = {"train/accuracy": 1.0, "test/f1": 0.9868, "train/f1": 1.0, "test/support": 171}
    run = write_run(Store(own_store), metrics=metrics)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    rows = page.locator("#numbers tbody tr")
    for name, said in (("accuracy", "1.0000"), ("f1", "0.98681.0000"), ("support", "171")):
        row = rows.filter(has=page.get_by_role("rowheader", name=name))
        expect(row).to_have_text(f"{name}{said}")
