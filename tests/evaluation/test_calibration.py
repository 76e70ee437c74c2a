"""Calibration against scikit-learn's curve, and the numbers of scores that stand alone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

calibration_curve: Any = pytest.importorskip("sklearn.calibration").calibration_curve

from fitscribe.evaluation import class_scores, classification  # noqa: E402

RANDOM = np.random.default_rng(11)


def probabilities(rows: int, kind: str) -> Any:
    if kind == "spread":
        return RANDOM.random(rows)
    if kind == "few":  # as of a small tree: the edges of bins fall on values, and bins are empty
        return RANDOM.choice([0.0, 0.1, 0.3, 0.5, 1.0], rows)
    return RANDOM.beta(0.3, 8.0, rows)  # a rare class


@pytest.mark.parametrize("kind", ["spread", "few", "rare"])
@pytest.mark.parametrize("names", [[0, 1], ["ham", "spam"]])
def test_two_classes_are_calibrated_as_sklearn_says(kind: str, names: list[Any]) -> None:
    for rows in (4, 57, 3000):
        positive = probabilities(rows, kind)
        truth = (RANDOM.random(rows) < positive).astype(int)
        truth[:2] = 0, 1
        found = class_scores(
            np.array(names)[truth], np.stack([1 - positive, positive], axis=1), names, probabilities=True
        ).records["calibration"]
        assert found["of"] == names[1]
        for record, strategy in ((found, "uniform"), (found["quantile"], "quantile")):
            observed, predicted = calibration_curve(truth, positive, n_bins=10, strategy=strategy)
            np.testing.assert_allclose(record["predicted"], predicted, rtol=0, atol=1e-12)
            np.testing.assert_allclose(record["observed"], observed, rtol=0, atol=1e-12)
            assert sum(record["counts"]) == rows and min(record["counts"]) > 0


def test_of_more_classes_the_most_probable_one_is_calibrated() -> None:
    table = RANDOM.dirichlet(np.ones(4), 500)
    truth = np.array([RANDOM.choice(4, p=row) for row in table])
    found = class_scores(truth, table, np.arange(4), probabilities=True).records["calibration"]
    observed, predicted = calibration_curve(truth == table.argmax(axis=1), table.max(axis=1), n_bins=10)
    np.testing.assert_allclose(found["predicted"], predicted, atol=1e-12)
    np.testing.assert_allclose(found["observed"], observed, atol=1e-12)
    assert found["of"] == "most probable class"
    assert json.loads(json.dumps(found)) == found


def test_scores_alone_say_what_they_say_beside_labels() -> None:
    table = RANDOM.dirichlet(np.ones(3), 200)
    truth = RANDOM.integers(0, 3, 200)
    alone = class_scores(truth, table, np.arange(3), probabilities=True)
    beside = classification(truth, truth, table, np.arange(3), probabilities=True)
    assert set(alone.metrics) == {"log_loss", "roc_auc"}
    assert alone.metrics == {name: beside.metrics[name] for name in alone.metrics}
    assert alone.records["roc"] == beside.records["roc"] and alone.records["pr"] == beside.records["pr"]


def test_decision_values_have_no_calibration() -> None:
    truth = RANDOM.integers(0, 2, 50)
    found = class_scores(truth, RANDOM.normal(size=50) + truth, [0, 1], probabilities=False)
    assert set(found.metrics) == {"roc_auc"} and set(found.records) == {"roc", "pr"}


def test_labels_that_are_none() -> None:
    assert "continuous" in class_scores([0.5, 1.5], np.eye(2)).omitted["classification"]
