"""Metrics of what a script makes of scores: thresholds, the likeliest classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.held_out import points, records

import fitscribe

pytestmark = pytest.mark.usefixtures("metric_calls")


def test_thresholds_are_a_series_beside_the_models_own(
    no_evaluation: None, split: Any, only_run: Any
) -> None:
    X_train, X_test, y_train, y_test = split
    scores = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
    expected = [f1_score(y_test, scores > threshold) for threshold in (0.3, 0.5, 0.7)]
    run = only_run()
    assert points(run, "test/f1[computed]") == expected
    assert points(run, "test/f1") == expected[1:2]  # what the model itself predicts


def test_the_models_own_threshold_may_be_the_first_and_be_known(
    no_evaluation: None, split: Any, only_run: Any
) -> None:
    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    scores = model.decision_function(X_test)
    y_pred = model.predict(X_test)
    own = f1_score(y_test, y_pred)
    expected = [f1_score(y_test, (scores > limit).astype(int)) for limit in (-1.0, 0.0, 1.0)]
    precisions = [sklearn.metrics.precision_score(y_test, scores > limit) for limit in (2.0, 3.0)]
    run = only_run()
    assert points(run, "test/f1") == [own] and points(run, "test/f1[computed]") == expected
    assert points(run, "test/precision[computed]") == precisions and "test/precision" not in run.metrics


def test_thresholds_that_begin_with_the_models_own(no_evaluation: None, split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    scores = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
    expected = [f1_score(y_test, scores > threshold) for threshold in (0.5, 0.7, 0.9)]
    run = only_run()
    assert points(run, "test/f1") == expected[:1] and points(run, "test/f1[computed]") == expected


class Cautious(LogisticRegression):
    def predict(self, X: Any) -> Any:
        return (self.predict_proba(X)[:, 1] > 0.9).astype(int)


def test_labels_that_the_model_itself_does_not_predict_are_not_its_own(split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    model = Cautious().fit(X_train, y_train)
    own = f1_score(y_test, model.predict(X_test))
    half = f1_score(y_test, model.predict_proba(X_test)[:, 1] > 0.5)
    run = only_run()
    assert own != half and points(run, "test/f1") == [pytest.approx(own)]
    assert points(run, "test/f1[computed]") == [half]


def test_a_loop_may_predict_anew_for_each_threshold(no_evaluation: None, split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    model = LogisticRegression().fit(X_train, y_train)
    limits = (0.3, 0.5, 0.7)
    expected = [f1_score(y_test, model.predict_proba(X_test)[:, 1] > limit) for limit in limits]
    assert points(only_run(), "test/f1[computed]") == expected


def test_the_likeliest_classes_are_the_models_own(no_evaluation: None, only_run: Any) -> None:
    data, labels = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[labels]
    X_train, X_test, y_train, y_test = train_test_split(data, names, random_state=0)
    model = LogisticRegression(max_iter=1000).fit(X_train, y_train)
    scores = model.predict_proba(X_test)
    value = accuracy_score(y_test, model.classes_[scores.argmax(axis=1)])
    assert only_run().metrics == {"test/accuracy": value}


def named_split() -> tuple[Any, ...]:
    data, labels = load_breast_cancer(return_X_y=True)
    names = np.array(["malignant", "benign"])[labels]
    return tuple(train_test_split(data, names, labels, random_state=0))


def test_the_likelier_of_two_classes_by_their_names(no_evaluation: None, only_run: Any) -> None:
    X_train, X_test, y_train, y_test, _, _ = named_split()
    model = DecisionTreeClassifier(max_depth=3).fit(X_train, y_train)
    scores = model.predict_proba(X_test)
    value = accuracy_score(y_test, model.classes_[scores.argmax(axis=1)])
    others = accuracy_score(y_test, model.classes_[(scores[:, 1] > 0.99).astype(int)])
    assert value != others
    assert only_run().metrics == {"test/accuracy": value, "test/accuracy[computed]": others}


def test_predicted_numbers_by_their_names_are_the_models_own(only_run: Any) -> None:
    X_train, X_test, _, y_test, numbers, _ = named_split()
    predicted = DecisionTreeClassifier(max_depth=3).fit(X_train, numbers).predict(X_test)
    value = accuracy_score(y_test, np.array(["malignant", "benign"])[predicted])
    run = only_run()
    assert points(run, "test/accuracy") == [pytest.approx(value)]
    assert "test/accuracy[computed]" not in run.metrics


def test_labels_are_those_of_the_model_whose_scores_they_are(
    no_evaluation: None, split: Any, runs: Any
) -> None:
    X_train, X_test, y_train, y_test = split
    one = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1] > 0.2
    LogisticRegression(C=1e-4).fit(X_train, y_train).predict_proba(X_test)
    value = f1_score(y_test, one)
    found = [run.metrics for run in runs() if run.parent is None or run.params]
    assert found == [{"test/f1[computed]": value}, {}]


def test_what_several_models_have_a_part_in_is_none_of_theirs(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    one = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
    other = DecisionTreeClassifier(max_depth=3).fit(X_train, y_train).predict_proba(X_test)[:, 1]
    own = roc_auc_score(y_test, other)
    both = (one + other) / 2
    values = {
        "test/roc_auc": own,
        "test/roc_auc[computed]": roc_auc_score(y_test, both),
        "test/f1[pos_label=0, computed]": f1_score(y_test, both > 0.5, pos_label=0),
    }
    confusion_matrix(y_test, both > 0.5)
    last = next(run for run in runs() if run.name == "DecisionTreeClassifier")
    assert {name: points(last, name) for name in values} == {
        name: [pytest.approx(value)] for name, value in values.items()
    }
    assert "test/confusion_matrix[computed]" in records(last) and "test/f1" not in last.metrics


def test_a_baseline_is_of_the_run_that_was_opened_for_it(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    LogisticRegression().fit(X_train, y_train).predict(X_test)
    rule = X_test[:, 0] > X_test[:, 0].mean()
    with fitscribe.start_run("baselines"):
        value = f1_score(y_test, rule)
    assert only(runs(), "baselines").metrics == {"f1": value}
    assert "test/f1[computed]" not in only(runs(), "LogisticRegression").metrics


def test_a_baseline_within_the_run_of_the_training_stays_beside_it(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    with fitscribe.start_run("all"):
        LogisticRegression().fit(X_train, y_train).predict(X_test)
        value = f1_score(y_test, X_test[:, 0] > X_test[:, 0].mean())
    assert [run.metrics.get("test/f1[computed]") for run in runs()] == [value]


def test_stages_of_a_later_model_are_not_metrics_of_the_one_before(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    LogisticRegression().fit(X_train, y_train).predict(X_test)
    boosting = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X_train, y_train)
    values = [f1_score(y_test, stage) for stage in boosting.staged_predict(X_test)]
    assert "test/f1[computed]" not in only(runs(), "LogisticRegression").metrics
    assert points(only(runs(), "pytest"), "f1") == values


def only(found: Any, name: str) -> Any:
    (run,) = [run for run in found if run.name == name]
    return run
