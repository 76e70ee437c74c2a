"""`xgboost.train`: its rounds as they are made, and what is left of them when it breaks off."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

import fitscribe

PARAMS = {"objective": "binary:logistic", "max_depth": 3, "tree_method": "hist", "nthread": 1}


class Breaking(xgb.callback.TrainingCallback):
    """Raises in one round."""

    def __init__(self, at: int, error: BaseException) -> None:
        super().__init__()
        self.at = at
        self.error = error

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        if epoch == self.at:
            raise self.error
        return False


class Reading(xgb.callback.TrainingCallback):
    """Looks up what the run has on disk in each round."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.lengths: list[int] = []

    def before_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        if epoch:
            self.lengths.append(len(fitscribe.get_run("latest").series(self.name).values))
        return False


def train(dtrain: Any, rounds: int = 5, params: Any = PARAMS, **others: Any) -> Any:
    return xgb.train(params, dtrain, rounds, **{"verbose_eval": False, **others})


def equal(run: Any, result: Any) -> bool:
    """Whether the series of a run are what XGBoost itself says."""
    named = {
        f"{data}/{metric}": values for data, metrics in result.items() for metric, values in metrics.items()
    }
    assert named
    return all(list(run.series(name).values) == values for name, values in named.items())


def test_series_are_the_results_of_the_library(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    result: Any = {}
    params = {**PARAMS, "eval_metric": ["logloss", "auc"]}
    train(dtrain, 6, params, evals=[(dtrain, "train"), (valid, "my_eval")], evals_result=result)
    run = only_run()
    assert (run.name, run.status) == ("xgboost.train", "finished")
    assert set(run.metrics) == {"train/logloss", "train/auc", "my_eval/logloss", "my_eval/auc"}
    assert equal(run, result) and list(run.series("my_eval/auc").steps) == list(range(6))


def test_each_round_is_there_before_the_next(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    reading = Reading("train/logloss")
    train(dtrain, 4, evals=[(dtrain, "train")], callbacks=[reading])
    assert reading.lengths == [1, 2, 3]


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("mine"), "failed"), (KeyboardInterrupt(), "interrupted")]
)
def test_a_crash_in_a_round_keeps_the_rounds_before(
    only_run: Any, sets: Any, error: BaseException, status: str
) -> None:
    dtrain, _ = sets.matrices()
    with pytest.raises(type(error)) as caught:
        train(dtrain, 9, evals=[(dtrain, "train")], callbacks=[Breaking(4, error)])
    assert caught.value is error
    run = only_run()
    assert run.status == status and list(run.series("train/logloss").steps) == [0, 1, 2, 3, 4]
    assert run.metrics["train/logloss"] == run.series("train/logloss").values[-1]


