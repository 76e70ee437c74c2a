"""Searches of which candidates fail, or that die: what was seen is kept, with the error."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the halving searches importable
from sklearn.model_selection import (
    HalvingGridSearchCV,
)
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.searching import (
    Dies,
    OnlyRun,
    Picky,
    X,
    grid,
    y,
)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores"
)
def test_failed_candidates_have_their_error(only_run: OnlyRun, jobs: int) -> None:
    error = ValueError("not\nthis one")
    grid(Picky(), {"level": [0], "dies_of": [None, error]}, n_jobs=jobs).fit(X, y)
    run = only_run()
    good, bad = run.children
    assert (good.status, good.error) == ("finished", None)
    assert bad.status == "failed"
    assert (bad.error["type"], bad.error["message"]) == ("ValueError", "not\nthis one")
    assert "in fit" in bad.error["traceback"]
    assert np.isnan(bad.metrics["cv/accuracy"])
    assert run.status == "finished"


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores"
)
def test_a_function_that_names_the_scores_and_a_failed_candidate(only_run: OnlyRun) -> None:
    def scores(estimator: Any, X: Any, y: Any) -> dict[str, float]:
        return {"hits": estimator.score(X, y), "misses": 1 - estimator.score(X, y)}

    search = grid(Picky(), {"dies_of": [ValueError("no"), None]}, scoring=scores, refit="hits").fit(X, y)
    bad, good = only_run().children
    assert bad.status == "failed"
    assert good.metrics["cv/hits"] == search.best_score_
    assert good.metrics["cv/misses"] == pytest.approx(1 - search.best_score_)


def test_all_candidates_fail(only_run: OnlyRun) -> None:
    with pytest.raises(ValueError, match="All the 6 fits failed"):
        grid(Picky(), {"dies_of": [ValueError("one"), ValueError("two")]}).fit(X, y)
    run = only_run()
    assert run.status == "failed"
    assert [child.error["message"] for child in run.children] == ["one", "two"]


def test_an_error_that_ends_the_search(only_run: OnlyRun) -> None:
    with pytest.raises(ValueError, match="no"):
        grid(Picky(), {"dies_of": [None, ValueError("no")]}, error_score="raise").fit(X, y)
    run = only_run()
    good, bad = run.children
    assert run.status == "failed"
    assert (good.status, bad.status) == ("finished", "failed")
    assert bad.error["message"] == "no"


def test_an_interrupted_search_keeps_what_was_seen(only_run: OnlyRun) -> None:
    Dies.fits = 0
    with pytest.raises(KeyboardInterrupt):
        grid(Dies(), {"level": [0, 1, 2]}).fit(X, y)
    run = only_run()
    whole, part = run.children
    assert (run.status, whole.status, part.status) == ("interrupted", "finished", "interrupted")
    assert len(whole.series("cv/accuracy_by_fold").values) == 3
    assert len(part.series("cv/accuracy_by_fold").values) == 1
    assert "cv/accuracy" not in part.metrics
    assert run.facts["candidates"] == 2


def test_a_halving_search_that_dies_keeps_its_rounds(only_run: OnlyRun) -> None:
    class Interrupted(Exception):
        pass

    class Stops(HalvingGridSearchCV):
        def _format_results(self, params: Any, *args: Any) -> Any:
            if len(params) > 4:
                raise Interrupted
            return super()._format_results(params, *args)

    search = Stops(DecisionTreeClassifier(), {"max_depth": [1, 2, 3, 4]}, cv=3, factor=2, n_jobs=2)
    with pytest.raises(Interrupted):
        search.fit(X, y)
    run = only_run()
    # The table of the second round was never made, but its folds had come back.
    assert [child.facts.get("iter") for child in run.children] == [0, 0, 0, 0, None, None]
    assert {child.status for child in run.children} == {"finished"}
    assert not any("candidates" in each["what"] for each in run.unseen)


def test_a_refit_that_fails_loses_no_candidate(only_run: OnlyRun) -> None:
    class Small(Picky):
        def fit(self, X: Any, y: Any) -> Any:
            if len(X) == 150:
                raise ValueError("too many rows")
            return super().fit(X, y)

    with joblib.parallel_backend("threading", n_jobs=2), pytest.raises(ValueError, match="too many"):
        grid(Small(), {"level": [0, 1]}).fit(X, y)
    run = only_run()
    assert [child.status for child in run.children] == ["finished", "finished"]
    assert not any("candidates" in each["what"] for each in run.unseen)
