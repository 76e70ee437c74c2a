"""What each feature counts for, on the page of a run in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


@pytest.mark.parametrize("classes", [20, 40])
def test_classes_of_coefficients_that_were_not_kept_are_counted(
    page: Any, empty: Any, own_store: Path, classes: int
) -> None:
    data = {"features": ["age", "income"], "values": [[0.5, number] for number in range(20)], "of": 2}
    fields = {"name": "coefficients", "kind": "coefficients", "data": data | {"rows": classes}}
    run = write_run(Store(own_store), events=[("artifact", fields)])
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    panel = page.locator("#importances")
    expect(panel).to_contain_text("income")
    told = panel.get_by_text(f"Of {classes} classes the first 20 were kept.")
    expect(told).to_have_count(1 if classes > 20 else 0)
