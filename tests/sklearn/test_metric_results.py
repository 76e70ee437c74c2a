"""Metrics that a script calls: what they are called, and what becomes of matrices, curves and reports."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.metrics
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import confusion_matrix, f1_score, roc_curve
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.held_out import end_script_run, points, records

pytestmark = pytest.mark.usefixtures("metric_calls")

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)


@pytest.fixture
def predicted(no_evaluation: None, runs: Any) -> tuple[Any, Any, Any]:
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = LogisticRegression().fit(X_train, y_train)
    return y_test, model.predict(X_test), model.predict_proba(X_test)[:, 1]


@pytest.mark.parametrize(
    ("function", "more", "name"),
    [
        ("f1_score", {"average": "macro"}, "f1_macro"),
        ("f1_score", {"average": "binary", "pos_label": 1}, "f1"),
        ("f1_score", {"zero_division": 0}, "f1"),
        ("f1_score", {"zero_division": 1}, "f1[zero_division=1]"),
        ("f1_score", {"pos_label": 0}, "f1[pos_label=0]"),
        ("f1_score", {"labels": [0, 1], "average": "micro"}, "f1_micro[labels=(0, 1)]"),
        ("fbeta_score", {"beta": 2}, "fbeta[beta=2]"),
        ("fbeta_score", {"beta": 0.5, "average": "weighted"}, "fbeta_weighted[beta=0.5]"),
        ("accuracy_score", {"normalize": False}, "accuracy[normalize=False]"),
        ("accuracy_score", {"sample_weight": np.ones(143)}, "accuracy[weighted]"),
        ("cohen_kappa_score", {"weights": "quadratic"}, "cohen_kappa[weights=quadratic]"),
        ("mean_squared_error", {}, "mean_squared_error"),
        ("r2_score", {}, "r2"),
        ("matthews_corrcoef", {}, "matthews_corrcoef"),
    ],
)
def test_names(predicted: Any, only_run: Any, function: str, more: dict[str, Any], name: str) -> None:
    y_test, y_pred, _ = predicted
    value = getattr(sklearn.metrics, function)(y_test, y_pred, **more)
    assert only_run().metrics == {f"test/{name}": pytest.approx(float(value))}


def test_a_label_that_is_text(no_evaluation: None, runs: Any) -> None:
    answers = np.array(["no", "yes"])[y]
    parts = train_test_split(X, answers, random_state=0)
    y_pred = LogisticRegression().fit(parts[0], parts[2]).predict(parts[1])
    f1_score(parts[3], y_pred, pos_label="yes")
    assert "test/f1[pos_label=yes]" in runs()[-1].metrics


def test_several_numbers_have_names_of_their_own(predicted: Any, only_run: Any) -> None:
    y_test, y_pred, _ = predicted
    precision, recall, fscore, _ = sklearn.metrics.precision_recall_fscore_support(
        y_test, y_pred, average="macro"
    )
    assert only_run().metrics == {
        "test/precision_macro": precision,
        "test/recall_macro": recall,
        "test/fscore_macro": fscore,
    }


# -- matrices, curves, reports


def test_a_confusion_matrix(predicted: Any, only_run: Any) -> None:
    y_test, y_pred, _ = predicted
    counts = confusion_matrix(y_test, y_pred)
    shares = confusion_matrix(y_test, y_pred, normalize="true")
    found = records(only_run())
    kinds = {each["name"]: each["kind"] for each in only_run().artifacts}
    assert kinds["test/confusion_matrix"] == "confusion_matrix"
    assert found["test/confusion_matrix"] == {"labels": [0, 1], "counts": counts.tolist()}
    assert found["test/confusion_matrix[normalize=true]"]["counts"] == shares.tolist()


def test_a_matrix_of_some_of_the_classes_is_not_that_of_all(runs: Any) -> None:
    data, labels = load_iris(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(data, labels, random_state=0)
    y_pred = DecisionTreeClassifier(random_state=0).fit(X_train, y_train).predict(X_test)
    some = confusion_matrix(y_test, y_pred, labels=[0, 1])
    sklearn.metrics.classification_report(y_test, y_pred, labels=[0, 1])
    found = records(runs()[0])
    assert found["test/confusion_matrix"]["labels"] == [0, 1, 2]
    assert found["test/confusion_matrix[labels=(0, 1)]"] == {"labels": [0, 1], "counts": some.tolist()}
    assert "test/classification_report[labels=(0, 1)]" in found


def test_what_is_computed_of_curves_that_the_evaluation_has(runs: Any) -> None:
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    scores = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
    precision, recall, _ = sklearn.metrics.precision_recall_curve(y_test, scores)
    areas = [
        sklearn.metrics.auc(recall, precision),
        sklearn.metrics.auc(*roc_curve(y_test, scores)[:2]),
    ]
    (run,) = runs()
    assert points(run, "test/auc") == areas


def test_rankings_take_their_scores_in_a_list(predicted: Any, only_run: Any) -> None:
    y_test, _, scores = predicted
    value = sklearn.metrics.ndcg_score([y_test], [scores])
    assert only_run().metrics == {"test/ndcg": value}


def test_curves(predicted: Any, only_run: Any) -> None:
    y_test, _, scores = predicted
    fpr, tpr, _ = roc_curve(y_test, scores)
    area = sklearn.metrics.auc(fpr, tpr)
    sklearn.metrics.precision_recall_curve(y_test, scores)
    average = sklearn.metrics.average_precision_score(y_test, scores)
    calibration_curve(y_test, scores, n_bins=4)
    sklearn.metrics.det_curve(y_test, scores)
    run = only_run()
    found = records(run)
    assert run.metrics == {"test/auc": area, "test/average_precision": average}
    (roc,) = found["test/roc"]["curves"]
    assert roc["fpr"] == fpr.tolist() and roc["tpr"] == tpr.tolist()
    assert roc["label"] == 1 and roc["auc"] == pytest.approx(area)
    (pr,) = found["test/pr"]["curves"]
    assert (pr["recall"][0], pr["recall"][-1], pr["average_precision"]) == (0.0, 1.0, pytest.approx(average))
    assert pr["positives"] == pytest.approx(y_test.mean())
    calibration = found["test/calibration[n_bins=4]"]
    assert sum(calibration["counts"]) == len(y_test)
    assert len(calibration["counts"]) == len(calibration["observed"]) == len(calibration["predicted"])
    assert found["test/det_curve"]["columns"] == ["fpr", "fnr", "threshold"]


def test_a_long_curve_is_thinned_with_both_ends(no_evaluation: None, only_run: Any) -> None:
    scores = SGDClassifier(max_iter=5, tol=None, random_state=0).fit(X, y).decision_function(X)
    noisy = np.random.default_rng(0).integers(0, 2, len(y))
    roc_curve(noisy, scores, drop_intermediate=False)
    (curve,) = next(each["curves"] for name, each in records(only_run()).items() if "roc" in name)
    assert len(curve["fpr"]) <= 201
    assert (curve["fpr"][0], curve["tpr"][0], curve["fpr"][-1], curve["tpr"][-1]) == (0.0, 0.0, 1.0, 1.0)


def test_a_thinned_curve_of_a_rare_class_that_is_perfect_is_perfect(runs: Any) -> None:
    rare = np.arange(20_000) < 20
    sklearn.metrics.precision_recall_curve(rare, np.linspace(1.0, 0.0, len(rare)))
    end_script_run()
    (curve,) = records(runs()[0])["pr"]["curves"]
    best = dict(sorted(zip(curve["recall"], curve["precision"], strict=True)))
    assert set(best.values()) == {1.0} and best[1.0] == 1.0 and len(curve["recall"]) <= 200


@pytest.mark.parametrize("as_text", [True, False])
def test_a_classification_report(predicted: Any, only_run: Any, as_text: bool) -> None:
    y_test, y_pred, _ = predicted
    names = ["class 1", "two  words 7"]
    sklearn.metrics.classification_report(
        y_test, y_pred, target_names=names, output_dict=not as_text, digits=4
    )
    data = records(only_run())["test/classification_report"]
    assert data["columns"] == ["", "precision", "recall", "f1-score", "support"]
    rows = {row[0]: row[1:] for row in data["rows"]}
    assert set(rows) == {*names, "accuracy", "macro avg", "weighted avg"}
    assert rows["two  words 7"] == pytest.approx(
        [
            sklearn.metrics.precision_score.__wrapped__(y_test, y_pred),
            sklearn.metrics.recall_score.__wrapped__(y_test, y_pred),
            f1_score.__wrapped__(y_test, y_pred),
            (y_test == 1).sum(),
        ],
        abs=1e-4,
    )
    assert rows["accuracy"][2] == pytest.approx((y_test == y_pred).mean(), abs=1e-4)


def test_values_per_class_and_per_output(no_evaluation: None, runs: Any) -> None:
    X, y = load_iris(return_X_y=True)
    y_pred = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y).predict(X)
    per_class = f1_score(y, y_pred, average=None)
    sklearn.metrics.multilabel_confusion_matrix(y, y_pred)
    data = records(runs()[0])
    assert data["train/f1_per_class"] == {
        "columns": ["class", "f1"],
        "rows": [[label, value] for label, value in enumerate(per_class.tolist())],
    }
    assert data["train/multilabel_confusion_matrix"]["rows"][0] == [0, 100, 0, 0, 50]
    X, y = load_diabetes(return_X_y=True)
    both = np.stack([y, -y], axis=1)
    y_pred = Ridge().fit(X, both).predict(X)
    sklearn.metrics.r2_score(both, y_pred, multioutput="raw_values")
    assert len(records(runs()[-1])["train/r2[multioutput=raw_values]"]["rows"]) == 2
