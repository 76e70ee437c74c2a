"""Classification metrics against scikit-learn's, over the cases that differ between implementations."""

from __future__ import annotations

import math
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sklearn_metrics: Any = pytest.importorskip("sklearn.metrics")

from fitscribe.evaluation import Evaluation, classification  # noqa: E402

NAMES = {
    "int": lambda k: np.arange(k),
    "negative": lambda k: np.arange(k) * 2 - 1,
    "text": lambda k: np.array([f"class {i:03}" for i in range(k)]),
    "object": lambda k: np.array([f"class {i:03}" for i in range(k)], dtype=object),
    "float": lambda k: np.arange(k).astype(float),
}


def sklearn_says(
    y_true: Any, y_pred: Any, scores: Any, labels: Any, weights: Any, binary: bool
) -> dict[str, float]:
    m, w = sklearn_metrics, {"sample_weight": weights}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        said = {
            "accuracy": m.accuracy_score(y_true, y_pred, **w),
            "balanced_accuracy": m.balanced_accuracy_score(y_true, y_pred, **w),
        }
        averages = (
            {"": {"pos_label": labels[1]}}
            if binary
            else {"_macro": {"average": "macro"}, "_weighted": {"average": "weighted"}}
        )
        for suffix, options in averages.items():
            if binary:
                options = {"labels": labels, "average": "binary", **options}
            for name in ("f1", "precision", "recall"):
                function = getattr(m, f"{name}_score")
                said[name + suffix] = function(y_true, y_pred, zero_division=0, **options, **w)
        if scores is not None:
            said["log_loss"] = m.log_loss(y_true, scores, labels=labels, **w)
            # Where a class is missing, newer releases warn and give NaN, older ones raise.
            with suppress(ValueError):
                if binary:
                    said["roc_auc"] = m.roc_auc_score(y_true == labels[1], scores[:, 1], **w)
                else:
                    said["roc_auc"] = m.roc_auc_score(
                        y_true, scores, multi_class="ovr", average="macro", labels=labels, **w
                    )
    return {name: value for name, value in said.items() if not math.isnan(value)}


def assert_equal(found: Evaluation, expected: dict[str, float]) -> None:
    assert set(found.metrics) == set(expected)
    for name, value in expected.items():
        assert found.metrics[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name


@pytest.mark.parametrize("kind", list(NAMES))
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_equal_to_sklearn_over_random_cases(kind: str, weighted: bool, classes: int) -> None:
    random = np.random.default_rng([classes, weighted, *kind.encode()])
    for _ in range(25):
        rows = int(random.integers(2, 80))
        names = NAMES[kind](classes)
        truth = random.integers(0, classes, rows)
        raw = random.random((rows, classes)) + 0.7 * np.eye(classes)[truth]
        # Rounded, so that ties are common; and some scores are exactly zero or one.
        probabilities = np.round(raw / raw.sum(axis=1, keepdims=True), 1)
        probabilities[:, -1] = 0
        probabilities[:, -1] = np.clip(1 - probabilities.sum(axis=1), 0, 1)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        guess = probabilities.argmax(axis=1)
        if random.random() < 0.3:
            guess[:] = guess[0]  # classes absent from y_pred
        weights = (
            np.round(random.random(rows) * 3) + (0.5 if random.random() < 0.5 else 0) if weighted else None
        )
        if weights is not None:
            weights[0] = 1
        found = classification(names[truth], names[guess], probabilities, names, weights)
        expected = sklearn_says(names[truth], names[guess], probabilities, names, weights, classes == 2)
        seen = truth if weights is None else truth[weights > 0]
        if len(np.unique(seen)) < classes:
            expected.pop("roc_auc", None)
            assert "class" in found.omitted["roc_auc"]
        assert_equal(found, expected)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40),
)
def test_equal_to_sklearn_without_declared_labels(pairs: list[tuple[int, int]]) -> None:
    truth, guess = np.array(pairs).T
    present = np.union1d(truth, guess)
    if len(present) == 1 and present[0] > 1:
        present = np.array([present[0]])
        binary = False
    else:
        binary = len(present) <= 2
        if len(present) == 1:
            present = np.array([0, 1])
    assert_equal(classification(truth, guess), sklearn_says(truth, guess, None, present, None, binary))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_log_loss_clips_as_sklearn_does(dtype: Any) -> None:
    truth = np.array([0, 1, 1, 0])
    scores = np.array([[1, 0], [1, 0], [0, 1], [0.25, 0.75]], dtype=dtype)
    expected = sklearn_metrics.log_loss(truth, scores)
    found = classification(truth, scores.argmax(axis=1), scores, [0, 1]).metrics["log_loss"]
    assert found == pytest.approx(expected, rel=1e-12 if dtype is np.float64 else 1e-6)


