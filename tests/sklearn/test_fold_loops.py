"""Loops over folds as scripts write them: what is of which fold, under which role, with which labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.held_out import points

pytestmark = pytest.mark.usefixtures("metric_calls")
X, y = load_breast_cancer(return_X_y=True)
NAMES = [f"f{number}" for number in range(X.shape[1])]


def fits(runs: Any) -> list[Any]:
    return [run for run in runs() if run.role == "training"]


def folds_of(runs: Any) -> list[Any]:
    return [(run.params.get("split"), run.params.get("split__fold")) for run in fits(runs)]


# What pytest makes of a function with an assertion looks at its own variables: nobody else reads them there.
def train_on_folds_of(placeholder: Any, data: Any, labels: Any) -> None:
    for tr, va in StratifiedKFold(3).split(placeholder, labels):
        model = GaussianNB().fit(data[tr], labels[tr])
        model.score(data[va], labels[va])
        model.predict_proba(data[va])  # evaluated with the labels that lie at the same positions


def score_of_the_others(order: Any, count: int) -> float:
    model = GaussianNB().fit(X[order[:count]], y[order[:count]])
    return model.score(X[order[count:]], y[order[count:]])


def scores_by_positions(train_idx: Any, val_idx: Any, test_idx: Any) -> tuple[float, float]:
    model = GaussianNB().fit(X[train_idx], y[train_idx])
    on_valid = accuracy_score(y[val_idx], model.predict(X[val_idx]))
    on_test = accuracy_score(y[test_idx], model.predict(X[test_idx]))
    return on_valid, on_test


def scores_within(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> list[tuple[float, float]]:
    found = []
    for train_index, test_index in StratifiedKFold(3).split(X_train, y_train):
        model = GaussianNB().fit(X_train[train_index], y_train[train_index])
        on_fold = accuracy_score(y_train[test_index], model.predict(X_train[test_index]))
        found.append((on_fold, accuracy_score(y_test, model.predict(X_test))))
    return found


def score_of_columns(names: str, columns: Any, X_train: Any, X_test: Any, y_train: Any, y_test: Any) -> float:
    if names == "train_columns":
        train_columns = columns
        model = GaussianNB().fit(X_train[train_columns], y_train)
        return accuracy_score(y_test, model.predict(X_test[train_columns]))
    te_columns = columns
    model = GaussianNB().fit(X_train[te_columns], y_train)
    return accuracy_score(y_test, model.predict(X_test[te_columns]))


def train_out_of_fold(data: Any) -> None:
    found = np.zeros(len(data))
    for tr, va in StratifiedKFold(3, shuffle=True, random_state=42).split(data, data["target"]):
        model = GaussianNB().fit(data.loc[tr, NAMES], data.loc[tr, "target"])
        found[va] = model.predict_proba(data.loc[va, NAMES])[:, 1]


def evaluated_after(models: Any, places: Any) -> list[float]:
    scores = []
    for model, va in zip(models, places, strict=True):
        scores.append(accuracy_score(y[va], model.predict(X[va])))
    return scores


@pytest.mark.parametrize("by", ["loc", "iloc", "drop", "values"])
def test_a_frame_is_split_that_holds_the_target(runs: Any, by: str) -> None:
    train = pd.DataFrame(X, columns=NAMES).assign(target=y)
    scores = []
    for tr, va in StratifiedKFold(3, shuffle=True, random_state=42).split(train, train["target"]):
        y_tr, y_va = train.loc[tr, "target"], train.loc[va, "target"]
        if by == "loc":
            X_tr, X_va = train.loc[tr, NAMES], train.loc[va, NAMES]
        elif by == "iloc":
            X_tr, X_va = train.iloc[tr][NAMES], train.iloc[va][NAMES]
        elif by == "drop":
            X_tr, X_va = train.iloc[tr].drop(columns="target"), train.iloc[va].drop(columns="target")
        else:
            X_tr, X_va = train.loc[tr, NAMES].values, train.loc[va, NAMES].values
        model = GaussianNB().fit(X_tr, y_tr)
        scores.append(accuracy_score(y_va, model.predict(X_va)))
    assert folds_of(runs) == [("StratifiedKFold", fold) for fold in range(3)]
    assert [run.metrics["valid/accuracy"] for run in fits(runs)] == scores


@pytest.mark.parametrize("stands_for", ["zeros", "range"])
def test_what_is_split_stands_for_the_number_of_rows(runs: Any, stands_for: str) -> None:
    train_on_folds_of(np.zeros(len(y)) if stands_for == "zeros" else range(len(y)), X + 1, y.copy())
    assert folds_of(runs) == [("StratifiedKFold", fold) for fold in range(3)]
    assert all({"valid/accuracy", "valid/roc_auc"} <= run.metrics.keys() for run in fits(runs))


def test_what_is_predicted_out_of_fold_is_evaluated_without_any_metric(runs: Any) -> None:
    # Of other values than those that other tests have made known.
    train = pd.DataFrame(X + 3, columns=NAMES).assign(target=y)
    train_out_of_fold(train)
    assert folds_of(runs) == [("StratifiedKFold", fold) for fold in range(3)]
    assert all({"valid/log_loss", "valid/roc_auc"} <= run.metrics.keys() for run in fits(runs))


def test_labels_in_blocks_or_sorted_equal_those_of_other_data(runs: Any) -> None:
    order = np.argsort(y, kind="stable")
    half = order[::2], order[1::2]
    model = GaussianNB().fit(X[half[0]].copy(), y[half[0]].copy())
    on_other = X[half[1]].copy()
    value = accuracy_score(y[half[1]].copy(), model.predict(on_other))
    rule = np.random.default_rng(0).integers(0, 2, len(on_other))
    accuracy_score(np.sort(y[half[1]]), rule)  # of another data set
    run = next(run for run in runs() if run.role == "training")
    assert [value] == [
        each for name, each in run.metrics.items() if name.endswith("/accuracy") and "train" not in name
    ]
    assert not any(name.endswith("[computed]") for name in run.metrics)


def test_thresholds_are_of_the_model_of_each_fold(runs: Any) -> None:
    expected = []
    for train, test in StratifiedKFold(3).split(X, y):
        X_train, X_test, y_train, y_test = X[train], X[test], y[train], y[test]
        model = GaussianNB().fit(X_train, y_train)
        scores = model.predict_proba(X_test)[:, 1]
        area = roc_auc_score(y_test, scores)
        expected.append([area, f1_score(y_test, scores > 0.1), f1_score(y_test, scores > 0.9)])
    found = [[run.metrics["test/roc_auc"], *points(run, "test/f1[computed]")] for run in fits(runs)]
    assert found == [pytest.approx(each, abs=1e-12) for each in expected]


def test_thresholds_without_any_other_metric_of_the_fold(runs: Any) -> None:
    expected = []
    for train, test in StratifiedKFold(2).split(X, y):
        model = GaussianNB().fit(X[train], y[train])
        scores = model.predict_proba(X[test])[:, 1]
        expected.append([f1_score(y[test], scores > threshold) for threshold in (0.1, 0.9)])
    assert [points(run, "test/f1[computed]") for run in fits(runs)] == expected


def test_an_average_is_of_the_model_that_predicted_last(runs: Any) -> None:
    target = X[:, 0] + X[:, 3] ** 2
    expected = []
    for train, test in KFold(2).split(X, target):
        models = [model.fit(X[train], target[train]) for model in (Ridge(1.0), Ridge(1e6))]
        predictions = [model.predict(X[test]) for model in models]
        expected.append(mean_squared_error(target[test], sum(predictions) / 2))
    name = "test/mean_squared_error[computed]"
    assert [run.metrics[name] for run in fits(runs) if name in run.metrics] == expected
    assert [name in run.metrics for run in fits(runs)] == [False, True, False, True]


def test_positions_say_what_is_for_what(runs: Any) -> None:
    order = np.random.default_rng(0).permutation(len(X))
    expected = scores_by_positions(order[:300], order[300:400], order[400:])
    (run,) = fits(runs)
    assert (run.metrics["valid/accuracy"], run.metrics["test/accuracy"]) == expected
    assert not any(name.startswith("X") for name in run.metrics)


def test_positions_within_the_training_data_are_there_to_choose_by(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    expected = scores_within(X_train, y_train, X_test, y_test)
    found = [(run.metrics["valid/accuracy"], run.metrics["test/accuracy"]) for run in fits(runs)]
    assert found == expected


@pytest.mark.parametrize("names", ["train_columns", "te_columns"])
@pytest.mark.parametrize("kind", [list, np.array])
def test_columns_are_no_positions(split: Any, runs: Any, names: str, kind: Any) -> None:
    X_train, X_test, y_train, y_test = split
    columns = kind([2, 5, 7])
    frames = [pd.DataFrame(each) for each in (X_train, X_test)]
    score = score_of_columns(names, columns, *frames, y_train, y_test)
    (run,) = fits(runs)
    assert run.metrics["test/accuracy"] == score


def test_positions_that_are_cut_where_they_are_used(runs: Any) -> None:
    score = score_of_the_others(np.random.default_rng(1).permutation(len(X)), 400)
    (run,) = fits(runs)
    assert run.metrics["test/accuracy"] == score


def test_folds_that_are_evaluated_when_the_loop_is_over(runs: Any) -> None:
    models, places = [], []
    for tr, va in KFold(3, shuffle=True, random_state=0).split(X):
        models.append(GaussianNB().fit(X[tr], y[tr]))
        places.append(va)
    scores = evaluated_after(models, places)
    assert [run.metrics["valid/accuracy"] for run in fits(runs)] == scores


def test_some_rows_of_nobody_knows_what_are_no_second_training_data(runs: Any) -> None:
    train = pd.DataFrame(X, columns=NAMES)
    order = np.random.default_rng(2).permutation(len(X))
    first, second = order[:300].tolist(), order[300:].tolist()
    model = GaussianNB().fit(train.iloc[first].reset_index(drop=True), y[first])
    model.score(train[NAMES].iloc[second].reset_index(drop=True), y[second])
    (run,) = fits(runs)
    assert not any(name.startswith("train2/") for name in run.metrics)


@pytest.mark.parametrize("how", ["array", "list"])
def test_both_sides_by_the_names_of_the_classes(split: Any, runs: Any, how: str) -> None:
    X_train, X_test, y_train, y_test = split
    names = np.array(["bad", "good"])
    y_pred = GaussianNB().fit(X_train, y_train).predict(X_test)
    if how == "array":
        value = accuracy_score(names[y_test], names[y_pred])
        other = f1_score(names[y_test], names[y_pred], pos_label="bad")
    else:
        value = accuracy_score([names[each] for each in y_test], [names[each] for each in y_pred])
        other = f1_score([names[i] for i in y_test], [names[i] for i in y_pred], pos_label="bad")
    (run,) = runs()
    assert run.metrics["test/accuracy"] == value and run.metrics["test/f1[pos_label=bad]"] == other


def test_a_vote_is_not_computed_from_scores_that_it_does_not_follow(split: Any, runs: Any) -> None:
    X_train, X_test, y_train, y_test = split
    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X_train, y_train)
    scores = tree.predict_proba(X_test)[:, 1]
    other = GaussianNB().fit(X_train, y_train)
    other.predict(X_test)
    values = sorted(set(scores.tolist()))
    vote = np.isin(scores, values[::2])  # up and down with the scores
    value = accuracy_score(y_test, vote)
    of_tree, of_other = runs()
    assert "test/accuracy[computed]" not in of_tree.metrics
    assert of_other.metrics["test/accuracy[computed]"] == value
