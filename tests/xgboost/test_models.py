"""Models: kept in XGBoost's own format, and loaded as they were."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

import fitscribe
from fitscribe.models import ModelNotLoadable, native_format
from fitscribe.models.native import load_native
from fitscribe_xgboost.diagram import diagram
from fitscribe_xgboost.models import BOOSTER, ESTIMATOR, objection

PARAMS = {"objective": "binary:logistic", "max_depth": 3, "tree_method": "hist", "nthread": 1}
ESTIMATORS = ["XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor", "XGBRanker"]


def fitted(name: str, sets: Any, **params: Any) -> Any:
    model = getattr(xgb, name)(**{"n_estimators": 4, "max_depth": 2, "n_jobs": 1, **params})
    groups = {"group": [100, 100]} if name == "XGBRanker" else {}
    return model.fit(sets.X_train, sets.y_train, **groups)


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
def test_a_booster_predicts_what_it_did(only_run: Any, sets: Any, booster: str) -> None:
    dtrain, valid = sets.matrices()
    model = xgb.train({"objective": "binary:logistic", "booster": booster}, dtrain, 4)
    run = only_run()
    (kept,) = run.models
    assert kept["format"] == "xgboost/ubj" and kept["path"].endswith(".ubj")
    np.testing.assert_array_equal(run.load_model().predict(valid), model.predict(valid))


@pytest.mark.parametrize("models", [True, "pickle"])
def test_a_booster_that_is_loaded_is_trained_on(own_store: Path, sets: Any, models: Any) -> None:
    dtrain, valid = sets.matrices()
    fitscribe.autolog("xgboost", quiet=True, models=models, checkpoints=1)
    try:
        bare = xgb.train(PARAMS, dtrain, 2)
    finally:
        fitscribe.disable()
    for name, rounds in (("model", 2), ("checkpoint/1", 1)):
        loaded = fitscribe.get_run("latest").load_model(name)
        assert type(loaded) is xgb.Booster and loaded.num_boosted_rounds() == rounds
    further = xgb.train(PARAMS, dtrain, 2, xgb_model=fitscribe.load_model("latest"))
    expected = xgb.train(PARAMS, dtrain, 2, xgb_model=bare)
    np.testing.assert_array_equal(further.predict(valid), expected.predict(valid))


def test_early_stopping_and_names_come_back(only_run: Any, sets: Any) -> None:
    names = ["a", "b", "c", "d"]
    dtrain = xgb.DMatrix(sets.X_train, label=sets.y_train, feature_names=names)
    valid = xgb.DMatrix(sets.X_valid, label=sets.y_valid, feature_names=names)
    model = xgb.train(PARAMS, dtrain, 60, evals=[(valid, "v")], early_stopping_rounds=2, verbose_eval=False)
    loaded = only_run().load_model()
    assert loaded.feature_names == names and loaded.attr("best_iteration") == model.attr("best_iteration")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_comes_back_whole(only_run: Any, sets: Any, name: str) -> None:
    model = fitted(name, sets, learning_rate=0.5)
    run = only_run()
    assert run.models[0]["format"] == "xgboost/sklearn"
    loaded = run.load_model()
    assert loaded.__class__ is type(model)
    np.testing.assert_array_equal(loaded.predict(sets.X_valid), model.predict(sets.X_valid))
    before, after = model.get_params(), loaded.get_params()
    assert np.isnan(before.pop("missing")) and np.isnan(after.pop("missing")) and before == after
    if hasattr(model, "classes_"):
        np.testing.assert_array_equal(loaded.predict_proba(sets.X_valid), model.predict_proba(sets.X_valid))
        np.testing.assert_array_equal(loaded.classes_, model.classes_)


def test_results_of_the_rounds_come_back(only_run: Any, sets: Any) -> None:
    model = xgb.XGBClassifier(n_estimators=30, early_stopping_rounds=2, n_jobs=1)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False)
    loaded = only_run().load_model()
    assert loaded.evals_result() == model.evals_result() and loaded.best_iteration == model.best_iteration


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_nothing_is_drawn_of_the_users_generator(runs: Any, sets: Any, make: Any) -> None:
    if make is np.random.default_rng and xgb.__version__ < "2.1":
        pytest.skip("this version takes none of these")

    def trained() -> list[Any]:
        generator = make(3)
        models = [fitted("XGBRegressor", sets, subsample=0.5, random_state=generator) for _ in range(2)]
        return [each.predict(sets.X_valid).tolist() for each in models]

    recorded = trained()
    assert [each["format"] for run in runs() for each in run.models] == ["pickle"] * 2
    fitscribe.disable()
    assert recorded == trained()


def test_what_is_no_plain_value_is_pickled(only_run: Any, sets: Any) -> None:
    model = xgb.XGBClassifier(n_estimators=3, n_jobs=1, callbacks=[xgb.callback.EvaluationMonitor()])
    model.fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.models[0]["format"] == "pickle"
    np.testing.assert_array_equal(run.load_model().predict(sets.X_valid), model.predict(sets.X_valid))


def test_numbers_of_numpys_and_tuples_among_the_parameters(only_run: Any, sets: Any) -> None:
    given = {
        "max_depth": np.int64(2),
        "learning_rate": np.linspace(0.1, 0.3, 3)[1],
        "scale_pos_weight": (sets.y_train == 0).sum() / (sets.y_train == 1).sum(),
        "monotone_constraints": (1, 0, 0, 0),
    }
    model = xgb.XGBClassifier(n_estimators=3, n_jobs=1, **given).fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.models[0]["format"] == "xgboost/sklearn"
    loaded = run.load_model()
    np.testing.assert_array_equal(loaded.predict_proba(sets.X_valid), model.predict_proba(sets.X_valid))
    for name, value in given.items():
        assert loaded.get_params()[name] == value and type(loaded.get_params()[name]) is type(value)


def test_a_metric_of_the_scripts_is_no_part_of_what_was_trained(only_run: Any, sets: Any) -> None:
    def wrong(y_true: Any, y_score: Any) -> float:
        return float(((y_score > 0.5) != y_true).mean())

    class Told(xgb.callback.TrainingCallback):
        pass

    model = xgb.XGBClassifier(
        n_estimators=20, n_jobs=1, eval_metric=wrong, callbacks=[Told()], early_stopping_rounds=2
    )
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False)
    run = only_run()
    assert run.models[0]["format"] == "xgboost/sklearn" and "train/accuracy" in run.metrics
    with pytest.warns(
        UserWarning, match="eval_metric and callbacks of this XGBClassifier are the script's own"
    ):
        loaded = run.load_model()
    np.testing.assert_array_equal(loaded.predict_proba(sets.X_valid), model.predict_proba(sets.X_valid))
    assert loaded.best_iteration == model.best_iteration and loaded.eval_metric is None


def test_a_class_of_the_users_is_in_no_format_of_xgboosts(sets: Any) -> None:
    class Mine(xgb.XGBClassifier):
        pass

    model = Mine(n_estimators=2, n_jobs=1).fit(sets.X_train, sets.y_train)
    assert native_format(model) is None and not ESTIMATOR.takes(model)
    assert not BOOSTER.takes(model) and not ESTIMATOR.takes(xgb.XGBClassifier())
    assert "not known" in objection(model)


@pytest.mark.parametrize("name", ["DMatrix", "config_context", "os", "XGBModelBase"])
def test_only_estimators_of_xgboosts_are_made(sets: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.ubj"
    path.write_bytes(ESTIMATOR.save(fitted("XGBClassifier", sets)))
    with pytest.raises(ModelNotLoadable, match="no estimator"):
        load_native(path, "xgboost/sklearn", {"class": name, "attributes": {}})


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "model.ubj"
    path.write_bytes(b"no model at all")
    with pytest.raises(ModelNotLoadable, match="xgboost cannot load"):
        load_native(path, "xgboost/ubj", {})


@pytest.mark.parametrize(
    ("option", "model_format"), [(True, "xgboost/ubj"), ("pickle", "pickle"), ("skops", "xgboost/ubj")]
)
def test_formats_that_are_asked_for(own_store: Path, sets: Any, option: Any, model_format: str) -> None:
    fitscribe.autolog("xgboost", quiet=True, models=option, checkpoints=2)
    try:
        xgb.train(PARAMS, sets.matrices()[0], 2)
    finally:
        fitscribe.disable()
    (run,) = fitscribe.search_runs()
    assert [each["format"] for each in run.models] == [model_format, model_format]
    assert bool([each for each in run.unseen if "skops" in each["what"]]) == (option == "skops")


def test_checkpoints_every_so_many_rounds(own_store: Path, sets: Any) -> None:
    fitscribe.autolog("xgboost", quiet=True, checkpoints=2)
    try:
        dtrain, valid = sets.matrices()
        model = xgb.train(PARAMS, dtrain, 5, evals=[(valid, "v")], verbose_eval=False)
    finally:
        fitscribe.disable()
    (run,) = fitscribe.search_runs()
    assert [each["name"] for each in run.models] == ["checkpoint/2", "checkpoint/4", "model"]
    second = run.load_model("checkpoint/2")
    np.testing.assert_array_equal(second.predict(valid), model.predict(valid, iteration_range=(0, 2)))


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, ""),
        ({"tree_method": "gpu_hist"}, "tree_method='gpu_hist'"),
        ({"objective": lambda y, p: (p - y, p * 0 + 1)}, "objective"),
        ({"random_state": np.random.RandomState(0)}, "random_state"),
        ({"random_state": np.random.default_rng(0)}, "random_state"),
        ({"random_state": np.int64(0)}, ""),
    ],
)
def test_what_is_let_predict(params: Any, why: str) -> None:
    found = objection(xgb.XGBRegressor(**params))
    assert why in found and bool(found) == bool(why)


def test_the_trees_of_a_model_are_drawn(only_run: Any, sets: Any) -> None:
    from fitscribe.cli.diagram import _drawn

    names = ["a<b", "b", "c", "d"]
    dtrain = xgb.DMatrix(sets.X_train, label=sets.y_train)
    booster = xgb.train(PARAMS, dtrain, 25)
    booster.feature_names = [name.replace("<", " or ") for name in names]
    page = _drawn(booster)
    assert "25 trees" in page and page.count("<summary>tree ") == 20 and "leaf" in page
    leaves = [tree.count('"leaf"') for tree in booster.get_dump(dump_format="json")[:20]]
    assert page.count('class="leaf"') == sum(leaves)
    assert "a or b &lt; " in page
    linear = xgb.train({"booster": "gblinear"}, dtrain, 1)
    assert _drawn(linear) == ""


@pytest.mark.skipif(xgb.__version__ < "2", reason="leaves are numbers there")
def test_trees_whose_leaves_are_vectors_are_drawn(sets: Any) -> None:
    params = {"multi_strategy": "multi_output_tree", "tree_method": "hist", "nthread": 1, "max_depth": 2}
    booster = xgb.train(params, xgb.DMatrix(sets.X_train, label=sets.X_train[:, :2]), 2)
    page = diagram(booster)
    if xgb.__version__ < "2.1":
        assert "XGBoost writes out no trees of this Booster: " in page
        return
    assert "2 trees" in page
    (leaf, *_) = re.findall(r"leaf (-?[\d.e-]+, -?[\d.e-]+)", page)
    assert len(leaf.split(", ")) == 2


@pytest.mark.parametrize("name", ["a\tb", 'a"b', "a\nb"])
def test_names_that_are_written_into_the_trees_as_they_are(sets: Any, name: str) -> None:
    dtrain = xgb.DMatrix(sets.X_train, label=sets.y_train, feature_names=[name, "b", "c", "d"])
    page = diagram(xgb.train(PARAMS, dtrain, 1))
    assert "1 trees" in page or (name == 'a"b' and "XGBoost writes out no trees of this Booster: " in page)


def test_categories_in_a_drawing(sets: Any) -> None:
    codes = (sets.X_train[:, :1] > 0).astype(float) + (sets.X_train[:, :1] > 1)
    dtrain = xgb.DMatrix(codes, label=sets.y_train, feature_types=["c"], enable_categorical=True)
    booster = xgb.train({**PARAMS, "max_cat_to_onehot": 1}, dtrain, 1)
    assert json.loads(booster.get_dump(dump_format="json")[0])["split_condition"]
    assert "f0 in {" in diagram(booster)
