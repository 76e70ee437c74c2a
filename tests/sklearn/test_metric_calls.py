"""Metrics that a script calls: each goes to the run of the model that predicted, as the script wrote it."""

from __future__ import annotations

import gc
import pickle
import threading
import weakref
from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.cancer import X, y
from tests.sklearn.held_out import end_script_run, points, records

import fitscribe

pytestmark = pytest.mark.usefixtures("metric_calls")


# -- which run


def test_a_metric_of_predictions_goes_to_the_run_of_the_model(
    no_evaluation: None, split: Any, runs: Any
) -> None:
    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    other = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
    y_pred, of_other = model.predict(X_test), other.predict(X_test)
    f1, of_tree = f1_score(y_test, y_pred), f1_score(y_test, of_other)
    accuracy = sklearn.metrics.accuracy_score(y_true=y_test, y_pred=y_pred)
    first, second = runs()
    assert first.metrics == {"test/f1": f1, "test/accuracy": accuracy}
    assert second.metrics == {"test/f1": of_tree}


@pytest.mark.parametrize(
    "given",
    [
        lambda scores: scores[:, 1],
        lambda scores: scores[:, 1].copy(),
        lambda scores: scores[:, 1].tolist(),
        lambda scores: scores[:, 1].reshape(-1, 1),
    ],
)
def test_scores_by_column_copy_and_list(no_evaluation: None, split: Any, only_run: Any, given: Any) -> None:
    X_train, X_test, y_train, y_test = split
    scores = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)
    expected = roc_auc_score(y_test, given(scores))
    assert only_run().metrics == {"test/roc_auc": expected}


def test_pandas_around_predictions(no_evaluation: None, split: Any, only_run: Any) -> None:
    pandas = pytest.importorskip("pandas")
    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    y_pred = pandas.Series(model.predict(X_test), name="predicted")
    f1_score(pandas.Series(y_test), y_pred)
    assert set(only_run().metrics) == {"test/f1"}


