"""Numbers on the page: four significant digits, and all of them for whoever points at one."""

from __future__ import annotations

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
