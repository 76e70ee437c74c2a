"""Why what iterates has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import AffinityPropagation, KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.mixture import GaussianMixture
from sklearn.neural_network import MLPClassifier
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC

from fitscribe_sklearn.iterations import curves
from fitscribe_sklearn.stopping import early_stopping

X, y = load_iris(return_X_y=True)
NOISE = np.random.default_rng(0).normal(size=(150, 4))
Only = Callable[[], Any]


def stopped(model: Any) -> Any:
    return early_stopping(model, curves(model))


def test_boosting_that_stopped_early(only_run: Only) -> None:
    model = GradientBoostingClassifier(n_estimators=200, n_iter_no_change=3, tol=0.01, random_state=0)
    model.fit(NOISE, y)
    assert only_run().facts["early_stopping"] == {
        "watched": "valid/loss",
        "patience": 3,
        "tolerance": 0.01,
        "best_iteration": None,
        "best": None,
        "last_iteration": model.n_estimators_,
        "stopped_early": True,
        "reason": "no improvement for 3 iterations",
    }


def test_boosting_without_early_stopping_has_none() -> None:
    assert stopped(GradientBoostingClassifier(n_estimators=3).fit(X, y)) is None
    assert stopped(HistGradientBoostingClassifier(max_iter=3).fit(X, y)) is None


def test_monitor_that_stopped_boosting() -> None:
    model = GradientBoostingClassifier(n_estimators=50)
    model.fit(X, y, monitor=lambda stage, model, variables: stage == 4)
    fact = stopped(model)
    assert fact["reason"] == "the monitor stopped it" and fact["last_iteration"] == 5


def test_histogram_boosting_that_stopped_early() -> None:
    model = HistGradientBoostingClassifier(
        max_iter=200, early_stopping=True, n_iter_no_change=4, random_state=0
    ).fit(NOISE, y)
    fact = stopped(model)
    losses = (-model.validation_score_).tolist()
    assert fact["watched"] == "valid/loss" and fact["patience"] == 4 and fact["stopped_early"] is True
    assert fact["best"] == min(losses) and fact["best_iteration"] == losses.index(min(losses))
    assert fact["last_iteration"] == model.n_iter_ < 200


def test_histogram_boosting_that_watched_its_training_data() -> None:
    model = HistGradientBoostingClassifier(max_iter=3, early_stopping=True, validation_fraction=None)
    fact = stopped(model.fit(X, y))
    assert fact["watched"] == "train/loss" and fact["stopped_early"] is False
    assert fact["best_iteration"] == 3 and fact["reason"] == "ran out of iterations (max_iter=3)"


def test_perceptron_that_stopped_early() -> None:
    model = MLPClassifier(max_iter=500, early_stopping=True, n_iter_no_change=5, random_state=0).fit(X, y)
    fact = stopped(model)
    assert fact["watched"] == "valid/accuracy" and fact["best"] == model.best_validation_score_
    assert model.validation_scores_[fact["best_iteration"] - 1] == fact["best"]
    assert fact["last_iteration"] == model.n_iter_ and fact["reason"] == "no improvement for 5 iterations"


def test_perceptron_that_was_interrupted() -> None:
    model = MLPClassifier(max_iter=500, random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.set_params(max_iter=5).fit(X, y)
    assert stopped(model)["reason"] == "ran out of iterations (max_iter=5)"
    model.max_iter = 500  # as after the KeyboardInterrupt that it catches
    assert stopped(model)["reason"] == "interrupted"


def test_gradient_descent() -> None:
    fact = stopped(SGDClassifier(early_stopping=True, n_iter_no_change=2, random_state=0).fit(X, y))
    assert fact["watched"] == "valid/score" and fact["patience"] == 2
    assert fact["reason"] == "no improvement for 2 iterations"
    with pytest.warns(ConvergenceWarning):
        short = SGDClassifier(max_iter=1, random_state=0).fit(X, y)
    assert stopped(short)["reason"] == "ran out of iterations (max_iter=1)"
    fixed = stopped(SGDClassifier(max_iter=3, tol=None).fit(X, y))
    assert fixed["watched"] is None and fixed["patience"] is None


def test_solvers() -> None:
    with pytest.warns(ConvergenceWarning):
        short = LogisticRegression(max_iter=3).fit(X, y)
    fact = stopped(short)
    assert fact["reason"] == "ran out of iterations (max_iter=3)" and fact["stopped_early"] is False
    whole = stopped(LogisticRegression(max_iter=1000).fit(X, y))
    assert whole["reason"] == "converged within tol=0.0001" and whole["last_iteration"] < 1000
    assert stopped(KMeans(3, n_init=1, random_state=0).fit(X))["reason"] == "converged within tol=0.0001"
    assert stopped(SVC().fit(X, y))["reason"] == "converged within tol=0.001"
    with pytest.warns(ConvergenceWarning):
        assert stopped(SVC(max_iter=2).fit(X, y))["stopped_early"] is False


def test_what_does_not_iterate_has_no_such_fact(only_run: Only) -> None:
    from sklearn.naive_bayes import GaussianNB

    GaussianNB().fit(X, y)
    assert "early_stopping" not in only_run().facts


def test_mixture_says_itself_whether_it_converged() -> None:
    with pytest.warns(ConvergenceWarning):
        model = GaussianMixture(3, max_iter=1, random_state=0).fit(X)
    assert stopped(model)["reason"] == "ran out of iterations (max_iter=1)"
    assert stopped(GaussianMixture(2, random_state=0).fit(X))["reason"] == "converged within tol=0.001"


def test_clusters_that_no_longer_change() -> None:
    fact = stopped(AffinityPropagation(random_state=0).fit(X))
    assert fact["patience"] == 15 and fact["reason"] == "no improvement for 15 iterations"


def test_self_training_says_itself_why_it_ended() -> None:
    labels = np.where(np.arange(150) % 3, y, -1)
    model = SelfTrainingClassifier(LogisticRegression(max_iter=1000)).fit(X, labels)
    assert stopped(model)["reason"] in {"no further rows could be labelled", "all rows are labelled"}


def test_solver_of_the_users_is_not_said_to_have_converged() -> None:
    class Solver(BaseEstimator):
        def __init__(self, max_iter: int = 10) -> None:
            self.max_iter = max_iter

        def fit(self, X: Any, y: Any = None) -> Any:
            self.n_iter_ = 4
            return self

    assert stopped(Solver().fit(X))["reason"] == "ended before max_iter=10"
