"""LightGBM's estimators: the run is that of scikit-learn's integration, and the boosting adds to it."""

from __future__ import annotations

import inspect
import pickle
import warnings
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import VotingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.lightgbm.conftest import IS_OLD

import fitscribe

# 4.7 has another way to say it, which 4.6 does not know.
pytestmark = pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
QUIET = {"verbosity": -1, "n_jobs": 1}


def test_an_estimator_is_one_run_with_its_curves(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=60, **QUIET)
    model.fit(
        sets.X_train,
        sets.y_train,
        eval_set=[(sets.X_train, sets.y_train), (sets.X_valid, sets.y_valid)],
        eval_names=["seen", "held out"],
        eval_metric="auc",
        callbacks=[lgb.early_stopping(4, verbose=False)],
    )
    run = only_run()
    assert run.name == "LGBMClassifier" and run.status == "finished"
    for name, metrics in model.evals_result_.items():
        for metric, values in metrics.items():
            assert list(run.series(f"{name}/{metric}").values) == values
    fact = run.facts["early_stopping"]
    assert fact["best_iteration"] == model.best_iteration_ and fact["stopped_early"]
    assert run.params["n_estimators"] == 60 and "num_iterations" not in run.params
    assert [each["role"] for each in run.datasets] == ["train", "held out"]
    assert {"train/accuracy", "train/roc_auc"} <= set(run.metrics)
    assert run.facts["trees"] == model.best_iteration_
    names = [each["name"] for each in run.artifacts]
    assert {"feature_importance/gain", "feature_importance/split"} <= set(names)
    assert run.unseen == [] and run.problems == []
    loaded = run.load_model()
    np.testing.assert_array_equal(loaded.predict_proba(sets.X_valid), model.predict_proba(sets.X_valid))


def test_names_of_features_that_the_data_has_not_are_no_warning_of_ours(only_run: Any, sets: Any) -> None:
    names = [f"feature{index}" for index in range(np.shape(sets.X_train)[1])]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lgb.LGBMClassifier(n_estimators=5, **QUIET).fit(
            np.asarray(sets.X_train), sets.y_train, feature_name=names
        )
    assert [str(each.message) for each in caught] == []
    assert "train/accuracy" in only_run().metrics


def test_early_stopping_by_the_constructor(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=60, early_stopping_round=4, **QUIET)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)])
    fact = only_run().facts["early_stopping"]
    assert fact["patience"] == 4 and fact["watched"] == "valid_0/binary_logloss"
    assert fact["best_iteration"] == model.best_iteration_


def test_nothing_of_it_stays_on_the_estimator(runs: Any, sets: Any) -> None:
    def fitted() -> Any:
        callbacks = [lgb.log_evaluation(0)]
        model = lgb.LGBMClassifier(n_estimators=5, **QUIET)
        model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], callbacks=callbacks)
        assert len(callbacks) == 1
        return model

    with fitscribe.suppress():
        bare = fitted()
    model = fitted()
    assert pickle.dumps(model) == pickle.dumps(bare)
    assert model.get_params() == bare.get_params() == clone(model).get_params()


def test_held_out_metrics_find_the_run(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=5, **QUIET).fit(sets.X_train, sets.y_train)
    score = roc_auc_score(sets.y_valid, model.predict_proba(sets.X_valid)[:, 1])
    assert only_run().metrics["test/roc_auc"] == score


@pytest.mark.parametrize("kind", ["RandomState", "Generator"])
def test_random_numbers_of_the_users_are_left_to_the_training(runs: Any, sets: Any, kind: str) -> None:
    if kind == "Generator" and IS_OLD:
        pytest.skip("LightGBM 3.3 does not take generators")

    def predictions() -> list[Any]:
        seed = np.random.RandomState(3) if kind == "RandomState" else np.random.default_rng(3)
        found = []
        for _ in range(3):
            model = lgb.LGBMClassifier(
                n_estimators=5, subsample=0.5, subsample_freq=1, random_state=seed, **QUIET
            )
            found.append(model.fit(sets.X_train, sets.y_train).predict_proba(sets.X_valid))
        return found

    with fitscribe.suppress():
        bare = predictions()
    assert not np.array_equal(bare[0], bare[1])
    np.testing.assert_array_equal(predictions(), bare)
    for run in (run for run in runs() if run.name == "LGBMClassifier"):
        evaluated = "train/accuracy" in run.metrics
        assert evaluated is IS_OLD
        assert evaluated or any("random_state" in each["why"] for each in run.unseen)


