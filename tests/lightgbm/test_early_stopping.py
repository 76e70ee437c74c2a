"""Early stopping, however it was asked for: one fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import pytest

PARAMS = {"objective": "binary", "metric": ["binary_logloss"], "verbosity": -1, "num_threads": 1}


def by_callback(train: Any, valid: Any, rounds: int) -> Any:
    callbacks = [lgb.early_stopping(3, verbose=False)]
    return lgb.train(PARAMS, train, rounds, valid_sets=[train, valid], callbacks=callbacks)


def by_parameter(train: Any, valid: Any, rounds: int) -> Any:
    params = {**PARAMS, "n_iter_no_change": 3}
    return lgb.train(params, train, rounds, valid_sets=[train, valid])


@pytest.mark.parametrize("training", [by_callback, by_parameter])
def test_it_stopped(only_run: Any, sets: Any, training: Callable[..., Any]) -> None:
    booster = training(*sets.datasets(), 80)
    run = only_run()
    values = list(run.series("valid_1/binary_logloss").values)
    best = values.index(min(values))
    assert booster.best_iteration == best + 1
    assert run.facts["early_stopping"] == {
        "watched": "valid_1/binary_logloss",
        "direction": "min",
        "patience": 3,
        "tolerance": 0.0,
        "best_iteration": booster.best_iteration,
        "best": min(values),
        "best_step": best,
        "last_iteration": len(values),
        "wasted_iterations": 3,
        "stopped_early": True,
        "reason": "no improvement for 3 iterations",
    }
    assert len(values) == best + 4
    assert run.params["early_stopping_round"] == (3 if training is by_parameter else 0)


@pytest.mark.parametrize("training", [by_callback, by_parameter])
def test_it_ran_out(only_run: Any, sets: Any, training: Callable[..., Any]) -> None:
    training(*sets.datasets(), 4)
    fact = only_run().facts["early_stopping"]
    values = list(only_run().series("valid_1/binary_logloss").values)
    assert fact["stopped_early"] is False
    assert fact["reason"] == "ran out of iterations (num_iterations=4)"
    assert (fact["watched"], fact["best"]) == ("valid_1/binary_logloss", min(values))
    assert (fact["best_iteration"], fact["last_iteration"]) == (values.index(min(values)) + 1, 4)


def test_the_metric_that_stopped_it_is_the_one_that_is_named(only_run: Any, sets: Any) -> None:
    def constant(predicted: Any, data: Any) -> Any:
        return "constant", 1.0, True

    train, valid = sets.datasets()
    callbacks = [lgb.early_stopping(5, verbose=False)]
    lgb.train(PARAMS, train, 40, valid_sets=[valid], feval=constant, callbacks=callbacks)
    fact = only_run().facts["early_stopping"]
    assert (fact["watched"], fact["direction"]) == ("valid_0/constant", "max")
    assert (fact["best_iteration"], fact["best"], fact["last_iteration"]) == (1, 1.0, 6)


def test_first_metric_only(only_run: Any, sets: Any) -> None:
    def constant(predicted: Any, data: Any) -> Any:
        return "constant", 1.0, True

    train, valid = sets.datasets()
    callbacks = [lgb.early_stopping(5, first_metric_only=True, verbose=False)]
    lgb.train(PARAMS, train, 80, valid_sets=[valid], feval=constant, callbacks=callbacks)
    fact = only_run().facts["early_stopping"]
    assert fact["watched"] == "valid_0/binary_logloss"
    assert fact["last_iteration"] > 5 and fact["stopped_early"]


def test_a_training_set_of_any_name_stops_nothing(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    callbacks = [lgb.early_stopping(2, verbose=False)]
    lgb.train(PARAMS, train, 60, valid_sets=[valid, train], valid_names=["b", "a"], callbacks=callbacks)
    assert only_run().facts["early_stopping"]["watched"] == "b/binary_logloss"


@pytest.mark.filterwarnings("ignore:Early stopping is not available in dart mode")
def test_what_lightgbm_switches_off_is_said(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    callbacks = [lgb.early_stopping(2, verbose=False)]
    lgb.train({**PARAMS, "boosting": "dart"}, train, 8, valid_sets=[valid], callbacks=callbacks)
    fact = only_run().facts["early_stopping"]
    assert fact["stopped_early"] is False and fact["watched"] is None
    assert fact["reason"].endswith("(num_iterations=8): LightGBM had switched early stopping off")


def test_a_callback_of_the_users_that_stops_it(only_run: Any, sets: Any) -> None:
    rounds: list[Any] = []

    def enough(env: Any) -> None:
        rounds.append(env.evaluation_result_list)
        if env.iteration == 4:
            raise lgb.callback.EarlyStopException(2, rounds[2])

    train, valid = sets.datasets()
    booster = lgb.train(PARAMS, train, 10, valid_sets=[valid], callbacks=[enough])
    assert booster.best_iteration == 3
    run = only_run()
    assert run.status == "finished"
    fact = run.facts["early_stopping"]
    assert (fact["reason"], fact["stopped_early"], fact["last_iteration"]) == (
        "a callback stopped it",
        True,
        5,
    )
    assert (fact["watched"], fact["direction"]) == ("valid_0/binary_logloss", "min")
    assert fact["best_iteration"] == 3 and fact["wasted_iterations"] == 2
    assert fact["best"] == run.series("valid_0/binary_logloss").values[2]
    assert len(run.series("valid_0/binary_logloss").values) == 5


def test_one_that_goes_by_several_metrics_names_none(only_run: Any, sets: Any) -> None:
    def enough(env: Any) -> None:
        if env.iteration == 4:
            raise lgb.callback.EarlyStopException(2, env.evaluation_result_list)

    train, valid = sets.datasets()
    params = {**PARAMS, "metric": ["auc", "binary_logloss"]}
    lgb.train(params, train, 10, valid_sets=[valid], callbacks=[enough])
    fact = only_run().facts["early_stopping"]
    assert (fact["best_iteration"], fact["best"], fact["watched"]) == (3, None, None)


def test_one_that_stops_a_cross_validation(only_run: Any, sets: Any) -> None:
    def enough(env: Any) -> None:
        if env.iteration == 4:
            raise lgb.callback.EarlyStopException(2, env.evaluation_result_list)

    data = lgb.Dataset(sets.X_train, sets.y_train)
    lgb.cv(PARAMS, data, 10, nfold=2, callbacks=[enough], eval_train_metric=True)
    fact = only_run().facts["early_stopping"]
    assert (fact["best_iteration"], fact["watched"]) == (3, "cv/binary_logloss")
    assert fact["best"] == only_run().series("cv/binary_logloss").values[2]


def test_nothing_was_to_stop_it(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    lgb.train(PARAMS, train, 3, valid_sets=[valid])
    assert "early_stopping" not in only_run().facts


def test_a_callback_that_was_made_within_a_training_but_not_for_it(only_run: Any, sets: Any) -> None:
    def makes_one(env: Any) -> None:
        lgb.early_stopping(1, verbose=False)

    train, valid = sets.datasets()
    lgb.train(PARAMS, train, 3, valid_sets=[valid], callbacks=[makes_one])
    assert "early_stopping" not in only_run().facts