def test_decision_values_give_an_auc_and_no_log_loss() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 2, 200)
    scores = random.normal(size=200) + truth
    found = classification(truth, scores > 0, scores, [0, 1])
    assert found.metrics["roc_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(truth, scores), rel=1e-12)
    assert "log_loss" in found.omitted
    many = classification([0, 1, 2], [0, 1, 2], np.eye(3) * 9 - 4, [0, 1, 2])
    assert "probabilities" in many.omitted["roc_auc"]


def test_one_probability_per_row_is_the_positive_class() -> None:
    truth, scores = np.array(["a", "b", "b", "a"]), np.array([0.2, 0.7, 0.4, 0.3])
    found = classification(truth, np.where(scores > 0.5, "b", "a"), scores, ["a", "b"], probabilities=True)
    assert found.metrics["log_loss"] == pytest.approx(sklearn_metrics.log_loss(truth, scores), rel=1e-12)


def test_scores_with_nan_cost_only_the_metrics_of_scores() -> None:
    scores = np.array([[0.5, 0.5], [np.nan, 0.1]])
    found = classification([0, 1], [0, 1], scores, [0, 1])
    assert found.metrics["accuracy"] == 1
    assert found.omitted == dict.fromkeys(("log_loss", "roc_auc"), "the scores hold non-finite values")


def test_positive_label_is_the_second_of_the_classes() -> None:
    truth, guess = np.array(["spam", "ham", "spam"]), np.array(["spam", "spam", "ham"])
    found = classification(truth, guess)
    assert found.metrics["precision"] == sklearn_metrics.precision_score(truth, guess, pos_label="spam")
    assert found.records["confusion_matrix"] == {"labels": ["ham", "spam"], "counts": [[0, 1], [1, 1]]}


@pytest.mark.parametrize(
    ("y_true", "y_pred", "reason"),
    [
        ([], [], "no rows"),
        ([0, 1], [0], "y_true has 2 rows"),
        ([[0, 1], [1, 1]], [[0, 1], [1, 1]], "not one label per row"),
        ([0.5, 1.5], [0.5, 1.5], "continuous"),
        ([0, np.nan], [0, 1], "missing"),
        (np.array(["a", None], dtype=object), ["a", "a"], "missing"),
        ([0, 1], ["a", "b"], "text"),
        (np.array([{}, {}], dtype=object), [0, 1], "hashable"),
        (3, [1], "int"),
    ],
)
def test_what_cannot_be_evaluated_is_left_out_with_the_reason(y_true: Any, y_pred: Any, reason: str) -> None:
    found = classification(y_true, y_pred)
    assert not found.metrics
    assert reason in found.omitted["classification"]


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.ones((2, 3)) / 3, "3 columns"),
        (np.ones((3, 2)) / 2, "do not fit"),
        (np.array([["a", "b"], ["c", "d"]]), "not numbers"),
        (np.ones((2, 2, 2)), "do not fit"),
    ],
)
def test_scores_that_do_not_fit(scores: Any, reason: str) -> None:
    found = classification([0, 1], [0, 1], scores, [0, 1])
    assert "accuracy" in found.metrics
    assert reason in found.omitted["roc_auc"]


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ([1.0], "1 sample weights"),
        ([0, 0], "all zero"),
        ([1, np.nan], "non-finite"),
        (["a", "b"], "not numbers"),
    ],
)
def test_weights_that_make_no_sense(weights: Any, reason: str) -> None:
    assert reason in classification([0, 1], [0, 1], weights=weights).omitted["classification"]


def test_a_class_unknown_to_the_scores() -> None:
    found = classification([0, 1, 5], [0, 1, 1], np.ones((3, 2)) / 2, [0, 1])
    assert found.records["confusion_matrix"]["labels"] == [0, 1, 5]
    assert "5" in found.omitted["roc_auc"]
    assert "f1_macro" in found.metrics


def test_curves_are_the_ones_sklearn_draws() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 60)
    scores = np.round(random.random(60) + 0.4 * truth, 1)
    record = classification(truth, scores > 0.7, scores, [0, 1]).records
    fpr, tpr, _ = sklearn_metrics.roc_curve(truth, scores)
    curve = record["roc"]["curves"][0]
    for x, y in zip(fpr, tpr, strict=True):
        assert np.interp(x, curve["fpr"], curve["tpr"]) == pytest.approx(y, abs=1e-5) or x in curve["fpr"]
    average = sklearn_metrics.average_precision_score(truth, scores)
    assert record["pr"]["curves"][0]["average_precision"] == pytest.approx(average, rel=1e-12)
    assert (curve["fpr"][0], curve["tpr"][0], curve["fpr"][-1], curve["tpr"][-1]) == (0, 0, 1, 1)


@pytest.mark.parametrize("share", [0.1, 0.02])
def test_a_perfect_class_keeps_its_corner(share: float) -> None:
    truth = (np.arange(5_000) < 5_000 * share).astype(int)
    scores = truth + np.linspace(0.5, 0, 5_000)
    curve = classification(truth, truth, scores, [0, 1]).records["pr"]["curves"][0]
    points = list(zip(curve["recall"], curve["precision"], strict=True))
    assert points.count((1.0, 1.0)) == 1
    assert {precision for _, precision in points[:-1]} == {1.0}
    assert points[-1] == (1.0, share)
    assert len(points) <= 200


