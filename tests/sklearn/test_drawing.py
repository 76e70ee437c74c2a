"""Generators that estimators hold as `random_state` are drawn from by the training alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

X, y = load_iris(return_X_y=True)


class Drawing(ClassifierMixin, BaseEstimator):
    """Makes a seed of its generator whenever it is asked for its parameters, as XGBoost's estimators do."""

    def __init__(self, random_state: Any = None) -> None:
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        state = self.random_state
        if isinstance(state, np.random.Generator):
            return {"random_state": int(state.integers(1 << 30))}
        return {"random_state": None if state is None else int(state.randint(1 << 30))}

    def fit(self, X: Any, y: Any) -> Drawing:
        self.classes_ = np.unique(y)
        self.drawn_ = self.random_state.uniform()
        return self

    def transform(self, X: Any) -> Any:
        return X


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("within", [False, True])
def test_a_generator_is_where_the_training_left_it(runs: Any, make: Any, within: bool) -> None:
    mine, expected = make(5), make(5).uniform(size=3).tolist()
    drawn = []
    for _ in range(2):
        model = Drawing(mine)
        (make_pipeline(model, LogisticRegression(max_iter=500)) if within else model).fit(X, y)
        drawn.append(model.drawn_)
    assert [*drawn, mine.uniform()] == expected
    assert [run.status for run in runs() if run.role == "training"] == ["finished", "finished"]
