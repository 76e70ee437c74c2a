"""What the tests of searches have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the halving searches importable
from sklearn.model_selection import (
    GridSearchCV,
)
from sklearn.model_selection._search import BaseSearchCV
from sklearn.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)
DEPTHS = [1, 2, 3]
OnlyRun = Callable[[], Any]


class Picky(ClassifierMixin, BaseEstimator):
    """Fails, or is interrupted, where it is told to."""

    def __init__(self, level: int = 1, dies_of: Any = None) -> None:
        self.level = level
        self.dies_of = dies_of

    def fit(self, X: Any, y: Any) -> Any:
        if self.dies_of is not None:
            raise self.dies_of
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.level)


class Dies(Picky):
    """Is interrupted in the fifth fit of its class."""

    fits = 0

    def fit(self, X: Any, y: Any) -> Any:
        type(self).fits += 1
        if type(self).fits == 5:
            raise KeyboardInterrupt
        return super().fit(X, y)


class OneByOne(BaseSearchCV):
    """A third party's search: it looks at one candidate after the other."""

    def __init__(self, estimator: Any, depths: Any, cv: Any = None) -> None:
        super().__init__(estimator, cv=cv)
        self.depths = depths

    def _run_search(self, evaluate_candidates: Any) -> None:
        for depth in self.depths:
            evaluate_candidates([{"max_depth": depth}])


class OwnFit(BaseSearchCV):
    """A third party's search that fits in its own way, and fills in the table of results."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)

    def fit(self, X: Any, y: Any = None) -> Any:
        self.best_estimator_ = clone(self.estimator).fit(X, y)
        self.best_index_ = 1
        self.cv_results_ = {
            "params": [{"max_depth": 1}, {"max_depth": 2}],
            "mean_fit_time": np.array([1.0, 2.0]),
            "mean_score_time": np.array([0.5, 0.5]),
            "split0_test_score": np.array([0.5, 0.7]),
            "split1_test_score": np.array([0.7, 0.9]),
            "mean_test_score": np.array([0.6, 0.8]),
            "std_test_score": np.array([0.1, 0.1]),
            "rank_test_score": np.array([2, 1]),
        }
        return self


def grid(estimator: Any = None, params: Any = None, **options: Any) -> GridSearchCV:
    return GridSearchCV(
        estimator or DecisionTreeClassifier(), params or {"max_depth": DEPTHS}, cv=3, **options
    )


def assert_as_in_the_table(children: Any, results: Any, scorers: dict[str, str], folds: int = 3) -> None:
    """Children say what ``cv_results_`` says, candidate by candidate."""
    assert [child.params for child in children] == results["params"]
    for index, child in enumerate(children):
        for column, metric in scorers.items():
            expected = {
                metric: results[f"mean_{column}"][index],
                f"{metric}_std": results[f"std_{column}"][index],
            }
            if column.startswith("test_"):
                expected[f"{metric}_rank"] = results[f"rank_{column}"][index]
            assert {name: child.metrics[name] for name in expected} == pytest.approx(expected, abs=1e-12)
            by_fold = [results[f"split{fold}_{column}"][index] for fold in range(folds)]
            series = child.series(f"{metric}_by_fold")
            assert list(series.values) == by_fold
            assert list(series.steps) == list(range(folds))
        assert child.metrics["fit_s"] == pytest.approx(results["mean_fit_time"][index])
        assert child.metrics["score_s"] == pytest.approx(results["mean_score_time"][index])
        seconds = folds * (child.metrics["fit_s"] + child.metrics["score_s"])
        assert child.duration == pytest.approx(seconds, abs=1e-5)
