"""docs/search.md says what is true."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from fitscribe.reading import QueryError, search_runs
from fitscribe.reading.query_fields import COLUMNS, STATUSES

from .conftest import MakeRun

PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"^\| (`+)(.*?)\1 \| (.*?) ?\|$",
    PAGE.partition("<!-- examples -->")[2].partition("<!-- end -->")[0],
    re.MULTILINE,
)


@pytest.fixture(autouse=True)
def runs_of_the_page(make_run: MakeRun) -> None:
    def day(number: int) -> float:
        return time.mktime((2024, 11, number, 12, 0, 0, 0, 0, -1))

    make_run(
        "forest",
        params={"max_depth": 6, "bootstrap": True},
        metrics={"test/accuracy": 0.95, "loss": [0.5, 0.2, 0.3]},
        tags={"stage": "dev"},
        started=day(20),
        experiment="docs",
    )
    make_run(
        "tree",
        params={"max_depth": None},
        metrics={"test/accuracy": 0.91, "loss": 0.4},
        tags={"stage": "prod"},
        status="failed",
        started=day(24),
        experiment="docs",
    )
    make_run(
        "linear",
        params={"C": 0.5, "solver": "lbfgs"},
        metrics={"test/accuracy": 0.88},
        tags={"who asked": "ann"},
        experiment="docs",
    )


@pytest.mark.parametrize(("query", "found"), [(query.strip(), found) for _, query, found in EXAMPLES])
def test_every_example_finds_what_the_page_says(query: str, found: str) -> None:
    assert {run.name for run in search_runs(query)} == set(filter(None, found.split(", ")))


def test_the_page_has_examples_and_names_every_field_and_status() -> None:
    assert len(EXAMPLES) == 21
    fields, _, _ = PAGE.partition("## Operators")
    assert all(f"`{name}`" in fields for name in COLUMNS)
    assert all(f"`'{name}'`" in fields for name in STATUSES)


def test_the_error_of_the_page_is_the_error() -> None:
    with pytest.raises(QueryError) as caught:
        search_runs("metric.loss > 1")
    assert str(caught.value) in PAGE
