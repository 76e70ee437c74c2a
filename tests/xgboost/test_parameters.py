"""Parameters of `xgboost.train`: those given under one name each, those at their defaults apart."""

from __future__ import annotations

from typing import Any

import pytest
import xgboost as xgb

from fitscribe_xgboost import trees
from fitscribe_xgboost.depth import depth_of
from fitscribe_xgboost.parameters import ALIASES, given_parameters, resolved_parameters, tree_count


def test_what_was_given_and_what_was_not(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    params = {"eta": 0.2, "lambda": 2, "max_depth": 2, "objective": "binary:logistic", "nthread": 1}
    xgb.train(params, dtrain, 3)
    run = only_run()
    given = {
        "learning_rate": 0.2,
        "reg_lambda": 2,
        "max_depth": 2,
        "objective": "binary:logistic",
        "n_jobs": 1,
        "num_boost_round": 3,
    }
    assert {name: run.params[name] for name in run.changed} == given
    defaults = {name: value for name, value in run.params.items() if name not in given}
    assert defaults["min_child_weight"] == 1 and defaults["reg_alpha"] == 0 and defaults["subsample"] == 1
    assert defaults["eval_metric"] == ["logloss"] and "eta" not in defaults and "lambda" not in defaults


def test_the_defaults_of_a_cross_validation(only_run: Any, sets: Any) -> None:
    params = {"objective": "binary:logistic", "max_depth": 2}
    xgb.cv(params, sets.matrices()[0], 2, nfold=2, metrics=["auc"])
    run = only_run()
    assert set(run.changed) == {"objective", "max_depth", "num_boost_round", "nfold", "metrics"}
    assert run.params["learning_rate"] == 0.3 and run.params["min_child_weight"] == 1
    assert run.params["metrics"] == ["auc"] and "eval_metric" not in run.params


def test_arguments_that_were_left_to_their_defaults(runs: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    xgb.train({}, dtrain)
    xgb.cv({"seed": 5}, dtrain)
    xgb.cv({}, dtrain, 2, folds=[([0, 1, 2], [3, 4]), ([3, 4, 5], [0, 1])])
    once, validation, folds = runs()
    assert once.params["num_boost_round"] == 10 and not once.changed
    assert set(validation.changed) == {"random_state"} and validation.params["random_state"] == 5
    of_folds = {"num_boost_round": 10, "nfold": 3, "stratified": False, "shuffle": True, "seed": 0}
    assert of_folds.items() <= validation.params.items() and "as_pandas" not in validation.params
    assert folds.params.keys().isdisjoint(of_folds.keys() - {"num_boost_round"})


def scheduler() -> Any:
    """A callback by which each round has a rate of its own."""
    return xgb.callback.LearningRateScheduler([0.5, 0.4, 0.2])


def by_train(sets: Any, params: Any) -> None:
    xgb.train(params, sets.matrices()[0], 3, callbacks=[scheduler()])


def by_cv(sets: Any, params: Any) -> None:
    xgb.cv(params, sets.matrices()[0], 3, nfold=2, callbacks=[scheduler()])


@pytest.mark.parametrize("training", [by_train, by_cv])
def test_a_rate_with_a_schedule_is_no_default(only_run: Any, sets: Any, training: Any) -> None:
    training(sets, {"objective": "binary:logistic"})
    run = only_run()
    assert "learning_rate" not in run.params and run.facts["scheduled"] == ["learning_rate"]
    assert run.params["subsample"] == 1


def test_a_rate_that_was_given_is_the_one_before_its_schedule(only_run: Any, sets: Any) -> None:
    by_train(sets, {"objective": "binary:logistic", "eta": 0.9})
    assert only_run().params["learning_rate"] == 0.9 and "learning_rate" in only_run().changed


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_estimator_with_a_schedule(only_run: Any, sets: Any) -> None:
    model = xgb.XGBClassifier(n_estimators=3, n_jobs=1, callbacks=[scheduler()])
    model.fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.params["learning_rate"] is None and run.facts["scheduled"] == ["learning_rate"]


def test_a_number_of_single_precision_is_shown_as_it_was_written(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    xgb.train({"objective": "binary:logistic"}, dtrain, 1)
    assert only_run().params["learning_rate"] == 0.3


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ([("eta", 0.5), ("eval_metric", "auc"), ("eval_metric", "error")],
         {"learning_rate": 0.5, "eval_metric": ["auc", "error"]}),
        ({"eval_metric": ["auc", "error"], "max_depth": None}, {"eval_metric": ["auc", "error"]}),
        ({}, {}),
        (None, {}),
    ],
)  # fmt: skip
def test_forms_of_parameters(params: Any, shown: Any) -> None:
    assert given_parameters({"params": params}) == shown


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("eta", "learning_rate"),
        ("gamma", "min_split_loss"),
        ("lambda", "reg_lambda"),
        ("alpha", "reg_alpha"),
        ("seed", "random_state"),
        ("nthread", "n_jobs"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_of_two_names_of_one_parameter_that_which_xgboost_heeds(
    only_run: Any, sets: Any, first: str, second: str, order: int
) -> None:
    params = dict([(first, 1), (second, 2)][::order])
    booster = xgb.train(params, sets.matrices()[0], 1)
    run = only_run()
    name = ALIASES.get(first, first)
    assert run.params[ALIASES.get(second, name)] == resolved_parameters(booster)[ALIASES.get(second, name)]
    assert len({first, second} & run.params.keys()) == 1


def test_arguments_beside_the_parameters() -> None:
    class Stop(xgb.callback.TrainingCallback):
        pass

    found = given_parameters(
        {"params": {}, "num_boost_round": 9, "callbacks": [Stop()], "evals": [], "folds": [([0], [1])],
         "metrics": ["auc"], "maximize": None}
    )  # fmt: skip
    assert found == {
        "num_boost_round": 9,
        "callbacks": ["Stop"],
        "folds": "builtins:list",
        "metrics": ["auc"],
    }


@pytest.mark.parametrize(("booster", "count"), [("gbtree", 6), ("dart", 6), ("gblinear", None)])
def test_how_many_trees(booster: str, count: int | None, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    params = {"objective": "multi:softprob", "num_class": 2, "booster": booster}
    assert tree_count(xgb.train(params, dtrain, 3)) == count


@pytest.mark.parametrize(
    "params",
    [
        {"max_depth": 7},
        {"max_depth": 5, "tree_method": "exact", "gamma": 1.0},  # which prunes what has grown
        {"booster": "dart", "max_depth": 2},
        {"grow_policy": "lossguide", "max_leaves": 9, "max_depth": 0, "tree_method": "hist"},
        {"num_parallel_tree": 3, "objective": "multi:softprob", "num_class": 2, "max_depth": 3},
        {"gamma": 1e9},  # nothing but roots
    ],
)
def test_how_deep_the_trees_are(sets: Any, params: Any) -> None:
    booster = xgb.train({"nthread": 1, **params}, sets.matrices()[0], 4)
    lines = [line for tree in booster.get_dump() for line in tree.splitlines()]
    depth = max(len(line) - len(line.lstrip("\t")) for line in lines)
    assert depth_of(booster.save_raw(raw_format="ubj"), len(booster.get_dump())) == depth


def test_the_depth_of_what_is_written_in_another_way_is_not_known(sets: Any) -> None:
    raw = xgb.train({"nthread": 1}, sets.matrices()[0], 2).save_raw(raw_format="ubj")
    assert depth_of(raw, 2) is not None and depth_of(raw, 3) is None
    assert depth_of(raw.replace(b"right_children", b"right_branches"), 2) is None


def test_a_linear_booster_has_coefficients(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    xgb.train({"objective": "binary:logistic", "booster": "gblinear", "updater": "coord_descent"}, dtrain, 2)
    run = only_run()
    (artifact,) = [each for each in run.artifacts if each["kind"] == "coefficients"]
    assert artifact["data"]["features"] == ["f0", "f1", "f2", "f3"] and len(artifact["data"]["values"]) == 4
    assert run.params["updater"] == "coord_descent"


def test_trees_and_importances_by_every_type(only_run: Any, sets: Any) -> None:
    dtrain, _ = sets.matrices()
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 3}, dtrain, 5)
    run = only_run()
    dump = booster.get_dump()
    assert run.facts["trees"] == len(dump) == 5
    assert run.facts["leaves"] == sum(tree.count("leaf=") for tree in dump)
    depths = [len(line) - len(line.lstrip("\t")) for tree in dump for line in tree.splitlines()]
    assert run.facts["depth"] == max(depths)
    found = {each["name"]: each["data"] for each in run.artifacts if each["kind"] == "feature_importance"}
    assert set(found) == {
        f"feature_importance/{kind}" for kind in ("weight", "gain", "cover", "total_gain", "total_cover")
    }
    for name, data in found.items():
        scores = booster.get_score(importance_type=name.partition("/")[2])
        assert dict(zip(data["features"], data["values"], strict=True)) == scores and data["of"] == 4


def test_a_depth_that_would_cost_too_much_is_named(
    only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "_NODE_S", 1.0)
    xgb.train({"objective": "binary:logistic", "max_depth": 3}, sets.matrices()[0], 2)
    run = only_run()
    assert "depth" not in run.facts and run.facts["trees"] == 2
    assert [each["what"] for each in run.unseen] == ["the depth of the trees"]
