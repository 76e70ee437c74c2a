"""Cross-validation: data and predictions that are kept on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB

X, y = load_iris(return_X_y=True)
OnlyRun = Callable[[], Any]


def rows_of(run: Any, name: str) -> Any:
    pytest.importorskip("pyarrow")
    return pd.read_parquet(run.path / "artifacts" / name)


def test_the_data_is_kept_on_request(only_run: OnlyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_KEEP_DATA", "whole")
    cross_validate(GaussianNB(), X, y, cv=3)
    kept = rows_of(only_run(), "data/train.parquet")
    assert list(kept.columns) == ["x0", "x1", "x2", "x3", "target"]
    np.testing.assert_array_equal(kept[["x0", "x1", "x2", "x3"]], X)
    np.testing.assert_array_equal(kept["target"], y)


def test_data_that_cannot_be_kept_is_named(only_run: OnlyRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_KEEP_DATA", "sample")
    cross_val_score(Ridge(), csr_matrix(X), y, cv=3)
    assert "a sample of the train data" in [each["what"] for each in only_run().unseen]


def test_predictions_out_of_fold_are_kept_on_request(
    only_run: OnlyRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_KEEP_PREDICTIONS", "yes")
    names = np.array(["a", "b", "c"])[y]
    predicted = cross_val_predict(GaussianNB(), X, names, cv=3)
    kept = rows_of(only_run(), "predictions/cv.parquet")
    assert kept["true"].tolist() == names.tolist()
    assert kept["predict"].tolist() == predicted.tolist()


def test_probabilities_out_of_fold_are_kept_by_class(
    only_run: OnlyRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_KEEP_PREDICTIONS", "yes")
    names = np.array(["a", "b", "c"])[y]
    predicted = cross_val_predict(GaussianNB(), X, names, cv=3, method="predict_proba")
    kept = rows_of(only_run(), "predictions/cv_predict_proba.parquet")
    columns = ["predict_proba a", "predict_proba b", "predict_proba c"]
    assert list(kept.columns) == ["true", *columns]
    np.testing.assert_array_equal(kept[columns], predicted)
