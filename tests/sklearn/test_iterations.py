"""What iterates: its curves with the right steps, and which there are not."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.covariance import GraphicalLasso
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import ARDRegression, BayesianRidge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fitscribe_sklearn.iterations import curves, state

X, y = load_iris(return_X_y=True)
NOISE = np.random.default_rng(0).normal(size=(150, 4))
Only = Callable[[], Any]


def steps_and_values(run: Any, name: str) -> tuple[list[int], list[float]]:
    series = run.series(name)
    return list(series.steps), list(series.values)


# -- curves


def test_boosting_by_stages(only_run: Only) -> None:
    model = GradientBoostingRegressor(n_estimators=7, subsample=0.5, random_state=0).fit(X, y)
    run = only_run()
    assert steps_and_values(run, "train/loss") == ([1, 2, 3, 4, 5, 6, 7], list(model.train_score_))
    assert steps_and_values(run, "oob/loss")[1] == list(model.oob_scores_)
    assert steps_and_values(run, "oob/improvement")[1] == list(model.oob_improvement_)


def test_losses_of_histogram_boosting_have_their_sign_turned(only_run: Only) -> None:
    model = HistGradientBoostingRegressor(max_iter=5, early_stopping=True, random_state=0).fit(X, y)
    run = only_run()
    # Step 0 is the model before the first iteration.
    assert steps_and_values(run, "train/loss") == ([0, 1, 2, 3, 4, 5], list(-model.train_score_))
    assert steps_and_values(run, "valid/loss")[1] == list(-model.validation_score_)


def test_scores_of_histogram_boosting_are_named_by_the_metric(only_run: Only) -> None:
    model = HistGradientBoostingClassifier(
        max_iter=5, early_stopping=True, scoring="accuracy", random_state=0
    ).fit(X, y)
    run = only_run()
    # The evaluation on the training data adds no point to a curve of iterations.
    assert steps_and_values(run, "train/accuracy") == ([0, 1, 2, 3, 4, 5], list(model.train_score_))
    assert steps_and_values(run, "valid/accuracy")[1] == list(model.validation_score_)
    assert "train/log_loss" in run.metrics


def test_default_scorer_of_histogram_boosting() -> None:
    model = HistGradientBoostingRegressor(max_iter=3, early_stopping=True, scoring=None).fit(X, y)
    assert list(curves(model)) == ["train/r2", "valid/r2"]


def test_perceptron_of_several_layers(only_run: Only) -> None:
    model = MLPClassifier(max_iter=300, early_stopping=True, random_state=0).fit(X, y)
    run = only_run()
    steps, losses = steps_and_values(run, "train/loss")
    assert steps == list(range(1, model.n_iter_ + 1)) and losses == model.loss_curve_
    assert steps_and_values(run, "valid/accuracy")[1] == model.validation_scores_


def test_score_of_a_regressing_perceptron_is_r2() -> None:
    with pytest.warns(ConvergenceWarning):
        model = MLPRegressor(max_iter=3, early_stopping=True, random_state=0).fit(X, y)
    assert list(curves(model)) == ["train/loss", "valid/r2"]


@pytest.mark.filterwarnings("ignore:The SAMME.R algorithm:FutureWarning")  # 1.4 and 1.5
def test_boosting_by_weights_up_to_where_it_ended() -> None:
    model = AdaBoostClassifier(n_estimators=4, random_state=0).fit(X, y)
    found = curves(model)
    assert found["train/error"] == (1, list(model.estimator_errors_))
    assert found["estimator_weight"] == (1, list(model.estimator_weights_))
    perfect = AdaBoostClassifier(n_estimators=50, random_state=0).fit(X[:100], y[:100])
    assert len(perfect.estimator_errors_) == 50
    assert curves(perfect)["train/error"] == (1, [0.0])


def test_bayesian_regressions_and_graphical_lasso() -> None:
    ridge = BayesianRidge(compute_score=True).fit(X, y)
    assert curves(ridge)["train/log_marginal_likelihood"] == (0, ridge.scores_.tolist())
    relevance = ARDRegression(compute_score=True).fit(X, y)
    assert curves(relevance)["train/log_marginal_likelihood"].first == 1
    lasso = GraphicalLasso().fit(X)
    objectives, gaps = zip(*lasso.costs_, strict=True)
    assert curves(lasso) == {
        "train/objective": (1, list(objectives)),
        "train/dual_gap": (1, list(gaps)),
    }


def test_last_step_of_a_pipeline_and_best_candidate(only_run: Only) -> None:
    search = GridSearchCV(
        make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=3, random_state=0)),
        {"gradientboostingclassifier__max_depth": [1, 2]},
        cv=2,
    ).fit(X, y)
    expected = search.best_estimator_[-1].train_score_.tolist()
    assert curves(search)["train/loss"] == (1, expected)


def test_curves_of_estimators_of_the_users(only_run: Only) -> None:
    class Net(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            self.classes_ = np.unique(y)
            self.loss_curve_ = [3.0, 2.0, np.float32(1.5)]
            self.train_score_ = "none"
            self.validation_scores_ = [object()]
            return self

        @property
        def validation_score_(self) -> Any:
            pytest.fail("run")

    Net().fit(X, y)
    run = only_run()
    assert steps_and_values(run, "train/loss") == ([1, 2, 3], [3.0, 2.0, 1.5])
    assert set(run.metrics) == {"train/loss"}


def test_ten_thousand_points_in_one_write(only_run: Only) -> None:
    class Long(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            self.loss_curve_ = np.arange(10_000.0).tolist()
            return self

    Long().fit(X, y)
    steps, values = steps_and_values(only_run(), "train/loss")
    assert steps == list(range(1, 10_001)) and values == list(range(10_000))


# -- fits that do not come to their end


class Interrupted(Exception):
    pass


def monitor(stage: int, model: Any, variables: Any) -> bool:
    if stage == 4:
        raise Interrupted
    return False


def test_stages_that_were_done_when_the_fit_raised(only_run: Only) -> None:
    model = GradientBoostingClassifier(n_estimators=50, random_state=0)
    with pytest.raises(Interrupted):
        model.fit(X, y, monitor=monitor)
    run = only_run()
    assert run.status == "failed"
    assert steps_and_values(run, "train/loss") == ([1, 2, 3, 4, 5], model.train_score_[:5].tolist())


def test_keyboard_interrupt_in_the_middle(only_run: Only) -> None:
    # Started in the background of a shell, Python leaves the signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def press(stage: int, model: Any, variables: Any) -> bool:
        if stage == 29:
            os.kill(os.getpid(), signal.SIGINT)
        return False

    model = GradientBoostingClassifier(n_estimators=100, max_depth=1, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, monitor=press)
    run = only_run()
    assert run.status == "interrupted"
    steps, losses = steps_and_values(run, "train/loss")
    assert steps == list(range(1, 31)) and losses == model.train_score_[:30].tolist()


def test_stage_whose_loss_was_not_computed_is_left_out() -> None:
    model = GradientBoostingClassifier(n_estimators=50, random_state=0)
    with pytest.raises(Interrupted):
        model.fit(X, y, monitor=monitor)
    model.train_score_[4] = 0.0
    assert curves(model, before={})["train/loss"].values == model.train_score_[:4].tolist()


def test_curve_of_an_earlier_fit_is_not_that_of_one_that_failed(runs: Any) -> None:
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(X, y[:-1])
    first, second = runs()
    assert len(first.series("train/loss")) == 5 and len(second.series("train/loss")) == 0


def test_stages_of_an_interrupted_warm_start() -> None:
    model = GradientBoostingClassifier(n_estimators=3, warm_start=True, random_state=0).fit(X, y)
    before = state(model)
    model.n_estimators = 20
    with pytest.raises(Interrupted):
        model.fit(X, y, monitor=monitor)
    # The stages to come hold the trees and losses of the first three once more.
    assert curves(model, before=before)["train/loss"].values == model.train_score_[:5].tolist()


def test_remembering_curves_runs_no_code_of_the_users() -> None:
    class Odd:
        def __repr__(self) -> str:
            pytest.fail("run")

        __eq__ = __repr__  # type: ignore[assignment]

    class Holds(BaseEstimator):
        pass

    model = Holds()
    model.loss_curve_ = [Odd()]
    assert state(model) == state(model)


# -- curves that nobody has


@pytest.mark.parametrize(
    ("model", "what", "why"),
    [
        (KMeans(2, n_init=1), "train/inertia of each iteration", "the last one only"),
        (SGDClassifier(), "train/loss of each iteration", "keeps none"),
        (MLPClassifier(solver="lbfgs", max_iter=200), "train/loss of each iteration", "lbfgs"),
        (HistGradientBoostingClassifier(max_iter=2), "loss of each iteration", "early_stopping=True"),
        (
            GradientBoostingClassifier(n_estimators=3, n_iter_no_change=2),
            "valid/loss of each iteration",
            "keeps none",
        ),
        (BayesianRidge(), "train/log_marginal_likelihood of each iteration", "compute_score=True"),
        (make_pipeline(StandardScaler(), KMeans(2, n_init=1)), "train/inertia of each iteration", "last"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseEstimator) else None,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_curve_that_nobody_kept_is_named(only_run: Only, model: Any, what: str, why: str) -> None:
    model.fit(X, y)
    (unseen,) = [each for each in only_run().unseen if "iteration" in each["what"]]
    assert unseen["what"] == what and why in unseen["why"]


@pytest.mark.parametrize(
    "model",
    [
        GradientBoostingClassifier(n_estimators=3),
        HistGradientBoostingClassifier(max_iter=2, early_stopping=True),
        MLPClassifier(max_iter=2),
        BayesianRidge(compute_score=True),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_where_there_is_a_curve_none_is_missed(only_run: Only, model: Any) -> None:
    model.fit(X, y)
    assert [each for each in only_run().unseen if "iteration" in each["what"]] == []


def test_fits_that_go_on_name_what_is_missing_once(only_run: Only) -> None:
    model = SGDClassifier(warm_start=True, max_iter=1000)
    for _ in range(3):
        model.fit(X, y)
    assert len([each for each in only_run().unseen if "iteration" in each["what"]]) == 1
