"""Regression metrics against scikit-learn's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

sklearn_metrics: Any = pytest.importorskip("sklearn.metrics")

from fitscribe.evaluation import regression  # noqa: E402


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("outputs", [None, 1, 3])
def test_equal_to_sklearn_over_random_cases(weighted: bool, outputs: int | None) -> None:
    random = np.random.default_rng([weighted, outputs or 0])
    for case in range(60):
        rows = int(random.integers(2, 60))
        shape = (rows,) if outputs is None else (rows, outputs)
        true = random.normal(size=shape) * 10.0 ** random.integers(-3, 4)
        if case % 5 == 0:
            true[...] = 2.5  # a constant target
        predicted = true + random.normal(size=shape) if case % 7 else true.copy()
        weights = random.integers(0, 3, rows).astype(float) + (np.arange(rows) == 0) if weighted else None
        found = regression(true, predicted, weights)
        for name, function in (
            ("r2", sklearn_metrics.r2_score),
            ("mae", sklearn_metrics.mean_absolute_error),
            ("rmse", sklearn_metrics.root_mean_squared_error),
        ):
            expected = function(true, predicted, sample_weight=weights)
            assert found.metrics[name] == pytest.approx(expected, rel=1e-12, abs=1e-12), name
        assert not found.omitted


def test_one_row_has_no_r2() -> None:
    found = regression([1.0], [2.0])
    assert found.metrics == {"mae": 1.0, "rmse": 1.0}
    assert "two rows" in found.omitted["r2"]


@pytest.mark.parametrize(
    ("true", "predicted", "reason"),
    [
        ([], [], "no rows"),
        ([1.0, np.nan], [1.0, 2.0], "y_true holds non-finite"),
        ([1.0, 2.0], [np.inf, 2.0], "y_pred holds non-finite"),
        ([1.0, 2.0], [1.0], "shape"),
        (["a", "b"], ["a", "b"], "numbers"),
        (np.array([object(), object()]), [1.0, 2.0], "numbers"),
        (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), "dimensions"),
    ],
)
def test_what_cannot_be_evaluated_is_left_out_with_the_reason(true: Any, predicted: Any, reason: str) -> None:
    found = regression(true, predicted)
    assert not found.metrics
    assert reason in found.omitted["regression"]


def test_an_overflow_is_left_out() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = regression([1e300, -1e300], [-1e300, 1e300])
    assert "rmse" in found.omitted
    assert "range" in found.omitted["rmse"]


def test_residuals_are_few() -> None:
    true = np.arange(1000.0)
    record = regression(true, true + 1).records["residuals"]
    assert record["rows"] == 1000
    assert len(record["true"]) == len(record["predicted"]) == 200
    assert "rows" not in regression(true[:50], true[:50]).records["residuals"]
