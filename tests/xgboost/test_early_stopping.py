"""Early stopping, however it was asked for."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import xgboost as xgb

PARAMS = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": 4, "eta": 0.7, "nthread": 1}
EarlyStopping = xgb.callback.EarlyStopping


def train(sets: Any, rounds: int = 60, params: Any = PARAMS, **how: Any) -> Any:
    dtrain, valid = sets.matrices()
    evals = [(dtrain, "train"), (valid, "valid")]
    return xgb.train(params, dtrain, rounds, evals=evals, verbose_eval=False, **how)


def test_by_argument(only_run: Any, sets: Any) -> None:
    result: Any = {}
    booster = train(sets, early_stopping_rounds=4, evals_result=result)
    run = only_run()
    fact = run.facts["early_stopping"]
    scores = result["valid"]["logloss"]
    assert fact == {
        "watched": "valid/logloss",
        "direction": "min",
        "patience": 4,
        "tolerance": 0.0,
        "best_iteration": scores.index(min(scores)),
        "best": min(scores),
        "last_iteration": len(scores) - 1,
        "wasted_iterations": 4,
        "stopped_early": True,
        "reason": "no improvement for 4 iterations",
    }
    assert int(booster.attr("best_iteration")) == fact["best_iteration"]
    assert list(run.series("valid/logloss").values) == scores


@pytest.mark.parametrize("save_best", [False, True])
def test_by_a_callback_on_a_metric_of_its_own(only_run: Any, sets: Any, save_best: bool) -> None:
    stop = EarlyStopping(rounds=3, data_name="valid", metric_name="auc", save_best=save_best, min_delta=0.001)
    result: Any = {}
    booster = train(
        sets, params={**PARAMS, "eval_metric": ["auc", "logloss"]}, callbacks=[stop], evals_result=result
    )
    run = only_run()
    fact, scores = run.facts["early_stopping"], result["valid"]["auc"]
    assert (fact["watched"], fact["direction"], fact["tolerance"]) == ("valid/auc", "max", 0.001)
    assert fact["stopped_early"] and fact["last_iteration"] == len(scores) - 1
    assert fact["best"] == scores[fact["best_iteration"]] and fact["wasted_iterations"] == 3
    # The last round is there although no callback is called after the one that stops.
    assert list(run.series("valid/auc").values) == scores
    kept = fact["best_iteration"] + 1 if save_best else len(scores)
    assert booster.num_boosted_rounds() == run.facts["trees"] == kept


def test_one_that_ran_out(only_run: Any, sets: Any) -> None:
    train(sets, 3, early_stopping_rounds=10)
    fact = only_run().facts["early_stopping"]
    assert not fact["stopped_early"] and fact["reason"] == "ran out of iterations"
    assert fact["last_iteration"] == 2


def test_one_that_goes_on_counts_from_where_it_began(runs: Any, sets: Any) -> None:
    first = train(sets, 3)
    train(sets, xgb_model=first, early_stopping_rounds=2)
    later = runs()[-1]
    fact = later.facts["early_stopping"]
    steps = list(later.series("valid/logloss").steps)
    assert steps[0] == 3 and fact["last_iteration"] == steps[-1]
    assert fact["best"] == later.series("valid/logloss").values[steps.index(fact["best_iteration"])]


def test_a_callback_that_is_used_again_counts_on(runs: Any, sets: Any) -> None:
    stop = EarlyStopping(rounds=3)
    train(sets, callbacks=[stop])
    again = train(sets, callbacks=[stop])
    fact = runs()[-1].facts["early_stopping"]
    assert again.num_boosted_rounds() == 1 and again.attr("best_score") is None
    assert fact["best_iteration"] is None and fact["best"] is None and fact["last_iteration"] == 0
    assert fact["stopped_early"] and "an earlier training" in fact["reason"]


@pytest.mark.parametrize(("of_argument", "of_callback", "patience"), [(2, 20, 2), (20, 2, 2)])
def test_of_an_argument_and_a_callback_the_one_that_stopped(
    only_run: Any, sets: Any, of_argument: int, of_callback: int, patience: int
) -> None:
    stop = EarlyStopping(rounds=of_callback, data_name="train" if of_callback > 2 else "valid")
    result: Any = {}
    train(sets, early_stopping_rounds=of_argument, callbacks=[stop], evals_result=result)
    fact = only_run().facts["early_stopping"]
    scores = result["valid"]["logloss"]
    assert (fact["watched"], fact["patience"], fact["stopped_early"]) == ("valid/logloss", patience, True)
    assert fact["best"] == min(scores) == scores[fact["best_iteration"]] and fact["direction"] == "min"
    assert fact["reason"] == f"no improvement for {patience} iterations"


def test_a_callback_of_the_users_that_ends_it(only_run: Any, sets: Any) -> None:
    class Enough(xgb.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return epoch == 4

    train(sets, callbacks=[Enough()])
    run = only_run()
    fact = run.facts["early_stopping"]
    assert fact["stopped_early"] and fact["watched"] is None and fact["last_iteration"] == 4
    assert fact["reason"] == "a callback ended the training"
    assert list(run.series("valid/logloss").steps) == [0, 1, 2, 3, 4]


def test_none_was_asked_for(only_run: Any, sets: Any) -> None:
    train(sets, 3)
    assert "early_stopping" not in only_run().facts


def test_in_a_cross_validation(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    found = xgb.cv(PARAMS, dtrain, 60, nfold=3, early_stopping_rounds=3, as_pandas=False)
    run = only_run()
    fact = run.facts["early_stopping"]
    means = found["test-logloss-mean"]
    assert fact["watched"] == "cv/logloss" and fact["direction"] == "min" and fact["stopped_early"]
    assert fact["best_iteration"] == len(means) - 1  # XGBoost gives the rounds up to the best
    assert fact["best"] == pytest.approx(means[-1]) and fact["wasted_iterations"] == 3
    assert list(run.series("cv/logloss").values)[: len(means)] == pytest.approx(list(means))
    assert list(run.series("cv/logloss_std").values)[: len(means)] == pytest.approx(
        list(found["test-logloss-std"])
    )
    assert len(run.series("train/logloss").values) == fact["last_iteration"] + 1
    assert run.facts["folds"] == 3 and run.params["early_stopping_rounds"] == 3


def test_by_arguments_of_fit_as_they_once_were(only_run: Any, sets: Any) -> None:
    if "early_stopping_rounds" not in inspect.signature(xgb.XGBClassifier.fit).parameters:
        pytest.skip("this version takes it in the constructor only")
    model = xgb.XGBClassifier(n_estimators=40, learning_rate=0.9, n_jobs=1)
    with pytest.warns(UserWarning, match="deprecated"):
        model.fit(
            sets.X_train,
            sets.y_train,
            eval_set=[(sets.X_valid, sets.y_valid)],
            eval_metric="auc",
            early_stopping_rounds=2,
            verbose=False,
        )
    fact = only_run().facts["early_stopping"]
    assert (fact["watched"], fact["direction"], fact["patience"]) == ("validation_0/auc", "max", 2)
    assert fact["best_iteration"] == model.best_iteration and fact["stopped_early"]


class EndAt(xgb.callback.TrainingCallback):
    """Ends a training after a round."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last = last

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        return epoch == self.last


@pytest.mark.parametrize("last", [2, 5, 9])
def test_a_callback_before_it_that_ends_the_training(only_run: Any, sets: Any, last: int) -> None:
    # XGBoost asks no callback after one that ends the training.
    callbacks = [EndAt(last), EarlyStopping(rounds=20)]
    if inspect.signature(xgb.train).parameters["callbacks"] and isinstance(_container(callbacks), set):
        pytest.skip("this version keeps callbacks in no order")
    result: Any = {}
    booster = train(sets, callbacks=callbacks, evals_result=result)
    run = only_run()
    fact, scores = run.facts["early_stopping"], result["valid"]["logloss"]
    assert fact["best_iteration"] == booster.best_iteration
    assert fact["best"] == scores[fact["best_iteration"]] == min(scores[:-1])
    assert fact["wasted_iterations"] == last - booster.best_iteration
    assert fact["reason"] == "a callback ended the training"


def _container(callbacks: Any) -> Any:
    return xgb.callback.CallbackContainer(callbacks).callbacks
