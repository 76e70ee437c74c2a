"""What a fit was called with, in every form that estimators accept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

X = np.arange(12.0).reshape(6, 2)
y = np.array([0, 1, 0, 1, 0, 1])
weights = np.linspace(1, 2, 6)


class Takes(BaseEstimator):
    def fit(self, *args: Any, **kwargs: Any) -> Takes:
        self.seen_ = args, kwargs
        return self


class NamesThemOtherwise(BaseEstimator):
    def fit(self, documents: Any, y: Any = None, epochs: int = 1, *, verbose: bool = False) -> Any:
        return self


@pytest.mark.parametrize(
    "fit",
    [
        lambda: Ridge().fit(X, y, weights),
        lambda: Ridge().fit(X, y, sample_weight=weights),
        lambda: Ridge().fit(X=X, y=y, sample_weight=weights),
        lambda: Ridge().fit(sample_weight=weights, y=y, X=X),
        lambda: Takes().fit(X, y, sample_weight=weights),
        lambda: Takes().fit(X=X, y=y, sample_weight=weights),
    ],
)
def test_every_form_of_a_call_gives_the_same_record(fit: Any, only_run: Any) -> None:
    fit()
    run = only_run()
    (dataset,) = run.datasets
    assert dataset["role"] == "train"
    assert dataset["description"]["shape"] == [6, 2]
    assert dataset["description"]["target"]["shape"] == [6]
    summary = run.params["fit__sample_weight"]
    assert summary["shape"] == [6] and summary["values"] == weights.tolist()


def test_scalars_are_recorded_as_values(only_run: Any) -> None:
    NamesThemOtherwise().fit(["a", "b"], epochs=7, verbose=True)
    run = only_run()
    assert run.params == {"fit__epochs": 7, "fit__verbose": True}
    assert run.datasets[0]["description"]["shape"] == [2]
    assert "target" not in run.datasets[0]["description"]


def test_arguments_for_the_steps_of_a_pipeline(only_run: Any) -> None:
    make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y, logisticregression__sample_weight=weights)
    assert only_run().params["fit__logisticregression__sample_weight"]["shape"] == [6]


def test_no_data_at_all(only_run: Any) -> None:
    Takes().fit()
    run = only_run()
    assert run.status == "finished" and run.datasets == []


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_weighted_metrics_are_those_of_score(depth: int, only_run: Any) -> None:
    skewed = np.array([1, 1, 1, 1, 1, 50.0])
    model, name = LogisticRegression(), "sample_weight"
    for level in range(depth):
        model, name = Pipeline([("scale", StandardScaler()), (f"step{level}", model)]), f"step{level}__{name}"
    model.fit(X, y, **{name: skewed})
    assert only_run().metrics["train/accuracy"] == pytest.approx(model.score(X, y, skewed), abs=1e-12)
