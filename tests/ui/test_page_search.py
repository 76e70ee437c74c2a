"""The page of a search: which of its candidates it has chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

import fitscribe
from fitscribe.reading.directions import RANKED_BY
from fitscribe.store import Store

expect: Any = pytest.importorskip("playwright.sync_api").expect


def search(store: Store, scores: list[float], facts: dict[str, Any], name: str = "candidate {}") -> str:
    """Write a search with candidates of some scores; what was begun last is listed first."""
    said = [("facts", {"values": {RANKED_BY: "cv/accuracy", **facts}})]
    parent = write_run(store, "search", events=said)
    for place, score in enumerate(scores):
        write_run(
            store,
            name.format(place),
            role="candidate",
            parent=parent,
            params={"C": place},
            metrics={"cv/accuracy": score},
            started=1e9 + place,
        )
    return parent


@pytest.mark.parametrize("count", [4, 30])
def test_what_was_chosen_is_first_among_its_likes(page: Any, empty: Any, own_store: Path, count: int) -> None:
    scores = [0.5, *[0.9] * count, 0.95]
    run = search(Store(own_store), scores, {"best_index_": 2})
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    lines = page.locator("#children tbody tr")
    expect(lines.nth(0)).to_contain_text(f"candidate {count + 1}")
    expect(lines.nth(1)).to_contain_text("candidate 2 chosen")
    expect(lines).to_have_count(min(20, count + 2))
    expect(lines.filter(has_text="chosen")).to_have_count(1)
    expect(page.locator("#children header")).to_contain_text("chosen: candidate 2")


def test_what_was_chosen_is_named_where_it_is_not_listed(page: Any, empty: Any, own_store: Path) -> None:
    run = search(Store(own_store), [0.1, *[0.5 + i / 100 for i in range(30)]], {"best_index_": 0})
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.locator("#children tbody tr")).to_have_count(20)
    expect(page.locator("#children .chip")).to_have_count(0)
    page.locator("#children header").get_by_role("link", name="candidate 0", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("candidate 0")


def test_the_trial_that_was_chosen_is_the_last_attempt(empty: Any, own_store: Path) -> None:
    best = {"best_trial": {"trial": "01", "hyperparameters": {}}}
    run = search(Store(own_store), [0.5], best, "trial 0{}")
    write_run(Store(own_store), "trial 01", parent=run, role="trial", started=1e9)
    again = write_run(Store(own_store), "trial 01, attempt 2", parent=run, role="trial", started=1.1e9)
    assert empty.get(f"runs/{run}")["chosen"] == again
    assert empty.get(f"runs/{again}")["chosen"] is None


def test_a_search_of_sklearn_says_which_candidate_it_chose(client: Any, trained_store: Store) -> None:
    (run,) = fitscribe.search_runs("name = 'GridSearchCV'", store=trained_store)
    (best,) = [
        child
        for child in run.children
        if child.params["max_depth"] == run.facts["best_params_"]["max_depth"]
        and child.params["n_estimators"] == run.facts["best_params_"]["n_estimators"]
    ]
    assert client.get(f"runs/{run.id}")["chosen"] == best.id


@pytest.mark.parametrize(
    ("metric", "first", "said"),
    [
        ("valid/loss", "run 0", "the best valid/loss first"),
        ("valid/f1", "run 3", "the best valid/f1 first"),
        ("valid/thing", "run 0", None),
    ],
)
def test_the_best_of_runs_in_a_study_is_first(
    page: Any, empty: Any, own_store: Path, metric: str, first: str, said: str | None
) -> None:
    store = Store(own_store)
    study = write_run(store, "study")
    for place in range(4):
        values = {metric: (place + 1) / 8}
        write_run(store, f"run {place}", parent=study, metrics=values, started=1e9 + place)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{study}")
    expect(page.locator("#children tbody tr").first).to_contain_text(first)
    expect(page.locator("#children header .role")).to_have_text([said] if said else [])


def test_what_a_search_says_of_its_metric_goes_before_its_name(
    page: Any, empty: Any, own_store: Path
) -> None:
    facts = {"best_index_": 0, "directions": {"cv/accuracy": "min"}}
    run = search(Store(own_store), [0.25, 0.5, 0.75], facts)
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.locator("#children tbody tr").first).to_contain_text("candidate 0 chosen")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"refit_s": 0.008}, "Refit: At iteration 10: converged within tol=0.0001"),
        ({}, "At iteration 10: converged within tol=0.0001"),
    ],
)
def test_how_the_refit_of_a_search_ended(
    page: Any, empty: Any, own_store: Path, more: dict[str, float], said: str
) -> None:
    stopping = {"tolerance": 0.0001, "last_iteration": 10, "stopped_early": True}
    stopping["reason"] = "converged within tol=0.0001"
    run = search(Store(own_store), [0.5, 0.75], {"early_stopping": stopping, **more})
    page.goto(f"http://127.0.0.1:{empty.port}/#/run/{run}")
    expect(page.locator(".notice")).to_have_text(said)
