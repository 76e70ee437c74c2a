"""Loops of the user's own around `Booster.update`, and `xgboost.cv`."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from sklearn.metrics import log_loss

import fitscribe
from fitscribe.tracking import continued

PARAMS = {"objective": "binary:logistic", "max_depth": 2, "tree_method": "hist", "nthread": 1, "eta": 0.7}


def values_in(result: str) -> dict[str, float]:
    """What `eval_set` has said, by the names of series."""
    pairs = [entry.rsplit(":", 1) for entry in result.split("\t")[1:]]
    return {name.replace("-", "/", 1): float(value) for name, value in pairs}


def test_a_loop_is_one_run(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine keeping the model costs more than it may.
    monkeypatch.setattr(continued, "_KEEPING_S", 60.0)
    dtrain, valid = sets.matrices()
    booster = xgb.Booster(PARAMS, [dtrain, valid])
    said: list[dict[str, float]] = []
    for number in range(4):
        booster.update(dtrain, number)
        said.append(values_in(booster.eval_set([(dtrain, "train"), (valid, "valid")], number)))
        values_in(booster.eval(valid, "again"))
    del booster
    gc.collect()
    xgb.train(PARAMS, dtrain, 1)  # the next training notices that the booster is gone
    loop, other = sorted(fitscribe.search_runs(), key=lambda run: run.started)
    assert (loop.name, loop.status, other.name) == ("xgboost.Booster", "finished", "xgboost.train")
    for name in ("train/logloss", "valid/logloss"):
        series = loop.series(name)
        assert list(series.values) == [each[name] for each in said] and list(series.steps) == [0, 1, 2, 3]
    assert len(loop.series("again/logloss").values) == 4
    assert {"learning_rate", "max_depth", "objective"} <= set(loop.changed)
    assert "subsample" in loop.params and "subsample" not in loop.changed
    loaded = loop.load_model()
    assert loaded.num_boosted_rounds() == 4 and loop.facts["trees"] == 4


def test_every_so_many_evaluations_of_a_loop_and_the_last_one(own_store: Any, sets: Any) -> None:
    fitscribe.autolog("xgboost", quiet=True, log_every=4)
    try:
        dtrain, valid = sets.matrices()
        booster = xgb.Booster(PARAMS, [dtrain, valid])
        for number in range(7):
            booster.update(dtrain, number)
            last = values_in(booster.eval_set([(dtrain, "train")], number))
            if number % 2:
                booster.eval_set([(valid, "valid")], number)
        del booster
        gc.collect()
        continued.end_those_gone()
    finally:
        fitscribe.disable()
    run = fitscribe.get_run("latest")
    assert list(run.series("train/logloss").steps) == [0, 4, 6]
    assert list(run.series("valid/logloss").steps) == [1, 5]
    assert run.metrics["train/logloss"] == run.series("train/logloss").values[-1] == last["train/logloss"]


def test_gradients_of_the_users(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    booster = xgb.Booster({"max_depth": 2}, [dtrain])
    margin = np.zeros(200)
    for number in range(3):
        grad, hess = margin - sets.y_train, np.ones(200)
        if xgb.__version__ >= "2.1":
            booster.boost(dtrain, number, grad=grad, hess=hess)
        else:
            booster.boost(dtrain, grad, hess)
        margin = booster.predict(dtrain, output_margin=True)
        booster.eval_set([(dtrain, "train")], number)
    run = only_run()
    assert len(run.series("train/rmse").values) == 3 and run.datasets[0]["role"] == "train"
    assert [each["what"] for each in run.unseen] == ["the objective"]


def test_rounds_with_an_objective_of_the_users_are_counted_once(runs: Any, sets: Any) -> None:
    def squared(margin: Any, matrix: Any) -> tuple[Any, Any]:
        return margin - matrix.get_label(), np.ones_like(margin)

    dtrain, _ = sets.matrices()
    booster = xgb.Booster({"max_depth": 2}, [dtrain])
    for number in range(2):
        booster.update(dtrain, number, squared)
        booster.eval_set([(dtrain, "train")], number)
    (run,) = runs()
    assert list(run.series("train/rmse").steps) == [0, 1]
    assert run.params["objective"].endswith("squared") and "objective" in run.changed


@pytest.mark.parametrize("names", [("my-train", "my"), ("my", "my-train")])
def test_hyphens_in_the_names_of_eval_sets(only_run: Any, sets: Any, names: tuple[str, str]) -> None:
    dtrain, valid = sets.matrices()
    booster = xgb.Booster({**PARAMS, "eval_metric": "ndcg@2-"}, [dtrain, valid])
    booster.update(dtrain, 0)
    said = booster.eval_set([(dtrain, names[0]), (valid, names[1])], 0)
    values = [float(entry.rsplit(":", 1)[1]) for entry in said.split("\t")[1:]]
    assert only_run().metrics == {f"{name}/ndcg@2-": value for name, value in zip(names, values, strict=True)}


def test_what_predicts_is_kept(runs: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continued, "_KEEPING_S", 1e9)
    monkeypatch.setattr(continued, "_ANY_CALL", 0.0)
    dtrain, _ = sets.matrices()
    booster = xgb.Booster(PARAMS, [dtrain])
    for number in range(7):
        booster.update(dtrain, number)
    assert runs()[0].load_model().num_boosted_rounds() == 4
    booster.predict(dtrain)
    assert runs()[0].load_model().num_boosted_rounds() == 7


def test_an_error_in_a_round_fails_the_run(runs: Any, sets: Any) -> None:
    def broken(margin: Any, matrix: Any) -> Any:
        raise RuntimeError("mine")

    dtrain, _ = sets.matrices()
    booster = xgb.Booster(PARAMS, [dtrain])
    booster.update(dtrain, 0)
    with pytest.raises(RuntimeError, match="mine"):
        booster.update(dtrain, 1, broken)
    (run,) = runs()
    assert run.status == "failed"


def test_a_loop_that_goes_on_with_a_trained_booster(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    booster = xgb.train(PARAMS, dtrain, 3)
    booster.update(dtrain, 3)
    booster.eval_set([(dtrain, "train")], 3)
    first, second = runs()
    assert second.facts["continues"] == first.id
    assert list(second.series("train/logloss").steps) == [3]


def by_train(sets: Any) -> Any:
    return xgb.train({**PARAMS, "max_leaves": None}, sets.matrices()[0], 3)


def by_fit(sets: Any) -> Any:
    model = xgb.XGBClassifier(n_estimators=3, n_jobs=1, max_depth=2, tree_method="hist", learning_rate=0.7)
    return model.fit(sets.X_train, sets.y_train).get_booster()


@pytest.mark.parametrize("training", [by_train, by_fit])
def test_such_a_loop_has_what_the_booster_was_told(runs: Any, sets: Any, training: Any) -> None:
    booster = training(sets)
    booster.update(sets.matrices()[0], 3)
    loop = runs()[-1]
    told = {"objective": "binary:logistic", "max_depth": 2, "tree_method": "hist", "learning_rate": 0.7}
    given = {name: loop.params[name] for name in loop.changed}
    assert loop.name == "xgboost.Booster" and told.items() <= given.items() <= {*told.items(), ("n_jobs", 1)}
    assert loop.params["subsample"] == 1


def test_evaluating_a_booster_outside_of_a_loop_records_nothing(runs: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    booster = xgb.train(PARAMS, dtrain, 2)
    booster.eval(valid)
    (run,) = runs()
    assert run.metrics == {}


def test_results_are_what_they_are_without_autolog(sets: Any) -> None:
    def trained() -> Any:
        dtrain, valid = sets.matrices()
        booster = xgb.Booster({**PARAMS, "subsample": 0.5}, [dtrain, valid])
        said = []
        for number in range(5):
            booster.update(dtrain, number)
            said.append(booster.eval_set([(valid, "valid")], number))
        return booster.save_raw(), said

    bare = trained()
    fitscribe.autolog("xgboost", quiet=True)
    try:
        recorded = trained()
    finally:
        fitscribe.disable()
    assert recorded == bare


def test_a_cross_validation(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    found = xgb.cv(PARAMS, dtrain, 5, nfold=4, metrics=["logloss", "auc"], seed=7, stratified=True)
    run = only_run()
    assert (run.name, run.status) == ("xgboost.cv", "finished")
    for column in found:
        data, metric, kind = column.split("-")
        name = f"{'cv' if data == 'test' else data}/{metric}{'_std' if kind == 'std' else ''}"
        assert list(run.series(name).values) == list(found[column]), name
    assert len(run.metrics) == len(found.columns)
    assert (run.params["nfold"], run.params["stratified"], run.params["seed"]) == (4, True, 7)
    assert run.facts["folds"] == 4 and run.models == [] and run.datasets[0]["role"] == "train"


def test_checkpoints_of_a_loop_and_none_of_a_cross_validation(own_store: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    fitscribe.autolog("xgboost", quiet=True, checkpoints=2)
    try:
        booster = xgb.Booster(PARAMS, [dtrain])
        for number in range(5):
            booster.update(dtrain, number)
        xgb.cv(PARAMS, dtrain, 4)
    finally:
        fitscribe.disable()
    loop, folds = sorted(fitscribe.search_runs(), key=lambda run: run.started)
    kept = [each["name"] for each in loop.models if each["name"] != "model"]
    assert kept == ["checkpoint/2", "checkpoint/4"] and folds.models == []
    assert loop.load_model("checkpoint/4").num_boosted_rounds() == 4


class Forwarding(xgb.Booster):
    """Passes on whatever it is given."""

    def update(self, *args: Any, **kwargs: Any) -> Any:
        return super().update(*args, **kwargs)

    def eval_set(self, *args: Any, **kwargs: Any) -> Any:
        return super().eval_set(*args, **kwargs)

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        return super().predict(*args, **kwargs)


def test_a_booster_of_the_scripts_that_passes_on_what_it_is_given(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    booster = Forwarding(PARAMS, [dtrain, valid])
    for number in range(3):
        booster.update(dtrain, number)
        booster.eval_set([(valid, "valid")], number)
    booster.predict(valid)
    run = only_run()
    assert len(run.series("valid/logloss").values) == 3 and run.problems == []
    assert {"max_depth", "objective"} <= set(run.changed)


def test_metrics_of_one_name_in_a_loop(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    booster = xgb.Booster({**PARAMS, "eval_metric": "rmse"}, [dtrain, valid])
    for number in range(2):
        booster.update(dtrain, number)
        booster.eval_set([(valid, "valid")], number, lambda margin, matrix: ("rmse", 7.0))
    run = only_run()
    assert list(run.series("valid/rmse").values) == [7.0, 7.0]
    assert [each["what"] for each in run.unseen] == ["all but the last value of valid/rmse in each round"]


def test_what_a_loop_is_evaluated_on_is_described(only_run: Any, sets: Any) -> None:
    dtrain = xgb.DMatrix(sets.X_train, label=sets.y_train)
    valid, other = (xgb.DMatrix(sets.X_valid, label=sets.y_valid) for _ in range(2))
    booster = xgb.Booster(PARAMS, [dtrain, valid])
    for number in range(4):
        booster.update(dtrain, number)
        booster.eval_set([(dtrain, "train"), (valid, "valid")], number)
        if number == 2:
            booster.eval(other, "late")
    log_loss(sets.y_valid, booster.predict(valid))
    run = only_run()
    assert [each["role"] for each in run.datasets] == ["train", "valid", "late"]
    assert run.datasets[1]["description"]["shape"] == list(sets.X_valid.shape)
    (lineage,) = [each["data"] for each in run.artifacts if each["name"] == "lineage"]
    assert {"train", "valid", "late", "valid target"} <= lineage["roles"].keys()
    assert "valid/log_loss" in run.metrics and "test/log_loss" not in run.metrics


def test_other_data_that_goes_by_the_name_of_the_training_data(only_run: Any, sets: Any) -> None:
    dtrain = xgb.DMatrix(sets.X_train, label=sets.y_train)
    valid = xgb.DMatrix(sets.X_valid, label=sets.y_valid)
    booster = xgb.Booster(PARAMS, [dtrain, valid])
    booster.update(dtrain, 0)
    booster.eval_set([(valid, "train")], 0)
    assert [each["role"] for each in only_run().datasets] == ["train", "train (eval set)"]