def test_a_slice_of_predictions_is_about_a_part(split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    y_pred = LogisticRegression().fit(X_train, y_train).predict(X_test)
    values = [accuracy_score(y_test[:50], y_pred[:50]), accuracy_score(y_test[50:], y_pred[50:])]
    run = only_run()
    assert points(run, "part/accuracy") == values and len(points(run, "test/accuracy")) == 1


def test_a_constant_baseline_is_nobodys_prediction(no_evaluation: None, split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    LogisticRegression().fit(X_train, y_train).predict(X_test)
    baselines = [np.zeros(len(y_test), dtype=int), [1] * len(y_test)]
    expected = [accuracy_score(y_test, baseline) for baseline in baselines]
    end_script_run()
    model, script = runs()
    assert model.metrics == {}
    assert points(script, "accuracy") == expected


def test_the_model_may_be_gone(no_evaluation: None, runs: Any) -> None:
    predicted = []
    for train, test in KFold(3).split(X):
        model = LogisticRegression().fit(X[train], y[train])
        predicted.append((y[test], model.predict(X[test])))
        gone = weakref.ref(model)
        del model
    gc.collect()
    assert gone() is None
    expected = [accuracy_score(*each) for each in predicted]
    trainings = [run for run in runs() if run.name == "LogisticRegression"]
    assert [run.metrics["test/accuracy"] for run in trainings] == expected


def test_one_model_fitted_again_and_again(no_evaluation: None, runs: Any) -> None:
    model, expected = LogisticRegression(), []
    for train, test in KFold(3).split(X):
        model.fit(X[train], y[train])
        expected.append(accuracy_score(y[test], model.predict(X[test])))
    trainings = [run for run in runs() if run.name == "LogisticRegression"]
    assert [run.metrics for run in trainings] == [{"test/accuracy": each} for each in expected]


def test_threads_keep_to_their_own_models(no_evaluation: None, runs: Any) -> None:
    barrier = threading.Barrier(4)
    expected: dict[float, float] = {}

    def work(C: float) -> None:
        model = LogisticRegression(C=C).fit(X[:300], y[:300])
        barrier.wait()
        predicted = model.predict(X[300:])
        barrier.wait()
        expected[C] = accuracy_score(y[300:], predicted)

    threads = [threading.Thread(target=work, args=(C,)) for C in (1e-5, 1e-4, 1e-3, 1.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {
        run.params["C"]: [value for name, value in run.metrics.items() if name.endswith("/accuracy")]
        for run in runs()
        if "C" in run.params
    }
    assert found == {C: [value] for C, value in expected.items()}


def test_what_has_no_link_goes_to_the_active_run_else_to_the_scripts(runs: Any) -> None:
    with fitscribe.start_run("mine") as run:
        accuracy_score([0, 1, 1], [0, 1, 0])
    accuracy_score([0, 1], [0, 1])
    end_script_run()
    assert run.metrics == {"accuracy": pytest.approx(2 / 3)}
    assert [each.metrics for each in runs() if each.id != run.id] == [{"accuracy": 1.0}]


def test_a_metric_without_a_link_leaves_later_trainings_alone(
    no_evaluation: None, split: Any, runs: Any
) -> None:
    X_train, X_test, y_train, y_test = split
    accuracy_score([0, 1], [0, 1])
    model = LogisticRegression().fit(X_train, y_train)
    value = f1_score(y_test, model.predict(X_test))
    going_on = SGDClassifier().partial_fit(X_train, y_train, classes=[0, 1])
    fitscribe.log_metric("own", 2.0)
    going_on.partial_fit(X_train, y_train)
    with fitscribe.start_run("mine") as mine:
        DecisionTreeClassifier().fit(X_train, y_train)
    end_script_run()
    found = {run.name: run for run in runs()}
    script = found.pop(next(name for name, run in found.items() if "own" in run.metrics))
    assert script.metrics == {"accuracy": 1.0, "own": 2.0} and not script.children
    assert found["LogisticRegression"].metrics == {"test/f1": value}
    assert sum(run.name == "SGDClassifier" for run in runs()) == 1
    assert all(run.parent is None for run in runs() if run.name != "DecisionTreeClassifier")
    assert [child.name for child in fitscribe.get_run(mine.id).children] == ["DecisionTreeClassifier"]


def test_calls_that_are_not_by_hand_record_nothing(no_evaluation: None, split: Any, runs: Any) -> None:
    X_train, X_test, y_train, _ = split

    def own_score(model: Any, X: Any, y: Any) -> float:
        return float(f1_score(y, model.predict(X)))

    with fitscribe.suppress():
        accuracy_score([0, 1], [0, 1])
    cross_val_score(LogisticRegression(), X_train, y_train, cv=2, scoring=own_score)
    sklearn.metrics.make_scorer(f1_score)
    sklearn.metrics.get_scorer("f1")
    sklearn.metrics.pairwise_distances(X_test[:3])
    sklearn.metrics.ConfusionMatrixDisplay  # noqa: B018 - read, as a script does
    with pytest.raises(ValueError):
        f1_score([0, 1, 2], [0, 1])
    assert not any(name in ("f1", "accuracy") for run in runs() for name in run.metrics)
    assert fitscribe.active_run() is None


def test_clusters(no_evaluation: None, only_run: Any) -> None:
    model = KMeans(2, n_init=1, random_state=0).fit(X)
    labels = model.predict(X)
    expected = sklearn.metrics.silhouette_score(X, labels)
    sklearn.metrics.adjusted_rand_score(y, labels)
    found = only_run().metrics
    assert found["train/silhouette"] == expected and "train/adjusted_rand" in found


@pytest.mark.parametrize(
    "labels_of", [lambda model: model.fit_predict(X), lambda model: model.fit(X).labels_]
)
def test_labels_that_a_fit_gives(no_evaluation: None, only_run: Any, labels_of: Any) -> None:
    expected = sklearn.metrics.davies_bouldin_score(X, labels_of(KMeans(2, n_init=1, random_state=0)))
    assert only_run().metrics["train/davies_bouldin"] == expected


# -- beside fitscribe's own evaluation


def test_what_the_evaluation_has_is_not_recorded_again(split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    y_pred = LogisticRegression().fit(X_train, y_train).predict(X_test)
    before = len(only_run().artifacts)
    f1, accuracy = f1_score(y_test, y_pred), accuracy_score(y_test, y_pred)
    f1_score(y_test, y_pred)
    confusion_matrix(y_test, y_pred)
    run = only_run()
    assert points(run, "test/f1") == [pytest.approx(f1)]
    assert points(run, "test/accuracy") == [pytest.approx(accuracy)]
    assert len(run.artifacts) == before


def test_all_metrics_of_a_training_in_steps_have_its_steps(split: Any, only_run: Any) -> None:
    @fitscribe.metric
    def profit(y_true: Any, y_pred: Any) -> float:
        return float((y_true == y_pred).sum())

    X_train, X_test, y_train, y_test = split
    model = SGDClassifier(random_state=0)
    for _ in range(3):
        model.partial_fit(X_train, y_train, classes=[0, 1])
        y_pred = model.predict(X_test)
        profit(y_test, y_pred)
        sklearn.metrics.hamming_loss(y_test, y_pred)
    run = only_run()
    steps = {name: run.series(name).steps.tolist() for name in run.metrics if name.startswith("test/")}
    assert {"test/accuracy", "test/profit", "test/hamming_loss"} <= set(steps)
    assert all(each == [1, 2, 3] for each in steps.values())


def test_predictions_of_an_earlier_step_keep_it(no_evaluation: None, split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    model = SGDClassifier(random_state=0)
    predicted = []
    for _ in range(2):
        model.partial_fit(X_train, y_train, classes=[0, 1])
        predicted.append(model.decision_function(X_test))
    for scores in predicted:
        roc_auc_score(y_test, scores)
    assert only_run().series("test/roc_auc").steps.tolist() == [1, 2]


@pytest.mark.parametrize("by_score", [False, True])
def test_the_value_of_all_rows_has_the_step_of_that_of_some(only_run: Any, by_score: bool) -> None:
    data = np.random.default_rng(0).normal(size=(200_000, 2))
    labels = (data[:, 0] + data[:, 1] ** 2 > 0).astype(int)
    model = DecisionTreeClassifier(max_depth=2).fit(data[:1_000], labels[:1_000])
    rest, true = data[1_000:], labels[1_000:]
    y_pred = model.predict(rest)
    sampled = only_run().metrics["test/accuracy"]
    for _ in range(2):
        value = model.score(rest, true) if by_score else accuracy_score(true, y_pred)
    series = only_run().series("test/accuracy")
    assert list(series.values) == [sampled, value] and series.steps.tolist() == [0, 0]
    assert only_run().metrics["test/accuracy"] == value


def test_labels_that_only_a_metric_knows_bring_the_evaluation(runs: Any) -> None:
    model = LogisticRegression().fit(X[:300], y[:300])
    y_pred = model.predict(X[300:] + 0.001)
    labels = y[300:].copy()
    assert "test/recall" not in runs()[0].metrics
    accuracy = accuracy_score(labels, y_pred)
    run = runs()[0]
    assert run.metrics["test/accuracy"] == pytest.approx(accuracy)
    assert points(run, "test/accuracy") == [pytest.approx(accuracy)]
    assert {"test/recall", "test/f1"} <= set(run.metrics)
    assert "test/confusion_matrix" in records(run)


# -- scikit-learn's own functions stay what they were


def test_functions_imported_before_are_seen_and_pickle(runs: Any) -> None:
    assert pickle.loads(pickle.dumps(f1_score)) is sklearn.metrics.f1_score
    assert sklearn.metrics.accuracy_score is accuracy_score
    fitscribe.disable("sklearn")
    with fitscribe.start_run() as run:
        sklearn.metrics.accuracy_score([0, 1], [0, 1])
        run.log_metric("x", 1.0)
    assert run.metrics == {"x": 1.0}


def test_scorers_and_searches_pickle_to_the_same_bytes(runs: Any) -> None:
    data, labels = load_iris(return_X_y=True)

    def pickles() -> list[bytes]:
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [2]}, scoring="f1_macro")
        own = sklearn.metrics.make_scorer(sklearn.metrics.f1_score, average="micro")
        with fitscribe.suppress():
            search.fit(data, labels)
        for times in ("mean_fit_time", "mean_score_time", "std_fit_time", "std_score_time"):
            search.cv_results_[times][:] = 0
        search.refit_time_ = 0
        return [pickle.dumps(each) for each in (search, own, sklearn.metrics.get_scorer("roc_auc"))]

    seen = pickles()
    fitscribe.disable("sklearn")
    assert pickles() == seen


class Forgetful(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> Forgetful:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return [int(row[0] > 0) for row in X]


def test_a_model_of_the_users_own_that_predicts_lists(no_evaluation: None, split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    y_pred = Forgetful().fit(X_train, y_train).predict(X_test)
    accuracy = accuracy_score(y_test, y_pred)
    assert only_run().metrics == {"test/accuracy": accuracy}


def test_a_function_of_the_users_is_recorded_like_them(no_evaluation: None, split: Any, runs: Any) -> None:
    @fitscribe.metric
    def profit(y_true: Any, y_pred: Any, price: float = 1.0) -> float:
        return float((y_true == y_pred).sum() * price)

    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    value = profit(y_test, model.predict(X_test))
    cross_val_score(LogisticRegression(), X, y, cv=2, scoring=sklearn.metrics.make_scorer(profit))
    run = next(run for run in runs() if run.name == "LogisticRegression")
    assert run.metrics == {"test/profit": value}
    assert fitscribe.active_run() is None


def test_a_frameworks_function_registered_by_hand_is_recorded_once(runs: Any) -> None:
    wrapped = fitscribe.metric(f1_score)
    with fitscribe.start_run() as run:
        wrapped([0, 1, 1], [0, 1, 0])
    assert len(points(run, "f1")) == 1


def test_a_model_of_partial_fit_gets_no_metrics_of_what_was_trained_after_it(runs: Any) -> None:
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.linear_model import Ridge

    X = np.random.default_rng(0).normal(size=(60, 3))
    going_on = MiniBatchKMeans(2, n_init=1, random_state=0).partial_fit(X)
    Ridge().fit(X, X[:, 0])
    sklearn.metrics.mean_absolute_error([1.0, 2.0], [1.0, 4.0])
    end_script_run()
    (clusters,) = [run for run in runs() if run.name == "MiniBatchKMeans"]
    assert not [name for name in clusters.metrics if "absolute" in name]
    del going_on