def test_a_list_of_callbacks_that_is_used_twice_stays_as_it_is(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    mine = [xgb.callback.LearningRateScheduler([0.1, 0.2, 0.3])]
    before = list(mine)
    for _ in range(2):
        train(dtrain, 3, evals=[(dtrain, "train")], callbacks=mine)
    assert mine == before
    assert [len(run.series("train/logloss").values) for run in runs() if run.params] == [3, 3]


def test_arguments_by_position(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # XGBoost asks for keywords
        xgb.train(PARAMS, dtrain, 3, [(valid, "valid")])
    assert len(only_run().series("valid/logloss").values) == 3


def test_results_are_what_they_are_without_autolog(sets: Any) -> None:
    def trained() -> Any:
        dtrain, valid = sets.matrices()
        params = {**PARAMS, "subsample": 0.5, "seed": 3}
        return train(dtrain, 8, params, evals=[(valid, "valid")], early_stopping_rounds=3)

    bare = trained()
    fitscribe.autolog("xgboost", quiet=True, checkpoints=2)
    try:
        recorded = trained()
    finally:
        fitscribe.disable()
    assert recorded.save_raw() == bare.save_raw() and recorded.save_config() == bare.save_config()
    assert pickle.dumps(recorded) == pickle.dumps(bare) and b"fitscribe" not in pickle.dumps(recorded)
    assert pickle.loads(pickle.dumps(xgb.train)) is xgb.train


def squared(margin: Any, matrix: Any) -> tuple[Any, Any]:
    return margin - matrix.get_label(), np.ones_like(margin)


def half_error(margin: Any, matrix: Any) -> tuple[str, float]:
    return "half_error", float(np.abs(margin - matrix.get_label()).mean() / 2)


def test_objective_and_metric_of_the_users(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    result: Any = {}
    train(
        dtrain,
        4,
        {"max_depth": 2, "disable_default_eval_metric": 1},
        evals=[(dtrain, "train")],
        obj=squared,
        custom_metric=half_error,
        evals_result=result,
    )
    run = only_run()
    assert equal(run, result) and list(run.metrics) == ["train/half_error"]
    assert run.params["objective"].endswith(":squared") and "obj" not in run.params
    assert run.params["custom_metric"].endswith(":half_error")


def test_an_objective_of_the_users_beside_a_named_one(only_run: Any, sets: Any) -> None:
    train(sets.matrices()[0], 2, obj=squared)
    params = only_run().params
    assert params["objective"] == "binary:logistic" and params["obj"].endswith(":squared")


def test_eval_sets_of_one_name(only_run: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    result: Any = {}
    train(
        dtrain,
        60,
        {**PARAMS, "eta": 0.9},
        evals=[(dtrain, "same"), (valid, "same")],
        early_stopping_rounds=3,
        evals_result=result,
    )
    run = only_run()
    (unseen,) = run.unseen
    assert "'same' but the last" in unseen["what"]
    scores = result["same"]["logloss"][1::2]
    assert list(run.series("same/logloss").values) == scores
    fact = run.facts["early_stopping"]
    assert fact["best"] == scores[fact["best_iteration"]] == min(scores) and fact["wasted_iterations"] == 3


def test_a_metric_that_is_not_there_in_each_round(only_run: Any, sets: Any) -> None:
    calls: list[int] = []

    def sometimes(margin: Any, matrix: Any) -> list[tuple[str, float]]:
        calls.append(0)
        return [("often", 1.0)] if len(calls) % 2 else [("often", 2.0), ("seldom", 3.0)]

    dtrain, _ = sets.matrices()
    train(dtrain, 4, evals=[(dtrain, "train")], custom_metric=sometimes)
    run = only_run()
    assert list(run.series("train/often").values) == [1.0, 2.0, 1.0, 2.0]
    assert list(run.series("train/seldom").steps) == [1, 3]


def test_every_so_many_rounds(own_store: Any, sets: Any) -> None:
    fitscribe.autolog("xgboost", quiet=True, log_every=4)
    try:
        dtrain, _ = sets.matrices()
        train(dtrain, 7, evals=[(dtrain, "train")])
    finally:
        fitscribe.disable()
    assert list(fitscribe.get_run("latest").series("train/logloss").steps) == [0, 4, 6]


def test_without_eval_sets_there_is_a_run_and_no_series(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    train(dtrain, 3)
    run = only_run()
    assert run.metrics == {} and run.facts["trees"] == 3


def test_a_training_that_goes_on(runs: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    first = train(dtrain, 4, evals=[(valid, "valid")])
    second: Any = {}
    train(dtrain, 3, xgb_model=first, evals=[(valid, "valid")], evals_result=second)
    earlier, later = [run for run in runs() if run.params]
    assert list(later.series("valid/logloss").steps) == [4, 5, 6] and equal(later, second)
    assert later.facts["continues"] == earlier.id and later.facts["rounds_before"] == 4
    assert later.facts["trees"] == 7


@pytest.mark.filterwarnings("ignore")  # until 1.7 XGBoost warns of any `updater`
@pytest.mark.parametrize("updater", ["refresh", "prune"])
def test_a_training_that_goes_through_the_rounds_of_a_model_again(runs: Any, sets: Any, updater: str) -> None:
    dtrain, valid = sets.matrices()
    model = train(dtrain, 4)
    again = {**PARAMS, "process_type": "update", "updater": updater}
    xgb.train(again, dtrain, 4, xgb_model=model, evals=[(valid, "valid")], verbose_eval=False)
    earlier, later = runs()
    assert later.facts["continues"] == earlier.id and "rounds_before" not in later.facts
    assert list(later.series("valid/logloss").steps) == [0, 1, 2, 3]


@pytest.mark.parametrize("in_a_loop", [False, True])
def test_a_training_that_goes_on_from_the_model_of_a_run(runs: Any, sets: Any, in_a_loop: bool) -> None:
    dtrain, _ = sets.matrices()
    train(dtrain, 4)
    (earlier,) = runs()
    model = earlier.load_model()
    if in_a_loop:
        model.update(dtrain, 4)
    else:
        train(dtrain, 2, xgb_model=model)
    assert runs()[-1].facts["continues"] == earlier.id


def test_a_training_that_goes_on_from_a_file(runs: Any, sets: Any, tmp_path: Any) -> None:
    dtrain, valid = sets.matrices()
    path = tmp_path / "first.ubj"
    train(dtrain, 4).save_model(path)
    train(dtrain, 2, xgb_model=str(path), evals=[(valid, "valid")])
    later = runs()[-1]
    assert later.params["xgb_model"] == str(path) and "continues" not in later.facts
    assert list(later.series("valid/logloss").steps) == [4, 5]


def test_a_call_that_does_not_fit_makes_no_run(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    with pytest.raises(TypeError):
        xgb.train(PARAMS, dtrain, no_such_argument=1)
    assert runs() == []


def test_what_xgboost_warns_of_is_said_where_it_was(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train(dtrain, 2, {"updater": "grow_quantile_histmaker", "no_such_parameter": 1})
    if not caught:
        pytest.skip("this version prints what it warns of")
    assert all("fitscribe" not in each.filename for each in caught)


def test_what_xgboost_warns_of_when_it_goes_on_is_said_where_it_was(
    runs: Any, sets: Any, tmp_path: Any
) -> None:
    dtrain, _ = sets.matrices()
    path = tmp_path / "first.ubj"
    train(dtrain, 2).save_model(path)

    def warned() -> list[tuple[str, int]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            train(dtrain, 2, {**PARAMS, "no_such_parameter": 1}, xgb_model=str(path))
        return [(each.filename, each.lineno) for each in caught]

    recorded = warned()
    fitscribe.disable()
    assert recorded == warned()
    if not recorded:
        pytest.skip("this version prints what it warns of")


def test_one_that_goes_on_and_breaks_off_in_its_first_round(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    first = train(dtrain, 3)
    with pytest.raises(RuntimeError):
        train(
            dtrain,
            9,
            xgb_model=first,
            evals=[(dtrain, "train")],
            callbacks=[Breaking(0, RuntimeError())],
        )
    assert list(runs()[-1].series("train/logloss").steps) == [3]


def test_of_several_processes_that_train_one_model_the_first_records(
    runs: Any, sets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xgb.collective, "get_rank", lambda: 1)
    assert train(sets.matrices()[0], 2).num_boosted_rounds() == 2
    assert runs() == []


def rmse(margin: Any, matrix: Any) -> tuple[str, float]:
    return "rmse", 7.0


def test_a_metric_of_the_users_by_the_name_of_one_of_xgboosts(runs: Any, sets: Any) -> None:
    dtrain, valid = sets.matrices()
    params = {"nthread": 1, "max_depth": 2}
    xgb.train(params, dtrain, 3, evals=[(valid, "valid")], custom_metric=rmse, verbose_eval=False)
    xgb.cv(params, dtrain, 2, nfold=2, custom_metric=rmse)
    training, validation = runs()
    assert list(training.series("valid/rmse").values) == [7.0, 7.0, 7.0]
    assert [each["what"] for each in training.unseen] == [
        "all but the last value of valid/rmse in each round"
    ]
    assert {each["what"] for each in validation.unseen} == {
        "all but the last value of train/rmse in each round",
        "all but the last value of cv/rmse in each round",
    }


def test_no_round_at_all(only_run: Any, sets: Any) -> None:
    xgb.train(PARAMS, sets.matrices()[0], 0)
    run = only_run()
    assert run.unseen == [] and run.facts["trees"] == run.facts["depth"] == 0


@pytest.mark.parametrize("place", ["dtrain", "evals"])
def test_data_that_is_no_matrix_is_xgboosts_to_tell(only_run: Any, sets: Any, place: str) -> None:
    with pytest.raises(TypeError):
        if place == "dtrain":
            xgb.train(PARAMS, sets.X_train)
        else:
            xgb.train(PARAMS, sets.matrices()[0], evals=[(sets.X_valid, "valid")])
    assert only_run().status == "failed"
