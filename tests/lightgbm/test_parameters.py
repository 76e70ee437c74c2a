"""Parameters as LightGBM understands them: aliases are one, defaults are apart."""

from __future__ import annotations

from inspect import signature
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest


@pytest.mark.filterwarnings("ignore:Found `n_estimators` in params")
def test_aliases_are_one(only_run: Any, sets: Any) -> None:
    params = {
        "application": "binary",
        "eta": 0.3,
        "num_leaf": 7,
        "reg_lambda": 2.0,
        "n_estimators": 6,
        "verbose": -1,
    }
    booster = lgb.train(params, sets.datasets()[0])
    assert booster.num_trees() == 6
    given = {name: only_run().params[name] for name in only_run().changed}
    assert given == {
        "objective": "binary",
        "learning_rate": 0.3,
        "num_leaves": 7,
        "lambda_l2": 2.0,
        "num_iterations": 6,
        "verbosity": -1,
    }
    assert not set(params) & set(only_run().params)
    assert params["eta"] == 0.3


def test_of_two_names_the_one_that_lightgbm_takes(only_run: Any, sets: Any) -> None:
    params = {"shrinkage_rate": 0.5, "eta": 0.25, "objective": "binary", "verbosity": -1}
    booster = lgb.train(params, sets.datasets()[0], 1)
    assert "[learning_rate: 0.25]" in booster.model_to_string()
    assert only_run().params["learning_rate"] == 0.25


def test_defaults_are_apart(only_run: Any, sets: Any) -> None:
    lgb.train({"objective": "binary", "verbosity": -1}, sets.datasets()[0])
    run = only_run()
    assert run.params["num_iterations"] == 100
    assert (run.params["num_leaves"], run.params["learning_rate"]) == (31, 0.1)
    assert run.params["boosting"] == "gbdt"
    assert set(run.changed) == {"objective", "verbosity"}


def test_parameters_of_the_data_set_belong_to_it(only_run: Any, sets: Any) -> None:
    train = lgb.Dataset(sets.X_train, sets.y_train, params={"max_bins": 15, "verbosity": -1})
    lgb.train({"objective": "binary", "verbosity": -1}, train, 2)
    assert only_run().params["max_bin"] == 15


def test_those_of_an_earlier_training_do_not_stick_to_the_data(runs: Any, sets: Any) -> None:
    train = lgb.Dataset(sets.X_train, sets.y_train, free_raw_data=False)
    lgb.train({"objective": "binary", "verbosity": -1, "learning_rate": 0.5}, train, 2)
    lgb.train({"objective": "binary", "verbosity": -1}, train, 2)
    first, second = [run for run in runs() if run.role == "training"]
    assert (first.params["learning_rate"], second.params["learning_rate"]) == (0.5, 0.1)
    assert "learning_rate" not in second.changed


def test_arguments_are_parameters_too(only_run: Any, sets: Any) -> None:
    lgb.cv(
        {"objective": "regression", "verbosity": -1},
        lgb.Dataset(sets.X_train, sets.y_train),
        num_boost_round=3,
        nfold=4,
        stratified=False,
        metrics=["l1", "l2"],
        seed=7,
    )
    params = only_run().params
    assert params["num_iterations"] == 3 and params["metric"] == ["l1", "l2"]
    assert (params["nfold"], params["stratified"], params["fold_seed"]) == (4, False, 7)


def test_the_seed_of_the_folds_is_not_that_of_the_model(only_run: Any, sets: Any) -> None:
    params = {"objective": "binary", "verbosity": -1, "random_state": 77}
    lgb.cv(params, lgb.Dataset(sets.X_train, sets.y_train), 2, nfold=2, seed=7)
    run = only_run()
    assert (run.params["seed"], run.params["fold_seed"]) == (77, 7) and "fold_seed" in run.changed


def test_arguments_of_cv_that_were_left_to_their_defaults(runs: Any, sets: Any) -> None:
    params = {"objective": "binary", "verbosity": -1, "seed": 5}
    lgb.cv(params, lgb.Dataset(sets.X_train, sets.y_train), 2)
    rows = np.arange(200)
    halves = [(rows[:100], rows[100:]), (rows[100:], rows[:100])]
    lgb.cv(params, lgb.Dataset(sets.X_train, sets.y_train), 2, folds=halves)
    lgb.train(params, lgb.Dataset(sets.X_train, sets.y_train), 2)
    validation, folds, once = runs()
    of_folds = {"nfold": 5, "stratified": True, "shuffle": True, "fold_seed": 0}
    assert of_folds.items() <= validation.params.items() and validation.params["seed"] == 5
    assert set(validation.changed) == {*params, "num_iterations"}
    assert of_folds.keys().isdisjoint(folds.params) and of_folds.keys().isdisjoint(once.params)


def test_an_array_among_them_is_summarised(only_run: Any, sets: Any) -> None:
    params = {"objective": "binary", "verbosity": -1, "label_gain": np.arange(5)}
    lgb.train(params, sets.datasets()[0], 1)
    assert only_run().params["label_gain"]["shape"] == [5]


def test_callbacks_are_named(only_run: Any, sets: Any) -> None:
    def mine(env: Any) -> None:
        """Do nothing."""

    callbacks = [lgb.log_evaluation(0), mine]
    lgb.cv({"objective": "binary", "verbosity": -1}, sets.datasets()[0], 2, nfold=2, callbacks=callbacks)
    name, own = only_run().params["callbacks"]
    assert name == "log_evaluation" and own.endswith("mine") and "callbacks" in only_run().changed


def by_train(params: Any, train: Any, callbacks: Any) -> None:
    lgb.train(params, train, 3, valid_sets=[train], callbacks=callbacks)


def by_cv(params: Any, train: Any, callbacks: Any) -> None:
    lgb.cv(params, train, 3, nfold=2, callbacks=callbacks)


@pytest.mark.parametrize("training", [by_train, by_cv])
def test_what_has_a_schedule_is_a_series_and_no_default(only_run: Any, sets: Any, training: Any) -> None:
    callbacks = [lgb.reset_parameter(eta=[0.5, 0.5, 0.25], bagging_fraction=lambda number: 1 - number / 8)]
    params = {"objective": "binary", "verbosity": -1, "bagging_freq": 1, "bagging_fraction": 0.9}
    training(params, sets.datasets()[0], callbacks)
    run = only_run()
    assert list(run.series("learning_rate").values) == [0.5, 0.5, 0.25]
    assert list(run.series("bagging_fraction").values) == [1, 0.875, 0.75]
    assert run.facts["scheduled"] == ["bagging_fraction", "learning_rate"]
    assert "learning_rate" not in run.params and run.params["bagging_fraction"] == 0.9
    assert run.problems == [] and run.unseen == []


@pytest.mark.skipif(
    "learning_rates" not in signature(lgb.train).parameters, reason="from 4.0 on there is none"
)
def test_rates_that_are_an_argument_are_a_series(only_run: Any, sets: Any) -> None:
    rates = [0.5, 0.5, 0.25]
    params = {"objective": "binary", "verbosity": -1}
    with pytest.warns(UserWarning, match="learning_rates"):
        lgb.train(params, sets.datasets()[0], 3, learning_rates=rates)
    run = only_run()
    assert list(run.series("learning_rate").values) == rates
    assert run.facts["scheduled"] == ["learning_rate"] and "learning_rate" not in run.params
