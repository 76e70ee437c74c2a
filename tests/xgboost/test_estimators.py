"""Estimators of XGBoost's scikit-learn interface: the outermost call owns the run, XGBoost adds to it."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import fitscribe
from fitscribe_xgboost.parameters import resolved_parameters

FEW = {"n_estimators": 5, "max_depth": 2, "n_jobs": 1, "tree_method": "hist"}


def test_a_classifier_with_early_stopping(only_run: Any, sets: Any) -> None:
    X, y, X_valid, y_valid = sets
    model = xgb.XGBClassifier(**{**FEW, "n_estimators": 50}, learning_rate=0.9, early_stopping_rounds=3)
    model.fit(X, y, eval_set=[(X, y), (X_valid, y_valid)], verbose=False)
    run = only_run()
    assert run.name == "XGBClassifier" and "max_depth" in run.changed and "subsample" not in run.changed
    for name, metrics in model.evals_result().items():
        assert list(run.series(f"{name}/logloss").values) == metrics["logloss"]
    fact = run.facts["early_stopping"]
    assert fact["watched"] == "validation_1/logloss" and fact["best_iteration"] == model.best_iteration
    assert fact["best"] == model.best_score and fact["stopped_early"]
    # The first of them is the training data.
    assert {each["role"] for each in run.datasets} == {"train", "validation_1"}
    assert run.metrics["train/accuracy"] == model.score(X, y)
    assert "feature_importance/total_gain" in {each["name"] for each in run.artifacts}


@pytest.mark.parametrize(("learning_rate", "counts"), [(None, 0.9), (0.1, 0.1)])
def test_an_alias_and_the_name_of_the_estimator(
    only_run: Any, sets: Any, learning_rate: Any, counts: float
) -> None:
    model = xgb.XGBRegressor(**FEW, eta=0.9, learning_rate=learning_rate).fit(sets.X_train, sets.y_train)
    run = only_run()
    assert resolved_parameters(model.get_booster())["learning_rate"] == counts
    assert run.params["learning_rate"] == run.params["eta"] == counts
    assert {"learning_rate", "eta"} <= set(run.changed) and "reg_lambda" not in run.changed
    assert run.facts["parameters_that_count"] == {"learning_rate": counts}


def test_an_alias_within_a_pipeline(only_run: Any, sets: Any) -> None:
    make_pipeline(StandardScaler(), xgb.XGBRegressor(**FEW, eta=0.9)).fit(sets.X_train, sets.y_train)
    counts = {"learning_rate": 0.9, "objective": "reg:squarederror"}
    assert only_run().facts["parameters_that_count"] == counts


def test_what_xgboost_decides_is_recorded_as_it_was_trained_with(only_run: Any) -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(90, 3))
    model = xgb.XGBClassifier(n_estimators=2, n_jobs=1, max_depth=2).fit(X, X.argmax(axis=1))
    run = only_run()
    assert run.params["objective"] == model.get_params()["objective"] == "multi:softprob"
    assert (run.params["learning_rate"], run.params["booster"], run.params["gamma"]) == (0.3, "gbtree", 0)
    assert run.params["eval_metric"] == ["mlogloss"] and run.params["max_depth"] == 2
    assert {"n_estimators", "n_jobs", "max_depth"} == set(run.changed)


def test_the_objective_of_many_classes_within_a_pipeline(only_run: Any) -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(90, 3))
    make_pipeline(StandardScaler(), xgb.XGBClassifier(**FEW)).fit(X, X.argmax(axis=1))
    assert only_run().facts["parameters_that_count"] == {"objective": "multi:softprob"}


def test_what_was_decided_is_no_choice_of_a_sweep(runs: Any, sets: Any) -> None:
    for rate in (None, 0.1, 0.2):
        xgb.XGBRegressor(**FEW, learning_rate=rate).fit(sets.X_train, sets.y_train)
    (sweep,) = [run for run in runs() if "varying" in run.facts]
    assert sweep.facts["varying"] == {"learning_rate": [None, 0.1, 0.2]}
    assert [run.params["learning_rate"] for run in sweep.children] == [0.3, 0.1, 0.2]


def test_what_it_predicts_is_evaluated(only_run: Any, sets: Any) -> None:
    X_train, X_test, y_train, y_test = train_test_split(sets.X_train, sets.y_train, random_state=0)
    model = xgb.XGBClassifier(**FEW).fit(X_train, y_train)
    accuracy = float((model.predict(X_test) == y_test).mean())
    assert only_run().metrics["test/accuracy"] == pytest.approx(accuracy)


def test_it_is_as_it_is_without_autolog(sets: Any) -> None:
    def fitted() -> Any:
        model = xgb.XGBClassifier(**FEW, early_stopping_rounds=2)
        return model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False)

    bare = fitted()
    fitscribe.autolog("xgboost", "sklearn", quiet=True)
    try:
        recorded = fitted()
    finally:
        fitscribe.disable()
    assert pickle.dumps(recorded) == pickle.dumps(bare)
    assert (
        recorded.get_params()["callbacks"] is None
        and clone(recorded).get_params() == clone(bare).get_params()
    )


def test_a_search_over_a_pipeline_is_one_run_with_children(runs: Any, sets: Any) -> None:
    X, y, X_valid, y_valid = sets
    pipeline = make_pipeline(StandardScaler(), xgb.XGBClassifier(**FEW, early_stopping_rounds=2))
    grid = GridSearchCV(pipeline, {"xgbclassifier__max_depth": [1, 2]}, cv=3)
    grid.fit(X, y, xgbclassifier__eval_set=[(X_valid, y_valid)], xgbclassifier__verbose=False)
    found = runs()
    (parent,) = [run for run in found if run.parent is None]
    assert parent.name == "GridSearchCV" and len(parent.children) == 2
    assert sorted(run.name for run in found) == ["GridSearchCV", "candidate 0", "candidate 1"]
    best = grid.best_estimator_[-1].evals_result()["validation_0"]["logloss"]
    assert list(parent.series("validation_0/logloss").values) == best
    assert parent.facts["early_stopping"]["watched"] == "validation_0/logloss"


def test_a_cross_validation_has_no_stray_runs(runs: Any, sets: Any) -> None:
    cross_val_score(xgb.XGBClassifier(**FEW), sets.X_train, sets.y_train, cv=3)
    assert [run.framework for run in runs() if run.parent is None] == ["sklearn"]
    assert not any(run.name == "xgboost.train" for run in runs())


def test_two_boosters_in_one_run_are_told_apart(only_run: Any, sets: Any) -> None:
    class Evaluated(xgb.XGBClassifier):
        def fit(self, X: Any, y: Any, **others: Any) -> Any:
            return super().fit(X, y, eval_set=[(X, y)], verbose=False)

    voting = VotingClassifier([("a", Evaluated(**FEW)), ("b", Evaluated(**{**FEW, "max_depth": 3}))])
    voting.fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.name == "VotingClassifier"
    for prefix, model in zip(("", "booster_2/"), voting.estimators_, strict=True):
        series = run.series(f"{prefix}validation_0/logloss")
        assert list(series.values) == model.evals_result()["validation_0"]["logloss"]
    assert run.facts["trees"] == run.facts["booster_2/trees"] == 5


def test_a_random_forest(only_run: Any, sets: Any) -> None:
    model = xgb.XGBRFClassifier(n_estimators=4, max_depth=2, n_jobs=1)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False)
    run = only_run()
    assert run.name == "XGBRFClassifier" and run.facts["trees"] == 4
    assert list(run.series("validation_0/logloss").steps) == [0]


def test_a_ranker(only_run: Any, sets: Any) -> None:
    ranker = xgb.XGBRanker(n_estimators=4, max_depth=2, n_jobs=1, objective="rank:ndcg")
    ranker.fit(
        sets.X_train,
        sets.y_train,
        group=[50] * 4,
        eval_set=[(sets.X_valid, sets.y_valid)],
        eval_group=[[25] * 4],
        verbose=False,
    )
    run = only_run()
    ((metric, values),) = ranker.evals_result()["validation_0"].items()
    assert list(run.series(f"validation_0/{metric}").values) == values
    (described,) = [each["description"] for each in run.datasets if each["role"] == "validation_0"]
    assert described["groups"] == 4
    assert run.facts["train_data"] == {"groups": 4}


def test_many_classes_with_a_metric_of_the_users(only_run: Any) -> None:
    def wrong(y_true: Any, y_score: Any) -> float:
        return float((y_score.argmax(axis=1) != y_true).mean())

    generator = np.random.default_rng(0)
    X = generator.normal(size=(150, 3))
    y = X.argmax(axis=1)
    model = xgb.XGBClassifier(**{**FEW, "n_estimators": 40}, eval_metric=wrong, early_stopping_rounds=3)
    model.fit(X[:100], y[:100], eval_set=[(X[100:], y[100:])], verbose=False)
    run = only_run()
    assert list(run.series("validation_0/wrong").values) == model.evals_result()["validation_0"]["wrong"]
    assert run.facts["early_stopping"]["watched"] == "validation_0/wrong"
    assert run.params["eval_metric"].endswith("wrong")


def test_without_the_integration_of_scikit_learn(own_store: Any, sets: Any) -> None:
    fitscribe.autolog("xgboost", quiet=True)
    try:
        xgb.XGBClassifier(**FEW).fit(sets.X_train, sets.y_train)
    finally:
        fitscribe.disable()
    (run,) = fitscribe.search_runs()
    assert run.name == "xgboost.train" and run.params["max_depth"] == 2
    assert "subsample" not in run.changed


def test_a_fit_that_goes_on_with_another_estimator(runs: Any, sets: Any) -> None:
    first = xgb.XGBClassifier(**FEW).fit(sets.X_train, sets.y_train)
    second = xgb.XGBClassifier(**FEW)
    second.fit(
        sets.X_train, sets.y_train, xgb_model=first, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False
    )
    earlier, later = [run for run in runs() if "trees" in run.facts]
    assert later.facts["continues"] == earlier.id and later.facts["rounds_before"] == 5
    assert list(later.series("validation_0/logloss").steps) == [5, 6, 7, 8, 9]


def test_an_estimator_of_the_users_that_trains_two_boosters(only_run: Any, sets: Any) -> None:
    class Two(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            dtrain = xgb.DMatrix(X, label=y)
            for _ in range(2):
                xgb.train({"max_depth": 2}, dtrain, 3, evals=[(dtrain, "train")], verbose_eval=False)
            return self

    Two().fit(sets.X_train, sets.y_train)
    run = only_run()
    assert {"train/rmse", "booster_2/train/rmse"} <= set(run.metrics) and run.name == "Two"


@pytest.mark.parametrize("is_step", [False, True])
def test_what_is_asked_of_some_rounds_or_as_margins_is_no_evaluation(
    only_run: Any, sets: Any, is_step: bool
) -> None:
    X, X_test, y, y_test = train_test_split(sets.X_train, sets.y_train, random_state=0)
    model: Any = xgb.XGBClassifier(n_estimators=5, n_jobs=1)
    model = make_pipeline(StandardScaler(), model) if is_step else model
    model.fit(X, y)
    model.predict(X_test, iteration_range=(0, 1))
    model.predict(X_test, output_margin=True)
    assert not [name for name in only_run().metrics if name.startswith("test/")]
    predicted = model.predict(X_test, iteration_range=(0, 5))
    assert only_run().metrics["test/accuracy"] == (predicted == y_test).mean()


@pytest.mark.parametrize(("kind", "trees"), [(xgb.XGBRFClassifier, 3), (xgb.XGBClassifier, 1)])
def test_how_many_trees_a_round_has(only_run: Any, sets: Any, kind: Any, trees: int) -> None:
    kind(n_estimators=3, n_jobs=1).fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.params["num_parallel_tree"] == trees and "num_parallel_tree" not in run.changed
    assert run.facts["trees"] == 3


@pytest.mark.parametrize("step", ["", "model__"])
def test_an_eval_set_tells_the_labels_of_its_rows(only_run: Any, sets: Any, step: str) -> None:
    X, y, X_test, y_test = (each.copy() for each in sets)  # which nothing has split
    model: Any = xgb.XGBClassifier(n_estimators=4, n_jobs=1)
    model = Pipeline([("model", model)]) if step else model
    model.fit(X, y, **{f"{step}eval_set": [(X, y), (X_test, y_test)], f"{step}verbose": False})
    predicted = model.predict(X_test)
    run = only_run()
    assert run.metrics["test/accuracy"] == (predicted == y_test).mean()
    assert [each for each in run.unseen if "labels" in each["why"]] == []
    there = weakref.ref(X_test), weakref.ref(y_test)
    del X_test, y_test
    gc.collect()
    assert [each() for each in there] == [None, None]
