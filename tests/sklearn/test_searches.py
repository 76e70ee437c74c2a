"""Searches: one run, and a child for each candidate with what each of its folds gave."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import Any

import joblib
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the halving searches importable
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.searching import (
    OneByOne,
    OnlyRun,
    OwnFit,
    Picky,
    X,
    assert_as_in_the_table,
    grid,
    y,
)

import fitscribe
from fitscribe_sklearn.candidates import Candidates


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_each_candidate_is_a_child(only_run: OnlyRun, backend: str) -> None:
    with joblib.parallel_backend(backend, n_jobs=2):
        search = grid(return_train_score=True).fit(X, y)
    run = only_run()
    children = run.children
    assert_as_in_the_table(
        children, search.cv_results_, {"test_score": "cv/accuracy", "train_score": "train/accuracy"}
    )
    assert {child.status for child in children} == {"finished"}
    assert {child.role for child in children} == {"candidate"}
    assert all(child.changed == ["max_depth"] for child in children)
    assert not any(child.models for child in children)
    assert [model["name"] for model in run.models] == ["model"]


def distance_to_half(estimator: Any, X: Any, y: Any) -> float:
    """More of it is better, as of all that scikit-learn calls a score, whatever its name may tell."""
    return float(abs(estimator.score(X, y) - 0.5))


def test_scores_by_functions_of_the_users_own_go_up(only_run: OnlyRun) -> None:
    grid(scoring=distance_to_half).fit(X, y)
    run = only_run()
    for each in (run, *run.children):
        assert each.facts["directions"] == {"cv/distance_to_half": "max"}
    grid(scoring="neg_log_loss").fit(X, y)
    named = fitscribe.get_run("latest")
    assert "directions" not in named.facts and "directions" not in named.children[0].facts


def test_the_search_has_the_scores_of_its_best_candidate(only_run: OnlyRun) -> None:
    search = grid().fit(X, y)
    run = only_run()
    assert run.metrics["cv/accuracy"] == search.best_score_
    assert run.metrics["cv/accuracy_std"] == search.cv_results_["std_test_score"][search.best_index_]
    assert run.metrics["train/accuracy"] == search.score(X, y)
    assert run.facts["candidates"] == 3
    assert run.facts["refit_s"] == search.refit_time_
    assert run.facts["best_params_"] == search.best_params_


def test_nothing_of_the_search_changes(runs: Callable[[], Any]) -> None:
    recorded = grid(DecisionTreeClassifier(random_state=0), n_jobs=1)
    recorded.fit(X, y)
    assert len(runs()) == 4
    fitscribe.disable("sklearn")
    bare = grid(DecisionTreeClassifier(random_state=0), n_jobs=1).fit(X, y)
    for times in ("mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"):
        bare.cv_results_[times] = recorded.cv_results_[times]
    bare.refit_time_ = recorded.refit_time_
    assert pickle.dumps(recorded) == pickle.dumps(bare)


def test_random_search_with_several_scorers(only_run: OnlyRun) -> None:
    search = RandomizedSearchCV(
        DecisionTreeClassifier(),
        {"max_depth": range(1, 9)},
        n_iter=4,
        cv=3,
        scoring=["accuracy", "f1_macro"],
        refit="f1_macro",
        random_state=0,
    ).fit(X, y)
    run = only_run()
    names = {"test_accuracy": "cv/accuracy", "test_f1_macro": "cv/f1_macro"}
    assert_as_in_the_table(run.children, search.cv_results_, names)
    assert run.metrics["cv/f1_macro"] == search.best_score_


def test_what_the_best_estimator_predicts_is_of_the_search(runs: Callable[[], Any]) -> None:
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=3)
    best = search.fit(X_train, y_train).best_estimator_
    value = accuracy_score(y_test, best.predict(X_test))
    search.predict(X_test)
    best.score(X_test, y_test)
    (run,) = (each for each in runs() if each.name == "GridSearchCV")
    assert run.series("test/accuracy").values.tolist() == [value]
    assert [each["role"] for each in run.datasets] == ["train", "test"]
    search.set_params(refit=False).fit(X_train, y_train)
    best.predict_proba(X_test)
    first, second = (each for each in runs() if each.name == "GridSearchCV")
    assert "test/log_loss" in first.metrics
    assert not any(name.startswith("test/") for name in second.metrics)


def test_a_search_that_refits_none(only_run: OnlyRun) -> None:
    search = grid(scoring={"hits": "accuracy", "f1": "f1_macro"}, refit=False).fit(X, y)
    run = only_run()
    assert_as_in_the_table(run.children, search.cv_results_, {"test_hits": "cv/hits", "test_f1": "cv/f1"})
    assert "best candidate" in [each["what"] for each in run.unseen]


@pytest.mark.parametrize("make", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_tells_rounds_and_resources(only_run: OnlyRun, make: Any) -> None:
    search = make(DecisionTreeClassifier(), {"max_depth": range(1, 9)}, cv=3, factor=2, random_state=0).fit(
        X, y
    )
    children = only_run().children
    results = search.cv_results_
    assert len(children) > 5
    assert_as_in_the_table(children, results, {"test_score": "cv/accuracy", "train_score": "train/accuracy"})
    assert [child.facts["iter"] for child in children] == results["iter"].tolist()
    assert [child.facts["n_resources"] for child in children] == results["n_resources"].tolist()


@pytest.mark.parametrize("jobs", [1, 2])
def test_x_as_a_list(only_run: OnlyRun, jobs: int) -> None:
    search = grid(n_jobs=jobs).fit(X.tolist(), y.tolist())
    assert_as_in_the_table(only_run().children, search.cv_results_, {"test_score": "cv/accuracy"})


def test_a_pipeline_that_ends_in_a_search(only_run: OnlyRun) -> None:
    pipeline = make_pipeline(StandardScaler(), grid()).fit(X, y)
    run, search = only_run(), pipeline[-1]
    assert run.name == "Pipeline"
    assert_as_in_the_table(run.children, search.cv_results_, {"test_score": "cv/accuracy"})
    assert {name: run.facts[name] for name in ("best_params_", "best_score_", "best_index_")} == {
        "best_params_": search.best_params_,
        "best_score_": search.best_score_,
        "best_index_": search.best_index_,
    }
    assert run.metrics["train/accuracy"] == accuracy_score(y, pipeline.predict(X)) and run.unseen == []


def test_a_pipeline_that_ends_in_a_search_for_what_draws(only_run: OnlyRun) -> None:
    draws = GridSearchCV(DummyClassifier(), {"strategy": ["stratified", "uniform"]}, cv=2)
    make_pipeline(StandardScaler(), draws).fit(X, y)
    (said,) = only_run().unseen
    assert said["what"] == "evaluation on the training data" and "draws random numbers" in said["why"]


def test_a_pipeline_that_ends_in_a_search_without_a_refit(only_run: OnlyRun) -> None:
    make_pipeline(StandardScaler(), grid(refit=False)).fit(X, y)
    run = only_run()
    assert len(run.children) > 1 and "best_index_" in run.facts
    assert [each["why"] for each in run.unseen if "evaluation" in each["what"]] == [
        "GridSearchCV has refitted none of its candidates (parameter steps)"
    ]


def test_only_the_outermost_search_has_children(only_run: OnlyRun) -> None:
    inner = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2)
    outer = grid(inner, {"estimator__max_leaf_nodes": [2, 3]}).fit(X, y)
    assert_as_in_the_table(only_run().children, outer.cv_results_, {"test_score": "cv/accuracy"})


def test_a_search_that_an_estimator_runs_itself(only_run: OnlyRun) -> None:
    class Searches(Picky):
        def fit(self, X: Any, y: Any) -> Any:
            GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2).fit(X, y)
            return super().fit(X, y)

    outer = grid(Searches(), {"level": [0, 1]}).fit(X, y)
    assert_as_in_the_table(only_run().children, outer.cv_results_, {"test_score": "cv/accuracy"})


def test_a_search_of_a_third_party(only_run: OnlyRun) -> None:
    search = OneByOne(DecisionTreeClassifier(), depths=[3, 1, 2], cv=3).fit(X, y)
    assert_as_in_the_table(only_run().children, search.cv_results_, {"test_score": "cv/accuracy"})


def test_a_search_that_only_fills_in_the_table(only_run: OnlyRun) -> None:
    search = OwnFit(DecisionTreeClassifier()).fit(X, y)
    run = only_run()
    assert_as_in_the_table(run.children, search.cv_results_, {"test_score": "cv/accuracy"}, folds=2)
    assert run.metrics["cv/accuracy"] == 0.8


def test_candidates_that_are_estimators(only_run: OnlyRun) -> None:
    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier())
    models = [DecisionTreeClassifier(max_depth=1), Picky(level=2)]
    GridSearchCV(pipeline, {"decisiontreeclassifier": models}, cv=2).fit(X, y)
    assert [child.params for child in only_run().children] == [
        {"decisiontreeclassifier": "DecisionTreeClassifier", "decisiontreeclassifier__max_depth": 1},
        {"decisiontreeclassifier": "Picky", "decisiontreeclassifier__level": 2},
    ]


def test_candidates_are_there_while_the_search_goes_on(runs: Callable[[], Any]) -> None:
    seen = []

    class Looks(Picky):
        def fit(self, X: Any, y: Any) -> Any:
            seen.append([(run.status, len(run.children)) for run in runs() if run.parent is None])
            return super().fit(X, y)

    grid(Looks(), {"level": [0, 1]}).fit(X, y)
    # Three folds of each of two candidates, and the refit.
    assert [found[0] for found in seen] == [("running", n) for n in (0, 0, 0, 1, 1, 1, 2)]


def test_what_following_the_folds_costs_is_a_part_of_the_cost(
    only_run: OnlyRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burn(*_: Any) -> None:
        until = thread_time() + 0.01
        while thread_time() < until:
            pass

    monkeypatch.setattr(Candidates, "fold_ended", burn)
    grid(Picky(), {"level": [0, 1]}).fit(X, y)
    assert only_run().cost["cpu_s"] > 6 * 0.01


SCRIPT = """
import fitscribe
fitscribe.autolog()
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv
from sklearn.model_selection import HalvingRandomSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Threshold(ClassifierMixin, BaseEstimator):
    def __init__(self, column=0, at=0.0):
        self.column, self.at = column, at

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return (X[:, self.column] > self.at).astype(int)


if __name__ == "__main__":
    X, y = load_iris(return_X_y=True)
    search = HalvingRandomSearchCV(
        make_pipeline(StandardScaler(), Threshold()),
        {"threshold__column": [0, 1, 2, 3], "threshold__at": np.linspace(-1, 1, 9)},
        n_candidates=9, cv=3, n_jobs=2, random_state=0, return_train_score=True,
    ).fit(X, y)
    (run,) = [run for run in fitscribe.search_runs() if run.parent is None]
    results = search.cv_results_
    assert len(fitscribe.search_runs()) == 1 + len(results["params"])
    children = run.children
    assert [child.params for child in children] == results["params"]
    for index, child in enumerate(children):
        for role, kind in (("cv", "test"), ("train", "train")):
            values = [results[f"split{fold}_{kind}_score"][index] for fold in range(3)]
            assert list(child.series(f"{role}/accuracy_by_fold").values) == values
        assert child.facts["iter"] == results["iter"][index]
    assert run.metrics["cv/accuracy"] == search.best_score_
    print(len(children), results["iter"].max())
"""


def test_a_halving_search_over_a_class_of_the_script_in_worker_processes(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["12", "1"]