def test_of_two_names_of_a_parameter_the_run_has_the_value_that_counts(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=2, min_data_in_leaf=3, eta=0.9, **QUIET)
    model.fit(sets.X_train, sets.y_train)
    text = model.booster_.model_to_string()
    assert "[min_data_in_leaf: 3]" in text and "[learning_rate: 0.1]" in text
    run = only_run()
    assert run.params["min_data_in_leaf"] == run.params["min_child_samples"] == 3
    assert run.params["eta"] == run.params["learning_rate"] == 0.1
    assert run.facts["parameters_that_count"] == {"min_data_in_leaf": 3, "learning_rate": 0.1}


def test_within_a_pipeline_the_value_that_counts_is_told(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=2, min_data_in_leaf=3, **QUIET)
    make_pipeline(StandardScaler(), model).fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.facts["parameters_that_count"] == {"min_data_in_leaf": 3, "objective": "binary"}
    assert run.params["lgbmclassifier__min_child_samples"] == 20 and "min_child_samples" not in run.params


@pytest.mark.parametrize(
    ("kind", "objective", "counts"),
    [
        (lgb.LGBMClassifier, None, "multiclass"),
        (lgb.LGBMClassifier, "multiclassova", "multiclassova"),
        (lgb.LGBMRegressor, None, "regression"),
    ],
)
def test_the_objective_is_the_one_that_it_was_trained_with(
    only_run: Any, kind: Any, objective: Any, counts: str
) -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(90, 3))
    model = kind(n_estimators=2, objective=objective, **QUIET).fit(X, X.argmax(axis=1))
    run = only_run()
    assert run.params["objective"] == counts == model.objective_
    assert ("objective" in run.changed) is (objective is not None)


def test_callbacks_and_classes_have_the_same_names_in_every_version(only_run: Any, sets: Any) -> None:
    def mine(env: Any) -> None:
        """Do nothing."""

    made = [lgb.early_stopping(3, verbose=False), lgb.log_evaluation(0), lgb.record_evaluation({})]
    model = lgb.LGBMClassifier(n_estimators=2, **QUIET)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], callbacks=[*made, mine])
    run = only_run()
    *names, last = run.params["fit__callbacks"]
    assert names == ["early_stopping", "log_evaluation", "record_evaluation"] and last.endswith("mine")
    assert run.facts["classes_"] == [0, 1]


@pytest.mark.parametrize("is_search", [False, True])
def test_so_have_those_of_a_step_within_a_host(only_run: Any, sets: Any, is_search: bool) -> None:
    model = make_pipeline(StandardScaler(), lgb.LGBMClassifier(n_estimators=2, **QUIET))
    if is_search:
        model = GridSearchCV(model, {"lgbmclassifier__num_leaves": [3, 4]}, cv=2)
    stopping = lgb.early_stopping(3, verbose=False)
    valid = [(sets.X_valid, sets.y_valid)]
    model.fit(
        sets.X_train, sets.y_train, lgbmclassifier__callbacks=[stopping], lgbmclassifier__eval_set=valid
    )
    assert only_run().params["fit__lgbmclassifier__callbacks"] == ["early_stopping"]


def test_functions_of_the_users(only_run: Any, sets: Any) -> None:
    def squares(y_true: Any, y_pred: Any) -> Any:
        return y_pred - y_true, np.ones_like(y_true, dtype=float)

    def largest(y_true: Any, y_pred: Any) -> Any:
        return "largest", float(abs(y_true - y_pred).max()), False

    model = lgb.LGBMRegressor(n_estimators=5, objective=squares, **QUIET)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], eval_metric=largest)
    run = only_run()
    assert list(run.series("valid_0/largest").values) == model.evals_result_["valid_0"]["largest"]
    assert run.params["objective"].endswith("squares")


