"""Searches for estimators of scikit-learn's, which KerasTuner cross-validates by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras_tuner as kt
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")  # without it KerasTuner's own import fails

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import fitscribe


def build(hp: Any) -> LogisticRegression:
    return LogisticRegression(C=hp.Float("C", 0.01, 10.0, sampling="log"), max_iter=500)


def macro(y: Any, predicted: Any, sample_weight: Any = None) -> float:
    return float(f1_score(y, predicted, average="macro", sample_weight=sample_weight))


def test_a_trial_is_one_run_with_the_means_over_its_folds(
    tuner: Callable[..., Any], only_search: Callable[[], Any]
) -> None:
    fitscribe.autolog("sklearn")
    try:
        x, y = load_iris(return_X_y=True)
        oracle = kt.oracles.RandomSearchOracle(kt.Objective("score", "max"), max_trials=3, seed=1)
        made = tuner(kt.SklearnTuner, oracle=oracle, hypermodel=build, metrics=macro)
        made.search(x, y)
    finally:
        fitscribe.disable("sklearn")
    search = only_search()
    assert (search.name, search.problems) == ("SklearnTuner", [])
    assert search.params["cv"].startswith("KFold(n_splits=5")
    for trial in search.children:
        theirs = made.oracle.get_trial(trial.facts["trial_id"])
        assert trial.params == theirs.hyperparameters.values
        assert trial.metrics["score"] == theirs.score
        assert trial.metrics["macro"] == theirs.metrics.get_best_value("macro")
        assert trial.problems == []
    assert len(search.children) == 3