@pytest.mark.parametrize(("share", "apart"), [(0.5, 0.5), (0.01, 3), (0.01, 6), (0.001, 3)])
def test_thinned_curves_have_the_area_of_the_whole_ones(share: float, apart: float) -> None:
    random = np.random.default_rng(0)
    truth = (random.random(20_000) < share).astype(int)
    scores = random.normal(size=20_000) + apart * truth
    records = classification(truth, scores > 0.5, scores, [0, 1]).records
    pr, roc = records["pr"]["curves"][0], records["roc"]["curves"][0]
    steps = float((np.diff(pr["recall"]) * pr["precision"][1:]).sum())
    assert steps == pytest.approx(pr["average_precision"], abs=5e-4)
    below = float((np.diff(roc["fpr"]) * (np.array(roc["tpr"])[1:] + roc["tpr"][:-1])).sum() / 2)
    assert below == pytest.approx(roc["auc"], abs=5e-5)
    precision, recall, _ = sklearn_metrics.precision_recall_curve(truth, scores)
    assert max(pr["precision"][1:]) == pytest.approx(precision[:-1].max(), abs=1e-6)
    assert pr["precision"][pr["recall"].index(1.0)] == pytest.approx(precision[recall == 1].max(), abs=1e-6)


@pytest.mark.parametrize("digits", [1, 6])
def test_a_short_curve_is_drawn_with_few_points_as_with_all(digits: int) -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 90)
    scores = np.round(random.random(90) + 0.8 * truth, digits)
    pr = classification(truth, scores > 0.9, scores, [0, 1]).records["pr"]["curves"][0]
    kept = list(zip(pr["recall"], pr["precision"], strict=True))
    precision, recall, _ = sklearn_metrics.precision_recall_curve(truth, scores)
    # scikit-learn's begins at the end, and stops at the first threshold that all positives pass.
    whole = list(zip(np.round(recall[::-1], 6), np.round(precision[::-1], 6), strict=True))
    assert len(kept) < len(whole)
    assert set(kept) <= set(whole)
    for position, corner in enumerate(whole[1:-1], 1):
        (before, after) = whole[position - 1], whole[position + 1]
        is_within = any(before[axis] == corner[axis] == after[axis] for axis in (0, 1))
        assert is_within == (corner not in kept)
    steps = float((np.diff(pr["recall"]) * pr["precision"][1:]).sum())
    assert steps == pytest.approx(pr["average_precision"], abs=1e-5)


def test_curves_and_matrices_stay_small() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 20_000)
    scores = random.random(20_000) + truth * 0.2
    records = classification(truth, scores > 0.5, scores, [0, 1]).records
    assert len(records["roc"]["curves"][0]["fpr"]) <= 200
    assert len(records["pr"]["curves"][0]["recall"]) <= 200
    many = random.integers(0, 300, 5_000)
    table = random.dirichlet(np.ones(300), 5_000)
    found = classification(many, many, table, np.arange(300))
    matrix = found.records["confusion_matrix"]
    assert len(matrix["counts"]) == len(matrix["labels"]) == 100
    assert matrix["folded"] == 201
    assert sum(map(sum, matrix["counts"])) == 5_000
    assert len(found.records["roc"]["curves"]) == 20
    assert found.records["roc"]["classes"] == 300


def test_frames_and_lists_are_read_too() -> None:
    pandas = pytest.importorskip("pandas")
    expected = classification(np.array(["a", "b", "a"]), np.array(["a", "b", "b"]))
    series = pandas.Series(["a", "b", "a"], dtype="category")
    assert classification(series, ["a", "b", "b"]) == expected
    assert (
        classification(pandas.DataFrame({"y": ["a", "b", "a"]}), pandas.Series(["a", "b", "b"])) == expected
    )
    missing = pandas.Series(["a", pandas.NA, "a"])
    assert "missing" in classification(missing, ["a", "b", "a"]).omitted["classification"]


def test_records_are_plain() -> None:
    import json

    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 50).astype(np.int32)
    table = random.dirichlet(np.ones(3), 50)
    found = classification(truth, truth, table, np.arange(3, dtype=np.int16), np.ones(50))
    assert json.loads(json.dumps(found.records)) == found.records
    assert all(type(value) is float for value in found.metrics.values())


def test_inputs_are_left_as_they_are() -> None:
    random = np.random.default_rng(1)
    arrays = [random.integers(0, 3, 50), random.integers(0, 3, 50), random.dirichlet(np.ones(3), 50)]
    weights = random.random(50)
    for array in (*arrays, weights):
        array.setflags(write=False)
    classification(*arrays, np.arange(3), weights)