def test_a_ranker_with_groups(only_run: Any, sets: Any) -> None:
    model = lgb.LGBMRanker(n_estimators=6, **QUIET)
    model.fit(
        sets.X_train,
        sets.y_train,
        group=[20] * 10,
        sample_weight=[1.0] * 200,
        eval_set=[(sets.X_valid, sets.y_valid)],
        eval_group=[[50, 50]],
        eval_at=[3],
    )
    run = only_run()
    assert run.name == "LGBMRanker"
    assert list(run.series("valid_0/ndcg@3").values) == model.evals_result_["valid_0"]["ndcg@3"]
    (valid,) = [each for each in run.datasets if each["role"] == "valid_0"]
    assert valid["description"]["groups"] == 2
    assert run.facts["train_data"] == {"weights": True, "groups": 10}


def test_several_classes_with_a_metric_of_the_users_and_early_stopping(only_run: Any, sets: Any) -> None:
    def certainty(y_true: Any, y_pred: Any) -> Any:
        return "certainty", float(y_pred.max()), True

    labels = np.digitize(sets.X_train[:, 0], [-0.5, 0.5])
    valid_labels = np.digitize(sets.X_valid[:, 0], [-0.5, 0.5])
    model = lgb.LGBMClassifier(n_estimators=100, **QUIET)
    model.fit(
        sets.X_train,
        labels,
        eval_set=[(sets.X_valid, valid_labels)],
        eval_metric=certainty,
        callbacks=[lgb.early_stopping(5, verbose=False)],
    )
    run = only_run()
    for metric, values in model.evals_result_["valid_0"].items():
        assert list(run.series(f"valid_0/{metric}").values) == values
    assert run.facts["trees"] == 3 * model.best_iteration_
    assert run.facts["early_stopping"]["watched"] in ("valid_0/multi_logloss", "valid_0/certainty")


# -- inside of others


def test_a_search_over_a_pipeline_is_one_run_with_its_candidates(runs: Any, sets: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), lgb.LGBMClassifier(n_estimators=20, **QUIET))
    search = GridSearchCV(pipeline, {"lgbmclassifier__num_leaves": [3, 7]}, cv=3)
    search.fit(
        sets.X_train,
        sets.y_train,
        lgbmclassifier__eval_set=[(sets.X_valid, sets.y_valid)],
        lgbmclassifier__callbacks=[lgb.early_stopping(3, verbose=False)],
    )
    (parent,) = [run for run in runs() if run.parent is None]
    assert parent.name == "GridSearchCV" and parent.role == "training"
    assert [child.role for child in parent.children] == ["candidate", "candidate"]
    assert len(runs()) == 3
    # The curves are those of the refit alone.
    booster = search.best_estimator_[-1]
    assert (
        list(parent.series("valid_0/binary_logloss").values)
        == (booster.evals_result_["valid_0"]["binary_logloss"])
    )
    assert parent.facts["early_stopping"]["best_iteration"] == booster.best_iteration_
    assert parent.problems == []


def test_two_boosters_of_one_run_are_told_apart(only_run: Any, sets: Any) -> None:
    class Evaluated(lgb.LGBMClassifier):
        def fit(self, X: Any, y: Any, **more: Any) -> Any:
            return super().fit(X, y, eval_set=[(X[:50], y[:50])], **more)

    members = [("a", Evaluated(n_estimators=3, **QUIET)), ("b", Evaluated(n_estimators=4, **QUIET))]
    VotingClassifier(members).fit(sets.X_train, sets.y_train)
    run = only_run()
    assert len(run.series("valid_0/binary_logloss").values) == 3
    assert len(run.series("booster_2/valid_0/binary_logloss").values) == 4
    assert (run.facts["trees"], run.facts["booster_2/trees"]) == (3, 4)
    assert {"feature_importance/gain", "booster_2/feature_importance/gain"} <= {
        each["name"] for each in run.artifacts
    }


