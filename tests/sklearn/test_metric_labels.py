"""Metrics by what predictions are compared with: labels, other predictions, parts of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, r2_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.cancer import X, y
from tests.sklearn.held_out import end_script_run, points

pytestmark = pytest.mark.usefixtures("metric_calls")


def test_the_other_way_round(no_evaluation: None, split: Any, only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split
    y_pred = LogisticRegression().fit(X_train, y_train).predict(X_test)
    value = sklearn.metrics.recall_score(y_pred, y_test)
    assert only_run().metrics == {"test/recall": value}


@pytest.mark.parametrize(
    "labels",
    [
        lambda other, data: other.predict(data),
        lambda other, data: other.predict(data).tolist(),
        lambda other, data: other.predict_proba(data)[:, 1] > 0.5,
    ],
    ids=["labels", "list", "scores"],
)
def test_an_agreement_of_models_is_no_metric_of_one(split: Any, runs: Any, labels: Any) -> None:
    X_train, X_test, y_train, y_test = split
    one = LogisticRegression().fit(X_train, y_train)
    other = DecisionTreeClassifier(max_depth=2).fit(X_train, y_train)
    y_pred, of_other = one.predict(X_test), labels(other, X_test)
    agreement, accuracy = accuracy_score(of_other, y_pred), accuracy_score(y_test, y_pred)
    roc_auc_score(of_other, one.predict_proba(X_test)[:, 1])
    end_script_run()
    model = next(run for run in runs() if run.name == "LogisticRegression")
    script = next(run for run in runs() if "accuracy" in run.metrics)
    assert points(model, "test/accuracy") == [pytest.approx(accuracy)] and agreement != accuracy
    assert len(points(model, "test/roc_auc")) == 1
    assert set(script.metrics) == {"accuracy", "roc_auc"} and script.metrics["accuracy"] == agreement


def test_no_labels_are_taken_from_an_agreement(runs: Any) -> None:
    other = DecisionTreeClassifier(max_depth=2).fit(X[:300], y[:300])
    one = LogisticRegression().fit(X[:300], y[:300])
    new, labels = X[300:].copy() + 0.01, [*y[300:]]
    y_pred = one.predict(new)
    of_other = other.predict(new)
    f1_score(of_other, y_pred)
    mask = new[:, 0] > 0
    f1_score(of_other[mask], y_pred[mask])
    f1_score(of_other, one.predict_proba(new)[:, 1] > 0.3)
    value = accuracy_score(labels, y_pred)
    end_script_run()
    model = next(run for run in runs() if run.name == "LogisticRegression")
    assert model.metrics["new/accuracy"] == value and model.metrics["new/f1"] == f1_score(labels, y_pred)
    assert {name.partition("/")[0] for name in model.metrics} == {"train", "new"}


def test_labels_that_two_models_predict_without_a_mistake_are_labels(no_evaluation: None, runs: Any) -> None:
    data, labels = load_iris(return_X_y=True)
    rows = labels < 2
    X_train, X_test, y_train, y_test = train_test_split(
        data[rows], labels[rows], random_state=0, test_size=0.4
    )
    predicted = [
        model.fit(X_train, y_train).predict(X_test)
        for model in (LogisticRegression(), DecisionTreeClassifier())
    ]
    for y_pred in predicted:
        accuracy_score(y_test, y_pred)
        accuracy_score(y_test.tolist(), y_pred)
    assert [run.metrics for run in runs() if run.params] == [{"test/accuracy": 1.0}] * 2


def test_one_class_of_several_is_not_what_the_model_is_judged_by(runs: Any) -> None:
    X_train, X_test, y_train, y_test = train_test_split(*load_iris(return_X_y=True), random_state=0)
    scores = LogisticRegression(max_iter=1000).fit(X_train[:, :2], y_train).predict_proba(X_test[:, :2])
    whole = roc_auc_score(y_test, scores, multi_class="ovr")
    each = [roc_auc_score(y_test == label, scores[:, label]) for label in range(3)]
    (run,) = runs()
    assert points(run, "test/roc_auc[computed]") == each
    assert points(run, "test/roc_auc") == [pytest.approx(whole)]


def test_labels_of_other_annotators_and_of_one_output(runs: Any) -> None:
    random = np.random.default_rng(0)
    others = np.where(random.random(len(y)) < 0.2, 1 - y, y)
    X_train, X_test, y_train, y_test, _, of_others = train_test_split(X, y, others, random_state=0)
    y_pred = LogisticRegression().fit(X_train, y_train).predict(X_test)
    own, of_another = accuracy_score(y_test, y_pred), accuracy_score(of_others, y_pred)
    turned = f1_score(y_test == 0, y_pred)
    (run,) = runs()
    assert points(run, "test/accuracy") == [own] and points(run, "test/accuracy[computed]") == [of_another]
    assert points(run, "test/f1[computed]") == [turned]
    model = LinearRegression().fit(X_train[:, 2:], X_train[:, :2])
    predicted = model.predict(X_test[:, 2:])
    each = [r2_score(X_test[:, column], predicted[:, column]) for column in range(2)]
    whole = r2_score(X_test[:, :2], predicted)
    run = next(run for run in runs() if run.name == "LinearRegression")
    assert points(run, "test/r2") == [pytest.approx(whole)] and points(run, "test/r2[computed]") == each


@pytest.mark.parametrize(
    "given",
    [
        lambda labels: labels.tolist(),
        lambda labels: labels.copy(),
        lambda labels: labels.astype(float),
        lambda labels: labels == 1,
        lambda labels: labels.reshape(-1, 1),
    ],
)
def test_labels_by_other_names_are_the_labels(only_run: Any, given: Any) -> None:
    names = np.array(["malignant", "benign"])[y]
    X_train, X_test, named, _named_test, _, y_test = train_test_split(X, names, y, random_state=0)
    model = LogisticRegression().fit(X_train, named)
    model.predict(X_test)
    scores = model.predict_proba(X_test)[:, 0]
    value = sklearn.metrics.average_precision_score(given(y_test), scores)
    assert only_run().metrics["test/average_precision"] == value


def test_a_student_scored_with_its_teachers_predictions_agrees_with_it(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, _ = split
    teacher = DecisionTreeClassifier(max_depth=2).fit(X_train, y_train)
    of_teacher = teacher.predict(X_test)
    student = LogisticRegression().fit(X_train, y_train)
    student.score(X_test, of_teacher)
    recall = sklearn.metrics.recall_score(of_teacher, student.predict(X_test), average="micro")
    end_script_run()
    script = next(run for run in runs() if run.name not in ("LogisticRegression", "DecisionTreeClassifier"))
    assert script.metrics == {"recall_micro": recall}
