"""The trees of a model: how large they are, what their features count for, and how they are drawn."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from fitscribe.cli import main
from fitscribe_lightgbm import learned
from fitscribe_lightgbm.diagram import diagram
from fitscribe_lightgbm.estimators import made_of
from fitscribe_lightgbm.models import objection

# 3.3 asks pandas in a way that pandas 2.2 warns of.
# 4.7 would have `eval_X`, which older ones do not know.
pytestmark = [
    pytest.mark.filterwarnings("ignore:is_sparse is deprecated"),
    pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated"),
]
PARAMS = {"objective": "binary", "verbosity": -1, "num_threads": 1}
QUIET = {"verbosity": -1, "n_jobs": 1}


def test_the_size_of_the_trees_is_what_the_library_says(only_run: Any, sets: Any) -> None:
    booster = lgb.train({**PARAMS, "num_leaves": 9}, sets.datasets()[0], 7)
    nodes = booster.trees_to_dataframe()
    facts = only_run().facts
    assert facts["trees"] == 7
    assert facts["leaves"] == int(nodes.left_child.isna().sum())
    assert facts["depth"] == int(nodes.node_depth.max()) - 1


def test_trees_without_a_split(only_run: Any) -> None:
    X = np.ones((30, 2))
    lgb.train(PARAMS, lgb.Dataset(X, np.arange(30) % 2), 2)
    facts = only_run().facts
    assert facts["depth"] == 0 and facts["leaves"] == facts["trees"]


def test_trees_that_take_too_long_to_look_at_are_named(
    only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned, "_TREES_S", 0.0)
    monkeypatch.setattr(learned, "_TREES_SHARE", 0.0)
    monkeypatch.setattr(learned, "_LEAVES", 0)
    lgb.train(PARAMS, sets.datasets()[0], 5)
    run = only_run()
    assert run.facts["trees"] == 5 and "leaves" not in run.facts
    (unseen,) = run.unseen
    assert unseen["what"] == "depth and leaves of the trees" and "would take about" in unseen["why"]


@pytest.mark.parametrize("leaves", [{}, {"num_leaves": 31}, {"max_leaf": 10}])
def test_few_leaves_are_looked_at_however_busy_the_machine_is(
    only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch, leaves: dict[str, int]
) -> None:
    monkeypatch.setattr(learned, "_TREES_S", 0.0)
    monkeypatch.setattr(learned, "_TREES_SHARE", 0.0)
    lgb.LGBMClassifier(n_estimators=100, n_jobs=1, **leaves).fit(sets.X_train, sets.y_train)
    facts = only_run().facts
    assert facts["trees"] == 100 and facts["leaves"] > 100 and facts["depth"] > 0


def test_trees_of_many_leaves_are_timed(only_run: Any, sets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learned, "_TREES_S", 0.0)
    monkeypatch.setattr(learned, "_TREES_SHARE", 0.0)
    lgb.LGBMClassifier(n_estimators=11, num_leaves=1000, n_jobs=1).fit(sets.X_train, sets.y_train)
    assert "leaves" not in only_run().facts


def test_importances_of_every_type(only_run: Any, sets: Any) -> None:
    frame = pd.DataFrame(sets.X_train, columns=list("abcd"))
    booster = lgb.train(PARAMS, lgb.Dataset(frame, sets.y_train), 5)
    records = {each["name"]: each["data"] for each in only_run().artifacts}
    for kind in ("split", "gain"):
        record = records[f"feature_importance/{kind}"]
        assert record["features"] == list("abcd") and record["of"] == 4
        assert record["values"] == booster.feature_importance(kind).tolist()


def test_of_many_features_the_most_important_are_kept(only_run: Any) -> None:
    X = np.random.default_rng(0).normal(size=(200, 150))
    booster = lgb.train(PARAMS, lgb.Dataset(X, (X[:, 0] + X[:, 9] > 0).astype(int)), 10)
    records = {each["name"]: each["data"] for each in only_run().artifacts}
    record = records["feature_importance/gain"]
    assert len(record["features"]) == 100 and record["of"] == 150
    assert sum(record["values"]) == pytest.approx(booster.feature_importance("gain").sum())


def test_the_trees_are_drawn_when_somebody_looks(only_run: Any, sets: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame(sets.X_train, columns=["<a>", *"bcd"])
    frame["kind"] = pd.Categorical(np.where(frame.b > 0, "up", "down"))
    labels = (frame.b > 0).astype(int)
    lgb.LGBMClassifier(n_estimators=25, **QUIET).fit(frame[["kind", "c"]], labels)
    page = tmp_path / "trees.html"
    assert main(["show", only_run().id, "--diagram", str(page)]) == 0
    text = page.read_text()
    assert "25 trees" in text and "The first 20 of them." in text
    assert "kind in {" in text and text.count("<details><summary>tree ") == 20


def test_names_of_features_are_no_markup(sets: Any) -> None:
    train = lgb.Dataset(sets.X_train, sets.y_train, feature_name=["<b>", "x", "y", "z"])
    body = diagram(lgb.train(PARAMS, train, 3))
    assert "&lt;b&gt; &le; " in body and "<b> &le;" not in body


def test_a_name_that_lightgbm_cannot_write_into_the_trees(sets: Any) -> None:
    train = lgb.Dataset(sets.X_train, sets.y_train, feature_name=["a\tb", "x", "y", "z"])
    assert diagram(lgb.train(PARAMS, train, 3)).startswith("<p>LightGBM writes out no trees of this Booster")


def test_estimators_that_fitscribe_does_not_let_predict(sets: Any) -> None:
    def objective(y_true: Any, y_pred: Any) -> Any:
        return y_pred - y_true, np.ones_like(y_pred)

    class Own(lgb.LGBMRegressor):
        pass

    assert objection(lgb.LGBMClassifier()) == ""
    assert "raw scores" in objection(lgb.LGBMClassifier(objective=objective))
    assert "Own" in objection(Own())
    replaced = lgb.LGBMRegressor()
    replaced.predict = lambda X: X  # type: ignore[method-assign]
    assert "predict of this LGBMRegressor was replaced" in objection(replaced)


LABELS = [
    np.array([3, 7, 9]),
    np.array(["low", "mid", "high"]),
    np.array(["low", "mid", "high"], dtype=object),
    np.array([1.0, 2.0, 4.0]),
]


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: labels.dtype.str)
def test_a_classifier_comes_back_whole(only_run: Any, sets: Any, labels: Any) -> None:
    y = labels[np.arange(len(sets.X_train)) % 3]
    model = lgb.LGBMClassifier(
        n_estimators=4, learning_rate=0.3, class_weight="balanced", reg_alpha=np.float64(0.1), **QUIET
    )
    model.fit(sets.X_train, y, eval_set=[(sets.X_train, y)])
    run = only_run()
    assert run.models[0]["format"] == "lightgbm/sklearn" and run.problems == []
    loaded = run.load_model()
    assert loaded.__class__ is lgb.LGBMClassifier
    assert loaded.get_params() == model.get_params() and loaded.evals_result_ == model.evals_result_
    assert loaded.classes_.dtype == model.classes_.dtype and loaded.n_features_in_ == model.n_features_in_
    for method in ("predict", "predict_proba"):
        expected = getattr(model, method)(sets.X_valid)
        found = getattr(loaded, method)(sets.X_valid)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", [lgb.LGBMRegressor, lgb.LGBMRanker])
def test_other_estimators_come_back_whole(only_run: Any, sets: Any, kind: Any) -> None:
    frame = pd.DataFrame(sets.X_train, columns=list("abcd"))
    frame["kind"] = pd.Categorical(np.where(frame.a > 0, "up", "down"))
    model = kind(n_estimators=4, monotone_constraints=(1, 0, 0, 0, 0), boosting_type="dart", **QUIET)
    model.fit(frame, sets.y_train, **({"group": [100, 100]} if kind is lgb.LGBMRanker else {}))
    run = only_run()
    assert run.models[0]["format"] == "lightgbm/sklearn"
    loaded = run.load_model()
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))
    assert loaded.get_params() == model.get_params()
    assert list(loaded.feature_name_) == [*"abcd", "kind"]


def test_the_best_iteration_comes_back(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=60, **QUIET)
    callbacks = [lgb.early_stopping(3, verbose=False)]
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], callbacks=callbacks)
    loaded = only_run().load_model()
    assert loaded.best_iteration_ == model.best_iteration_ == loaded.booster_.best_iteration
    assert loaded.best_score_ == model.best_score_
    np.testing.assert_array_equal(loaded.predict_proba(sets.X_valid), model.predict_proba(sets.X_valid))


def test_an_estimator_that_came_back_can_be_fitted_again(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=3, **QUIET).fit(sets.X_train, sets.y_train)
    loaded = only_run().load_model()
    again = pickle.loads(pickle.dumps(loaded))
    again.fit(sets.X_train, sets.y_train)
    np.testing.assert_array_equal(again.predict_proba(sets.X_valid), model.predict_proba(sets.X_valid))


def squares(y_true: Any, y_pred: Any) -> Any:
    """An objective of the user's."""
    return y_pred - y_true, np.ones_like(y_pred)


@pytest.mark.parametrize("given", [{"objective": squares}, {"random_state": np.random.RandomState(0)}])
def test_what_is_no_plain_value_is_pickled(only_run: Any, sets: Any, given: Any) -> None:
    model = lgb.LGBMRegressor(n_estimators=3, **QUIET, **given).fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.models[0]["format"] == "pickle"
    np.testing.assert_array_equal(run.load_model().predict(sets.X_valid), model.predict(sets.X_valid))


def test_what_a_file_names_is_no_class_of_lightgbms() -> None:
    with pytest.raises(ValueError, match="LightGBM has no estimator 'eval'"):
        made_of(None, {"class": "eval", "attributes": {}, "labels": None})