def test_an_estimator_of_the_users_that_calls_train(only_run: Any, sets: Any) -> None:
    class Own(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            train = lgb.Dataset(X[:150], y[:150])
            valid = lgb.Dataset(X[150:], y[150:], reference=train)
            params = {"objective": "binary", "verbosity": -1, "num_threads": 1}
            self.classes_ = np.unique(y)
            self.booster_ = lgb.train(params, train, 4, valid_sets=[valid], valid_names=["own"])
            self.results_ = lgb.cv(params, lgb.Dataset(X, y), 3, nfold=2)
            return self

        def predict(self, X: Any) -> Any:
            return (self.booster_.predict(X) > 0.5).astype(int)

    Own().fit(sets.X_train, sets.y_train)
    run = only_run()
    assert run.name == "Own" and run.facts["trees"] == 4
    assert len(run.series("own/binary_logloss").values) == 4
    assert len(run.series("booster_2/cv/binary_logloss").values) == 3


def test_without_scikit_learns_integration_the_boosting_is_the_run(
    own_store: Any, sets: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("lightgbm")
    try:
        model = lgb.LGBMClassifier(n_estimators=5, reg_lambda=2.0, **QUIET)
        model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)])
    finally:
        fitscribe.disable("lightgbm")
    (run,) = fitscribe.search_runs()
    assert run.name == "lightgbm.train"
    assert (run.params["num_iterations"], run.params["lambda_l2"]) == (5, 2.0)
    assert (
        list(run.series("valid_0/binary_logloss").values)
        == (model.evals_result_["valid_0"]["binary_logloss"])
    )


def test_what_the_data_descends_from_is_told_of_all_roles(only_run: Any, sets: Any) -> None:
    X_train, X_valid, y_train, y_valid = train_test_split(sets.X_train, sets.y_train, random_state=0)
    model = lgb.LGBMClassifier(n_estimators=3, **QUIET)
    model.fit(X_train, y_train, eval_set=[(X_valid, y_valid)])

    def roles() -> set[str]:
        (lineage,) = [each for each in only_run().artifacts if each["name"] == "lineage"]
        return set(lineage["data"]["roles"])

    trained = {"train", "train target", "valid_0", "valid_0 target"}
    assert roles() == trained
    model.score(sets.X_valid, sets.y_valid)
    assert roles() == trained | {"test", "test target"}


@pytest.mark.parametrize("other", [{"num_iteration": 1}, {"start_iteration": 2}, {"raw_score": True}])
def test_what_is_asked_of_some_rounds_or_as_raw_scores_is_no_evaluation(
    only_run: Any, sets: Any, other: dict[str, Any]
) -> None:
    X, X_test, y, y_test = train_test_split(sets.X_train, sets.y_train, random_state=0)
    model = lgb.LGBMClassifier(n_estimators=5, **QUIET).fit(X, y)
    model.predict(X_test, **other)
    assert not [name for name in only_run().metrics if name.startswith("test/")]
    predicted = model.predict(X_test, num_iteration=5)
    assert only_run().metrics["test/accuracy"] == (predicted == y_test).mean()


HAS_EVAL_X = "eval_X" in inspect.signature(lgb.LGBMModel.fit).parameters


@pytest.mark.parametrize("how", ["list", "alone", *(["eval_X", "several"] if HAS_EVAL_X else [])])
def test_an_eval_set_tells_the_labels_of_its_rows(only_run: Any, sets: Any, how: str) -> None:
    X, y, X_test, y_test = (each.copy() for each in sets)  # which nothing has split
    given: dict[str, Any] = {
        "list": {"eval_set": [(X, y), (X_test, y_test)]},
        "alone": {"eval_set": (X_test, y_test)},
        "eval_X": {"eval_X": X_test, "eval_y": y_test},
        "several": {"eval_X": (X, X_test), "eval_y": (y, y_test)},
    }[how]
    model = lgb.LGBMClassifier(n_estimators=4, **QUIET)
    model.fit(X, y, **given, callbacks=[lgb.log_evaluation(0)])
    predicted = model.predict(X_test)
    assert only_run().metrics["test/accuracy"] == (predicted == y_test).mean()
