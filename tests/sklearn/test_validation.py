"""Cross-validation: one run for each call, with its folds, curves and predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn import model_selection
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LearningCurveDisplay,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import fitscribe

X, y = load_iris(return_X_y=True)
OnlyRun = Callable[[], Any]


class Fails(ClassifierMixin, BaseEstimator):
    """Fails in the fits of its class that it is told to."""

    fits = 0

    def __init__(self, at: Any = (), error: Any = ValueError) -> None:
        self.at = at
        self.error = error

    def fit(self, X: Any, y: Any) -> Any:
        number = Fails.fits
        Fails.fits += 1
        if number in self.at:
            raise self.error("not\nthis fold")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


@pytest.fixture(autouse=True)
def count_anew() -> None:
    Fails.fits = 0


def tree() -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=2, random_state=0)


def columns_of(table: Any) -> dict[str, list[Any]]:
    return dict(zip(table["columns"], map(list, zip(*table["rows"], strict=True)), strict=True))


def record_of(run: Any, name: str) -> Any:
    (found,) = [artifact for artifact in run.artifacts if artifact["name"] == name]
    return found["data"]


@pytest.mark.parametrize(("backend", "jobs"), [("sequential", 1), ("threading", 2), ("loky", 2)])
def test_folds_are_a_table_and_series(only_run: OnlyRun, backend: str, jobs: int) -> None:
    with joblib.parallel_backend(backend, n_jobs=jobs):
        scores = cross_validate(tree(), X, y, cv=4, return_train_score=True)
    run = only_run()
    assert run.name == "cross_validate(DecisionTreeClassifier)"
    assert run.status == "finished"
    found = {name: run.metrics[name] for name in run.metrics if name.startswith(("cv/", "train/"))}
    assert found == pytest.approx(
        {
            "cv/accuracy": scores["test_score"].mean(),
            "cv/accuracy_std": scores["test_score"].std(),
            "cv/accuracy_by_fold": scores["test_score"][-1],
            "train/accuracy": scores["train_score"].mean(),
            "train/accuracy_std": scores["train_score"].std(),
            "train/accuracy_by_fold": scores["train_score"][-1],
        },
        abs=1e-12,
    )
    series = run.series("cv/accuracy_by_fold")
    assert (list(series.steps), list(series.values)) == ([0, 1, 2, 3], scores["test_score"].tolist())
    assert columns_of(record_of(run, "folds")) == {
        "fold": [0, 1, 2, 3],
        "cv/accuracy": scores["test_score"].tolist(),
        "train/accuracy": scores["train_score"].tolist(),
        "fit_s": scores["fit_time"].tolist(),
        "score_s": scores["score_time"].tolist(),
    }
    assert run.metrics["fit_s"] == pytest.approx(scores["fit_time"].mean())


def test_parameters_are_those_of_the_estimator_and_of_the_call(only_run: OnlyRun) -> None:
    cross_validate(GridSearchCV(tree(), {"max_depth": [1]}, cv=2), X, y, cv=3, verbose=0, scoring="f1_macro")
    run = only_run()
    # The search has parameters of these names itself.
    assert (run.params["cv"], run.params["cross_validate__cv"]) == (2, 3)
    assert run.params["cross_validate__scoring"] == "f1_macro"
    assert run.params["estimator__max_depth"] == 2
    assert {"cross_validate__cv", "estimator__max_depth"} <= set(run.changed)
    assert "candidates of the search" in [each["what"] for each in run.unseen]
    assert len(run.children) == 0
    assert record_of(run, "folds")["columns"][:2] == ["fold", "cv/f1_macro"]
    assert len(record_of(run, "folds")["rows"]) == len(run.series("cv/f1_macro_by_fold").values) == 3


def test_data_is_described_as_a_fit_does(only_run: OnlyRun) -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    scores = cross_val_score(tree(), frame, pd.Series(y), cv=GroupKFold(3), groups=np.arange(len(y)) % 5)
    run = only_run()
    (dataset,) = run.datasets
    assert dataset["role"] == "train"
    assert dataset["description"]["columns"] == list("abcd")
    assert dataset["description"]["target"]["classes"] == {"0": 50, "1": 50, "2": 50}
    assert run.params["groups"]["shape"] == [150]
    assert run.metrics["cv/accuracy"] == pytest.approx(scores.mean())
    assert list(run.series("cv/accuracy_by_fold").values) == scores.tolist()


OPTIONS: dict[str, dict[str, Any]] = {
    "cross_validate": {},
    "cross_val_score": {},
    "cross_val_predict": {},
    "learning_curve": {"train_sizes": [0.5, 1.0]},
    "validation_curve": {"param_name": "max_depth", "param_range": [1, 2]},
    "permutation_test_score": {"n_permutations": 2},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_the_data_is_known_back_to_where_it_came_from(only_run: OnlyRun, tmp_path: Path, name: str) -> None:
    pd.DataFrame(X, columns=list("abcd")).assign(label=y).to_csv(tmp_path / "iris.csv", index=False)
    frame = pd.read_csv(tmp_path / "iris.csv")
    labels = frame.pop("label")
    rows, _, wanted, _ = train_test_split(frame, labels, test_size=0.2, random_state=3)
    getattr(model_selection, name)(tree(), rows, wanted, cv=3, **OPTIONS[name])
    run = only_run()
    (dataset,) = run.datasets
    assert dataset["role"] == "train" and dataset["description"]["shape"] == [120, 4]
    assert run.params["split"] == "train_test_split" and run.params["split__test_size"] == 0.2
    lineage = record_of(run, "lineage")
    nodes = {each["id"]: each for each in lineage["nodes"]}
    assert {"train", "train target"} <= set(lineage["roles"])
    assert any(str(each.get("path")).endswith("iris.csv") for each in nodes.values())
    assert nodes[lineage["roles"]["train"]]["by"] == "train_test_split (train)"


@pytest.mark.parametrize("data", [X.tolist(), csr_matrix(X)], ids=["list", "sparse"])
def test_other_containers(only_run: OnlyRun, data: Any) -> None:
    scores = cross_val_score(tree(), data, y, cv=3)
    assert list(only_run().series("cv/accuracy_by_fold").values) == scores.tolist()


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        ("f1_macro", "f1_macro"),
        (None, "accuracy"),
        (make_scorer(accuracy_score), "accuracy"),
        (make_scorer(f1_score, average="micro"), "f1_micro"),
        (lambda estimator, X, y: 0.5, "<lambda>"),
    ],
)
def test_scores_have_names(only_run: OnlyRun, scoring: Any, name: str) -> None:
    cross_val_score(tree(), X, y, cv=2, scoring=scoring)
    assert f"cv/{name}" in only_run().metrics


def test_the_score_of_a_regressor_and_of_anything_else(runs: Callable[[], Any]) -> None:
    cross_val_score(Ridge(), X, X[:, 0], cv=2)
    cross_val_score(KMeans(2, n_init=1), X, cv=2)
    assert [
        [name for name in run.metrics if name.startswith("cv/") and name.endswith("by_fold")]
        for run in runs()
    ] == [["cv/r2_by_fold"], ["cv/score_by_fold"]]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_failed_fold_says_so(only_run: OnlyRun, jobs: int) -> None:
    # In worker processes each counts for itself: there the class fails by what it is given.
    scores = cross_validate(FailsWithout(2), X, y, cv=3, n_jobs=jobs, error_score=0.25)
    run = only_run()
    assert scores["test_score"].tolist() == [0.25, 0.25, 0.32]
    assert list(run.series("cv/accuracy_by_fold").steps) == [2]
    assert columns_of(record_of(run, "folds"))["error"] == ["ValueError: not\nthis fold"] * 2 + [""]
    assert [each["what"] for each in run.unseen if "fold" in each["what"]] == [
        "scores of fold 0",
        "scores of fold 1",
    ]
    assert run.metrics["cv/accuracy"] == pytest.approx(0.82 / 3)


class FailsWithout(Fails):
    """Fails where the last rows of iris are among those trained on."""

    def __init__(self, label: int = 0) -> None:
        self.label = label

    def fit(self, X: Any, y: Any) -> Any:
        if X[-1, 0] == 5.9:  # the last row of iris
            raise ValueError("not\nthis fold")
        self.classes_ = np.unique(y)
        return self


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_one_that_dies_keeps_its_folds(only_run: OnlyRun, error: Any) -> None:
    with pytest.raises(error):
        cross_val_score(Fails((2,), error), X, y, cv=5, error_score="raise")
    run = only_run()
    assert run.status == ("failed" if error is ValueError else "interrupted")
    assert list(run.series("cv/accuracy_by_fold").steps) == [0, 1]
    assert columns_of(record_of(run, "folds"))["error"] == ["", "", f"{error.__name__}: not\nthis fold"]


def test_what_is_returned_is_untouched(runs: Callable[[], Any]) -> None:
    cv = GroupKFold(3)
    options: dict[str, Any] = {"cv": cv, "groups": np.arange(len(y)) % 5, "return_estimator": True}
    recorded = cross_validate(tree(), X, y, **options)
    fitscribe.disable("sklearn")
    bare = cross_validate(tree(), X, y, **options)
    assert list(recorded) == list(bare)
    assert recorded["test_score"].tolist() == bare["test_score"].tolist()
    assert [vars(each).keys() for each in recorded["estimator"]] == [
        vars(each).keys() for each in bare["estimator"]
    ]


def test_predictions_of_classes_are_evaluated(only_run: OnlyRun) -> None:
    predicted = cross_val_predict(tree(), X, y, cv=3)
    run = only_run()
    assert run.name == "cross_val_predict(DecisionTreeClassifier)"
    assert run.metrics["cv/accuracy"] == accuracy_score(y, predicted)
    counts = np.asarray(record_of(run, "cv/confusion_matrix")["counts"])
    assert counts.trace() == (predicted == y).sum()


def test_predicted_probabilities_are_evaluated(only_run: OnlyRun) -> None:
    from sklearn.metrics import log_loss

    predicted = cross_val_predict(GaussianNB(), X, y, cv=3, method="predict_proba")
    run = only_run()
    assert run.metrics["cv/log_loss"] == pytest.approx(log_loss(y, predicted))
    assert "cv/roc" in [artifact["name"] for artifact in run.artifacts]


def test_predictions_of_numbers_are_evaluated(only_run: OnlyRun) -> None:
    from sklearn.metrics import r2_score

    data, target = load_diabetes(return_X_y=True)
    predicted = cross_val_predict(Ridge(), data, target, cv=3)
    assert only_run().metrics["cv/r2"] == pytest.approx(r2_score(target, predicted))


def test_predictions_without_a_target(only_run: OnlyRun) -> None:
    cross_val_predict(KMeans(2, n_init=1), X, cv=3)
    (unseen,) = [each for each in only_run().unseen if "evaluation" in each["what"]]
    assert unseen["why"] == "there is no target"


def test_a_metric_of_the_predictions_goes_to_their_run(runs: Callable[[], Any]) -> None:
    model = tree().fit(X, y)
    predicted = cross_val_predict(model, X, y, cv=3)
    accuracy_score(y, predicted)
    micro = f1_score(y, predicted, average="micro")
    of_fit, of_predictions = runs()
    assert of_predictions.name == "cross_val_predict(DecisionTreeClassifier)"
    assert of_predictions.metrics["cv/f1_micro"] == micro
    # It has that one already.
    assert len(of_predictions.series("cv/accuracy").values) == 1
    assert not any(name.startswith(("cv/", "test/")) for name in of_fit.metrics)


def test_a_model_that_is_cross_validated_stays_with_its_own_run(runs: Callable[[], Any]) -> None:
    from fitscribe.tracking import trained

    model = tree().fit(X, y)
    before = trained.find(model)
    cross_val_predict(model, X, y, cv=3)
    assert trained.find(model) is before


def test_a_learning_curve(only_run: OnlyRun) -> None:
    sizes, train, valid, fit_s, _ = learning_curve(
        tree(), X, y, cv=3, train_sizes=[0.5, 1.0], shuffle=True, random_state=0, return_times=True
    )
    run = only_run()
    curve = record_of(run, "learning_curve")
    assert (curve["x_name"], curve["x"]) == ("rows", sizes.tolist())
    assert curve["series"]["train"] == {
        "mean": train.mean(axis=1).tolist(),
        "std": train.std(axis=1).tolist(),
        "folds": train.T.tolist(),
    }
    assert curve["series"]["cv"]["mean"] == valid.mean(axis=1).tolist()
    assert curve["series"]["fit_s"]["mean"] == fit_s.mean(axis=1).tolist()
    series = run.series("cv/accuracy")
    assert (list(series.steps), list(series.values)) == (sizes.tolist(), valid.mean(axis=1).tolist())
    folds = columns_of(record_of(run, "folds"))
    assert list(folds) == ["rows", "fold", "train/accuracy", "cv/accuracy", "fit_s", "score_s"]
    assert folds["rows"] == np.repeat(sizes, 3).tolist() and folds["fold"] == [0, 1, 2] * 2
    assert folds["cv/accuracy"] == valid.ravel().tolist()
    assert folds["fit_s"] == fit_s.ravel().tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_learning_curve_with_a_failed_fit(only_run: OnlyRun) -> None:
    _, _, valid = learning_curve(Fails((1,)), X, y, cv=2, train_sizes=[50, 60])
    run = only_run()
    assert [each["what"] for each in run.unseen if "fit" in each["what"]] == ["scores of fit 1"]
    folds = columns_of(record_of(run, "folds"))
    assert np.array_equal(folds["cv/accuracy"], valid.ravel(), equal_nan=True)
    assert np.isnan(folds["cv/accuracy"]).sum() == 1


def test_a_display_of_scikit_learn_is_one_run(only_run: OnlyRun) -> None:
    pytest.importorskip("matplotlib").use("agg")
    LearningCurveDisplay.from_estimator(tree(), X, y, cv=2, train_sizes=[50, 60])
    assert only_run().name == "learning_curve(DecisionTreeClassifier)"


def test_a_validation_curve(only_run: OnlyRun) -> None:
    train, valid = validation_curve(tree(), X, y, param_name="max_depth", param_range=[1, 3, 2], cv=3)
    run = only_run()
    curve = record_of(run, "validation_curve")
    assert (curve["x_name"], curve["x"]) == ("max_depth", [1, 3, 2])
    assert curve["series"]["cv"] == {
        "mean": valid.mean(axis=1).tolist(),
        "std": valid.std(axis=1).tolist(),
        "folds": valid.T.tolist(),
    }
    best = int(valid.mean(axis=1).argmax())
    assert run.metrics["cv/accuracy"] == valid.mean(axis=1)[best]
    assert run.metrics["train/accuracy"] == train.mean(axis=1)[best]
    assert run.facts["best_params_"] == {"max_depth": [1, 3, 2][best]}
    folds = columns_of(record_of(run, "folds"))
    assert folds["max_depth"] == [1, 1, 1, 3, 3, 3, 2, 2, 2] and folds["fold"] == [0, 1, 2] * 3
    assert folds["train/accuracy"] == train.ravel().tolist()
    assert folds["cv/accuracy"] == valid.ravel().tolist()


def test_permuted_targets(only_run: OnlyRun) -> None:
    score, permuted, p_value = permutation_test_score(tree(), X, y, cv=3, n_permutations=4)
    run = only_run()
    assert (run.metrics["cv/accuracy"], run.metrics["p_value"]) == (score, p_value)
    assert list(run.series("cv/accuracy_permuted").values) == permuted.tolist()
    table = columns_of(record_of(run, "permutations"))
    assert table == {"permutation": [0, 1, 2, 3], "cv/accuracy": permuted.tolist()}
    # scikit-learn returns means over the folds.
    assert "scores of single folds" in [each["what"] for each in run.unseen]


def test_what_an_estimator_validates_within_its_fit_is_its_own_affair(runs: Callable[[], Any]) -> None:
    SequentialFeatureSelector(tree(), n_features_to_select=1, cv=2).fit(X, y)
    assert runs() == []


def test_errors_of_the_call_reach_the_user(runs: Callable[[], Any]) -> None:
    with pytest.raises(TypeError):
        cross_val_score(tree(), X, y, folds=3)
    assert runs() == []
    with pytest.raises(ValueError, match="'cv' parameter"):
        cross_val_score(tree(), X, y, cv="three")
    assert [run.status for run in runs()] == ["failed"]
