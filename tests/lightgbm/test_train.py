"""`lightgbm.train`: the run, its series, and that nothing of it changes for who calls it."""

from __future__ import annotations

import gc
import pickle
import re
import weakref
from functools import partial
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from tests.lightgbm.conftest import IS_OLD

import fitscribe
from fitscribe.models import ModelNotLoadable

PARAMS = {"objective": "binary", "metric": ["auc", "binary_logloss"], "verbosity": -1, "num_threads": 1}


def test_series_are_the_librarys_own_results(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    results: dict[str, Any] = {}
    lgb.train(
        PARAMS, train, 12, [train, valid], ["seen", "held out"], callbacks=[lgb.record_evaluation(results)]
    )
    run = only_run()
    assert run.name == "lightgbm.train" and run.status == "finished"
    assert set(results) == {"seen", "held out"}
    for name, metrics in results.items():
        for metric, values in metrics.items():
            series = run.series(f"{name}/{metric}")
            assert list(series.steps) == list(range(12))
            assert list(series.values) == values
            assert run.metrics[f"{name}/{metric}"] == values[-1]
    assert run.unseen == [] and run.problems == []


def test_a_set_without_a_name_has_the_librarys(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    lgb.train(PARAMS, train, 2, valid_sets=[train, valid])
    assert set(only_run().metrics) == {
        "training/auc",
        "training/binary_logloss",
        "valid_1/auc",
        "valid_1/binary_logloss",
    }
    assert [each["role"] for each in only_run().datasets] == ["train", "valid_1"]


def test_functions_of_the_users_are_known_by_name(only_run: Any, sets: Any) -> None:
    def half_of_squares(predicted: Any, data: Any) -> Any:
        return predicted - data.get_label(), np.ones_like(predicted)

    def worst(predicted: Any, data: Any) -> Any:
        return "worst", abs(predicted - data.get_label()).max(), False

    train, valid = sets.datasets()
    params: dict[str, Any] = {**PARAMS, "metric": "l2"}
    objective = {"fobj": half_of_squares} if IS_OLD else {}
    if not IS_OLD:
        params["objective"] = half_of_squares
    lgb.train(params, train, 5, valid_sets=[valid], feval=[worst], **objective)
    run = only_run()
    assert run.params["objective"].endswith("half_of_squares")
    assert [name.rpartition(".")[2] for name in run.params["feval"]] == ["worst"]
    assert len(run.series("valid_0/worst").values) == 5
    assert set(run.metrics) == {"valid_0/l2", "valid_0/worst"}


def test_results_that_are_no_numbers_are_named(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    quiet = [lgb.log_evaluation(0)]  # 3.3 prints by default, and cannot print this
    lgb.train(PARAMS, train, 3, [valid], feval=lambda *_: ("odd", None, False), callbacks=quiet)
    run = only_run()
    assert set(run.metrics) == {"valid_0/auc", "valid_0/binary_logloss"}
    assert [(each["what"], each["why"]) for each in run.unseen] == [("valid_0/odd", "NoneType is no number")]


def test_a_result_that_no_float_holds_costs_no_other(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    quiet = [lgb.log_evaluation(0)]
    lgb.train(PARAMS, train, 3, [valid], feval=lambda *_: ("odd", 10**400, False), callbacks=quiet)
    run = only_run()
    assert len(run.series("valid_0/auc").values) == 3
    assert {each["what"]: each["why"] for each in run.unseen} == {
        "valid_0/odd": "a number that is too large for a float"
    }


def test_sets_of_one_name_are_named(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    lgb.train(PARAMS, train, 2, [valid, lgb.Dataset(sets.X_valid, sets.y_valid, reference=train)], ["a", "a"])
    assert [each["why"] for each in only_run().unseen] == ["several have the same name"]


def test_every_so_many_rounds(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_LOG_EVERY", "4")
    train, valid = sets.datasets()
    lgb.train(PARAMS, train, 10, valid_sets=[valid])
    assert list(only_run().series("valid_0/auc").steps) == [0, 4, 8, 9]


# -- how it ends


def test_a_crash_keeps_the_rounds_before_it(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    error = RuntimeError("in round 5")

    def crash(env: Any) -> None:
        if env.iteration == 5:
            raise error

    with pytest.raises(RuntimeError) as raised:
        lgb.train(PARAMS, train, 10, valid_sets=[valid], callbacks=[crash])
    assert raised.value is error
    run = only_run()
    assert run.status == "failed" and run.error["message"] == "in round 5"
    assert list(run.series("valid_0/auc").steps) == [0, 1, 2, 3, 4, 5]
    assert run.metrics["valid_0/auc"] == run.series("valid_0/auc").values[-1]
    assert [each["role"] for each in run.datasets] == ["train", "valid_0"]


def test_control_c_passes(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()

    def press(env: Any) -> None:
        if env.iteration == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lgb.train(PARAMS, train, 10, valid_sets=[valid], callbacks=[press])
    assert only_run().status == "interrupted"
    assert len(only_run().series("valid_0/auc").values) == 3


def test_wrong_arguments_fail_as_ever(runs: Any, sets: Any) -> None:
    with pytest.raises(TypeError, match="only accepts Dataset object"):
        lgb.train(PARAMS, sets.X_train)
    with pytest.raises(TypeError, match="unexpected keyword argument 'rounds'"):
        lgb.train(PARAMS, sets.datasets()[0], rounds=3)


# -- what belongs to the caller


def test_a_list_of_callbacks_that_is_used_twice_does_not_grow(runs: Any, sets: Any) -> None:
    callbacks = [lgb.log_evaluation(0), lgb.early_stopping(9, verbose=False)]
    for rounds in (6, 4):
        train, valid = sets.datasets()
        lgb.train(PARAMS, train, rounds, valid_sets=[valid], callbacks=callbacks)
        assert len(callbacks) == 2
    assert sorted(len(run.series("valid_0/auc").values) for run in runs() if run.role == "training") == [4, 6]


@pytest.mark.parametrize("container", [list, tuple, set])
def test_callbacks_keep_their_order_and_what_is_on_them(runs: Any, sets: Any, container: Any) -> None:
    def trained() -> tuple[list[str], list[Any]]:
        calls: list[str] = []

        def first(env: Any) -> None:
            calls.append("first")

        def second(env: Any) -> None:
            calls.append("second")

        second.order = -1  # type: ignore[attr-defined]
        train, valid = sets.datasets()
        lgb.train(PARAMS, train, 2, valid_sets=[valid], callbacks=container([first, second]))
        return calls, [vars(first), vars(second)]

    if container is set:
        # The order of the elements of a set is their own affair.
        assert len(trained()[0]) == 4
        return
    recorded = trained()
    with fitscribe.suppress():
        assert trained() == recorded


@pytest.mark.parametrize("callbacks", [None, [], [lgb.log_evaluation(2)]], ids=["none", "empty", "one"])
def test_what_lightgbm_prints_is_what_it_printed(
    runs: Any, sets: Any, capsys: pytest.CaptureFixture[str], callbacks: Any
) -> None:
    def printed() -> str:
        train, valid = sets.datasets()
        # Which way LightGBM goes through the data it decides by the clock, and prints.
        params = {**PARAMS, "early_stopping_round": 2, "verbosity": 1, "force_col_wise": True}
        lgb.train(params, train, 4, valid_sets=[valid], callbacks=callbacks)
        return re.sub(r"[\d.]+ seconds", "", capsys.readouterr().out)

    recorded = printed()
    with fitscribe.suppress():
        assert printed() == recorded


def test_callbacks_by_position(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    results: dict[str, Any] = {}
    names = list(lgb.train.__code__.co_varnames) if hasattr(lgb.train, "__code__") else []
    before = names.index("callbacks") - 5
    defaults = list(lgb.train.__defaults__)[3 : 3 + before]
    lgb.train(PARAMS, train, 3, [valid], ["held out"], *defaults, [lgb.record_evaluation(results)])
    assert list(only_run().series("held out/auc").values) == results["held out"]["auc"]


def test_the_model_is_the_same_bit_by_bit(runs: Any, sets: Any) -> None:
    def trained(**more: Any) -> str:
        train, valid = sets.datasets()
        params = {**PARAMS, "bagging_fraction": 0.5, "bagging_freq": 1, "seed": 3}
        model: str = lgb.train(params, train, 8, valid_sets=[valid], **more).model_to_string()
        return model

    recorded = trained()
    with fitscribe.suppress():
        assert trained() == recorded


def test_nothing_is_attached_and_nothing_is_kept_alive(runs: Any, sets: Any) -> None:
    def trained() -> Any:
        train, valid = sets.datasets()
        booster = lgb.train(PARAMS, train, 3, valid_sets=[valid], keep_training_booster=True)
        return train, valid, booster

    with fitscribe.suppress():
        bare = [set(vars(each)) for each in trained()]
    objects = trained()
    assert [set(vars(each)) for each in objects] == bare
    assert b"fitscribe" not in pickle.dumps(objects[2])
    references = [weakref.ref(each) for each in objects]
    del objects
    gc.collect()
    assert [each() for each in references] == [None] * 3


def test_train_pickles_as_the_function_that_it_is(runs: Any) -> None:
    assert pickle.loads(pickle.dumps(lgb.train)) is lgb.train
    assert pickle.loads(pickle.dumps(partial(lgb.train, PARAMS))).func is lgb.train


# -- the model


def test_the_model_is_kept_as_text_and_loads_bit_identically(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    stop = lgb.early_stopping(2, verbose=False)
    booster = lgb.train(PARAMS, train, 60, valid_sets=[valid], callbacks=[stop], keep_training_booster=True)
    run = only_run()
    (model,) = run.models
    assert model["format"] == "lightgbm/text"
    assert (run.path / model["path"]).read_text().startswith("tree\nversion=")
    loaded = run.load_model()
    np.testing.assert_array_equal(loaded.predict(sets.X_valid), booster.predict(sets.X_valid))
    assert 0 < loaded.best_iteration == booster.best_iteration < booster.num_trees() == loaded.num_trees()
    everything = {"num_iteration": -1, "raw_score": True}
    np.testing.assert_array_equal(
        loaded.predict(sets.X_valid, **everything), booster.predict(sets.X_valid, **everything)
    )


def test_a_text_of_somebody_else_loads_too(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lgb.train(PARAMS, sets.datasets()[0], 2)
    monkeypatch.setenv("FITSCRIBE_KEY", "somebody else's key, of thirty-two bytes or more")
    assert only_run().load_model().num_trees() == 2


def test_a_damaged_text_is_named(only_run: Any, sets: Any) -> None:
    lgb.train(PARAMS, sets.datasets()[0], 2)
    path = only_run().path / only_run().models[0]["path"]
    path.write_text("no model")
    with pytest.raises(ModelNotLoadable, match="lightgbm cannot load"):
        only_run().load_model()


def test_a_pickle_on_request(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", "pickle")
    booster = lgb.train(PARAMS, sets.datasets()[0], 3)
    assert [each["format"] for each in only_run().models] == ["pickle"]
    assert only_run().load_model().model_to_string() == booster.model_to_string()
    assert only_run().facts["trees"] == 3 and only_run().facts["leaves"] > 3


def test_a_format_that_boosters_do_not_have_is_said(
    only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", "onnx")
    lgb.train(PARAMS, sets.datasets()[0], 2)
    assert [each["format"] for each in only_run().models] == ["lightgbm/text"]
    assert [each["what"] for each in only_run().unseen] == ["model as onnx"]


def test_no_model_on_request(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", "no")
    lgb.train(PARAMS, sets.datasets()[0], 2)
    assert only_run().models == [] and only_run().facts["trees"] == 2


def test_checkpoints(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_CHECKPOINTS", "4")
    booster = lgb.train(PARAMS, sets.datasets()[0], 10)
    run = only_run()
    assert [each["name"] for each in run.models] == ["checkpoint/4", "checkpoint/8", "model"]
    half = run.load_model("checkpoint/4")
    np.testing.assert_array_equal(half.predict(sets.X_valid), booster.predict(sets.X_valid, num_iteration=4))
