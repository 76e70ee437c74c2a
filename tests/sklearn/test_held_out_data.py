"""Evaluation of what the script predicts: on which data, and by which name that goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import KFold, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from tests.sklearn.held_out import (
    IRIS,
    held_out,
    points,
    reasons,
    records,
    split,
    unseen,
)


def test_through_scalers_and_frames(only_run: Any) -> None:
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X_train, X_test, y_train, y_test = split((X, y))
    scaler = StandardScaler()
    scaler.fit_transform(X_train)
    model = LogisticRegression().fit(scaler.transform(X_train), y_train)
    predicted = model.predict(scaler.transform(X_test))
    run = only_run()
    accuracy = unseen.accuracy_score(y_test, predicted)
    assert run.metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-12)
    lineage = records(run)["lineage"]
    by_id = {node["id"]: node for node in lineage["nodes"]}
    node, line = by_id[lineage["roles"]["test"]], []
    while True:
        line.append(node["by"])
        if not node["of"]:
            break
        node = by_id[node["of"][0]]
    assert line[:2] == ["StandardScaler.transform", "train_test_split (test)"]
    assert {"train", "train target", "test", "test target"} == set(lineage["roles"])


@pytest.mark.parametrize("container", ["list", "sparse", "polars", "frame"])
def test_containers(only_run: Any, container: str) -> None:
    X, y = IRIS
    if container == "list":
        X = X.tolist()
    elif container == "sparse":
        X = pytest.importorskip("scipy.sparse").csr_matrix(X)
    elif container == "polars":
        polars = pytest.importorskip("polars")
        if not hasattr(StandardScaler(), "set_output") or not hasattr(polars, "DataFrame"):
            pytest.skip("no polars")
        X = polars.DataFrame(X, schema=["a", "b", "c", "d"])
    else:
        X = pytest.importorskip("pandas").DataFrame(X)
    X_train, X_test, y_train, y_test = split((X, y))
    predicted = KNeighborsClassifier().fit(X_train, y_train).predict(X_test)
    accuracy = unseen.accuracy_score(y_test, predicted)
    assert only_run().metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-12)


def test_slices_of_one_array(only_run: Any) -> None:
    X, y = IRIS[0][::3].copy(), IRIS[1][::3].copy()
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order], y[order]
    model = KNeighborsClassifier().fit(X[:30], y[:30])
    predicted = model.predict(X[30:])
    accuracy = unseen.accuracy_score(y[30:], predicted)
    assert only_run().metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-12)


@pytest.mark.usefixtures("metric_calls")
def test_labels_of_other_rows_than_the_data_come_with_a_metric_alone(only_run: Any) -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(size=(500, 1)), axis=0)
    X, y = walk[:-1], walk[1:, 0]
    model = LinearRegression().fit(X[:400], y[:400])
    predicted = model.predict(X[400:])
    run = only_run()
    assert held_out(run) == {}
    why = "its labels are not known: data and labels were of different rows"
    assert reasons(run) == {"evaluation of predict on X[400:]": why}
    value = metrics.r2_score(y[400:], predicted)
    run = only_run()
    assert held_out(run)["test/r2"] == pytest.approx(value, abs=1e-12)
    assert "test/rmse" in run.metrics and reasons(run) == {}


def test_a_split_by_hand_in_a_frame(only_run: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(IRIS[0], columns=list("abcd")).assign(label=IRIS[1])
    train, test = train_test_split(frame, random_state=0)
    model = KNeighborsClassifier().fit(train[list("abcd")], train["label"])
    predicted = model.predict(test[list("abcd")])
    accuracy = unseen.accuracy_score(test["label"], predicted)
    assert only_run().metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-12)


@pytest.mark.parametrize(
    "divide",
    [
        lambda frame: train_test_split(frame, random_state=0),
        lambda frame: (frame[frame.a < 6], frame[frame.a >= 6]),
        lambda frame: (frame.iloc[::2], frame.iloc[1::2]),
        lambda frame: (some := frame.sample(frac=0.7, random_state=0), frame.drop(some.index)),
    ],
    ids=["train_test_split", "mask", "slices", "sample"],
)
def test_several_models_on_one_split_of_a_frame(runs: Any, divide: Any, tmp_path: Any) -> None:
    pandas = pytest.importorskip("pandas")
    file = tmp_path / "iris.csv"
    pandas.DataFrame(IRIS[0], columns=list("abcd")).assign(label=IRIS[1]).to_csv(file, index=False)
    frame = pandas.read_csv(file)
    train, test = divide(frame)
    expected = []
    for depth in (1, 2, 3):
        model = RandomForestClassifier(3, max_depth=depth, random_state=0)
        predicted = model.fit(train[list("abcd")], train["label"]).predict(test[list("abcd")])
        expected.append(unseen.accuracy_score(test["label"], predicted))
    trainings = [run for run in runs() if run.name == "RandomForestClassifier"]
    assert [run.metrics["test/accuracy"] for run in trainings] == expected


def test_two_held_out_sets_have_two_names(only_run: Any) -> None:
    X_rest, X_test, y_rest, y_test = split()
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.2, random_state=1)
    model = LogisticRegression(max_iter=5000).fit(X_train, y_train)
    accuracies = {
        "valid": unseen.accuracy_score(y_val, model.predict(X_val)),
        "test": unseen.accuracy_score(y_test, model.predict(X_test)),
    }
    run = only_run()
    found = {name: run.metrics[f"{name}/accuracy"] for name in accuracies}
    assert found == pytest.approx(accuracies, abs=1e-12)
    assert {name: run.params[name] for name in ("split", "split__test_rows", "split2__test_size")} == {
        "split": "train_test_split",
        "split__test_rows": len(y_test),
        "split2__test_size": 0.2,
    }


def test_a_second_set_of_the_same_kind_has_the_users_name(only_run: Any) -> None:
    X_rest, X_one, y_rest, _y_one = split()
    X_train, X_other, y_train, _y_other = train_test_split(X_rest, y_rest, random_state=1)
    model = RandomForestClassifier(3).fit(X_train, y_train)
    model.predict(X_one)
    model.predict(X_other)
    assert {name.partition("/")[0] for name in held_out(only_run())} == {"test", "other"}


def test_data_with_rows_that_were_trained_on_is_no_test_set(only_run: Any) -> None:
    X, y = IRIS
    X_train, _, y_train, _ = split((X, y))
    model = RandomForestClassifier(3).fit(X_train, y_train)
    model.score(X, y)
    run = only_run()
    assert {name.partition("/")[0] for name in held_out(run)} == {"X"}
    assert "the model was trained on" in reasons(run)["X metrics on held-out rows"]


def test_training_data_is_evaluated_where_the_fit_was_not(runs: Any) -> None:
    X_train, _X_test, y_train, _y_test = split()
    exact = LogisticRegression(max_iter=5000).fit(X_train, y_train)
    exact.predict(X_train)
    exact.score(X_train, y_train)
    refused = KNeighborsClassifier().fit(X_train, y_train)
    predicted = refused.predict(X_train)
    of_exact, of_refused = runs()
    assert len(points(of_exact, "train/accuracy")) == 1
    accuracy = unseen.accuracy_score(y_train, predicted)
    assert of_refused.metrics["train/accuracy"] == pytest.approx(accuracy, abs=1e-12)
    assert [each["role"] for each in of_refused.datasets] == ["train"]


def test_training_data_of_which_the_fit_saw_a_sample_is_evaluated_whole(only_run: Any) -> None:
    X = np.random.default_rng(0).normal(size=(2500, 3))
    y = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)
    model = SGDClassifier(max_iter=5, tol=None, random_state=0).fit(X, y)
    sampled = only_run().metrics["train/accuracy"]
    value = model.score(X, y)
    assert points(only_run(), "train/accuracy") == [sampled, value]


def test_unknown_labels_are_said_once(only_run: Any) -> None:
    X_train, X_test, y_train, _y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    X_new = X_test * 1.5
    model.predict(X_new)
    model.predict_proba(X_new)
    run = only_run()
    assert held_out(run) == {}
    assert list(reasons(run)) == ["evaluation of predict on X_new"]
    assert reasons(run)["evaluation of predict on X_new"].startswith("its labels are not known: ")


def test_a_metric_call_brings_the_labels(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
    X_new = X_test * 1.01
    predicted = model.predict(X_new)
    accuracy = metrics.accuracy_score(y_test, predicted)
    area = metrics.roc_auc_score(y_test, model.predict_proba(X_new)[:, 1])
    run = only_run()
    assert run.metrics["new/accuracy"] == pytest.approx(accuracy, abs=1e-12)
    assert run.metrics["new/roc_auc"] == pytest.approx(area, abs=1e-12)
    assert {"new/confusion_matrix", "new/roc"} <= set(records(run)) and "new/f1" in run.metrics
    assert len(points(run, "new/accuracy")) == len(points(run, "new/roc_auc")) == 1
    # That the labels were not known is no longer true.
    assert reasons(run) == {}


def test_what_the_fit_validates_on_is_not_what_the_user_validates_on(only_run: Any) -> None:
    X_train, X_valid, y_train, y_valid = split()
    model = HistGradientBoostingClassifier(
        max_iter=3, early_stopping=True, scoring="accuracy", random_state=0
    )
    model.fit(X_train, y_train)
    score = model.score(X_valid, y_valid)
    run = only_run()
    assert points(run, "valid/accuracy") == list(model.validation_score_)
    assert run.metrics["valid2/accuracy"] == score


def test_parts_of_held_out_data_are_said_and_not_taken_for_the_whole(only_run: Any) -> None:
    X_train, X_test, y_train, _y_test = split()
    model = RandomForestClassifier(3).fit(X_train, y_train)
    for start in range(0, len(X_test), 50):
        model.predict(X_test[start : start + 50])
    run = only_run()
    assert held_out(run) == {}
    assert list(reasons(run).values()) == ["it is a part of held-out data"]
    model.predict(X_test)
    assert "test/accuracy" in only_run().metrics


@pytest.mark.parametrize("kind", ["frame", "array"])
@pytest.mark.parametrize("first", [True, False])
def test_some_rows_of_held_out_data_are_not_called_test(only_run: Any, kind: str, first: bool) -> None:
    X, y = load_breast_cancer(return_X_y=True, as_frame=kind == "frame")
    X_train, X_test, y_train, y_test = split((X, y))
    model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
    large = (X_test["mean area"] if kind == "frame" else X_test[:, 3]) > 600
    X_test_large = X_test[large]
    values = {}
    if not first:
        values["test"] = metrics.accuracy_score(y_test, model.predict(X_test))
    values["test_large"] = model.score(X_test_large, y_test[large])
    values["part"] = metrics.accuracy_score(y_test[~large], model.predict(X_test[~large]))
    if kind == "frame":
        score = model.score(X_test.sample(30, random_state=0), y_test.sample(30, random_state=0))
    if first:
        values["test"] = metrics.accuracy_score(y_test, model.predict(X_test))
    run = only_run()
    found = {name: points(run, name) for name in held_out(run) if name.endswith("/accuracy")}
    expected = {f"{name}/accuracy": [value] for name, value in values.items()}
    if kind == "frame":
        expected["part/accuracy"].append(score)
    assert found == expected
    assert reasons(run)["evaluation of predict on X_test[~large]"] == "it is a part of held-out data"


def test_columns_and_other_data_are_no_parts_of_held_out_data(only_run: Any) -> None:
    pandas = pytest.importorskip("pandas")
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    train, test, y_train, y_test = split((X, y))
    columns = ["mean area", "mean radius"]
    model = RandomForestClassifier(3, random_state=0).fit(train[columns], y_train)
    model.score(test[columns], y_test)
    new = pandas.DataFrame(test.to_numpy()[:50] + 0.01, columns=X.columns)
    model.score(new[columns], y_test.tolist()[:50])
    run = only_run()
    assert {name.partition("/")[0] for name in held_out(run)} == {"test", "new"} and run.unseen == []


def test_abbreviated_names_of_validation_and_test_data(only_run: Any) -> None:
    X, X_te, y, y_te = split()
    X_tr, X_va, y_tr, y_va = train_test_split(X, y, random_state=0)
    model = GaussianNB().fit(X_tr, y_tr)
    # One call a line: before Python 3.11 no more is told of what is written.
    accuracies = {"valid": model.score(X_va, y_va)}
    accuracies["test"] = model.score(X_te, y_te)
    run = only_run()
    assert {name: run.metrics[f"{name}/accuracy"] for name in accuracies} == accuracies


def test_a_fold_of_the_training_data_leaves_its_name_to_the_test_data(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    expected = []
    for rows, held in KFold(2).split(X_train):
        model = GaussianNB().fit(X_train[rows], y_train[rows])
        valid = model.score(X_train[held], y_train[held])
        expected.append((valid, model.score(X_test, y_test)))
    found = [run.metrics for run in runs() if run.role == "training"]
    assert {(each["valid/accuracy"], each["test/accuracy"]) for each in found} == set(expected)


@pytest.mark.usefixtures("metric_calls")
def test_data_that_is_computed_anew_for_each_call_is_one_set(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = GaussianNB().fit(X_train / 16, y_train)
    value = metrics.accuracy_score(y_test, model.predict(X_test / 16))
    area = metrics.roc_auc_score(y_test, model.predict_proba(X_test / 16)[:, 1])
    assert model.score(X_test / 16, y_test) == value
    run = only_run()
    assert run.metrics["test/accuracy"] == value and run.metrics["test/roc_auc"] == pytest.approx(area)
    assert {name.partition("/")[0] for name in run.metrics} == {"train", "test"}
