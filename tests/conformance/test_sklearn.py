"""scikit-learn's integration proves what every integration must."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside

pytest.importorskip("sklearn")


def _data() -> tuple[Any, Any]:
    import numpy as np

    X = np.linspace(-1.0, 1.0, 90).reshape(30, 3) ** 3
    return X, np.arange(30) % 2


def logistic_regression() -> Case:
    from sklearn.linear_model import LogisticRegression

    X, y = _data()
    return Case(LogisticRegression(C=0.5).fit, (X, y), result=lambda fitted: (fitted.coef_, fitted.n_iter_))


def global_random_state() -> Case:
    from sklearn.linear_model import SGDRegressor

    X, y = _data()
    # No random_state: what it draws comes from NumPy's global generator.
    return Case(SGDRegressor(max_iter=5, tol=None).fit, (X, y * 1.0), result=lambda fitted: fitted.coef_)


def random_forest() -> Case:
    from sklearn.ensemble import RandomForestClassifier

    X, y = _data()
    forest = RandomForestClassifier(4, random_state=0)
    return Case(forest.fit, (X, y), result=lambda fitted: fitted.predict_proba(X))


def kmeans_fit_predict() -> Case:
    from sklearn.cluster import KMeans

    X, _ = _data()
    return Case(KMeans(2, n_init=1, random_state=0).fit_predict, (X,))


def transformer_fit_transform() -> Case:
    from sklearn.preprocessing import StandardScaler

    X, _ = _data()
    return Case(StandardScaler().fit_transform, (X,))


def pipeline_with_a_step_of_the_users(inside: Inside | None) -> Case:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    class Halve(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            if inside is not None:
                inside()
            return self

        def transform(self, X: Any) -> Any:
            return X / 2

    X, y = _data()
    pipeline = make_pipeline(Halve(), Ridge())
    return Case(pipeline.fit, (X, y), result=lambda fitted: fitted[-1].coef_)


@cache
def _mean_class() -> Any:
    from sklearn.base import BaseEstimator, RegressorMixin

    class Mean(RegressorMixin, BaseEstimator):
        def __init__(self, shift: float = 0.0) -> None:
            self.shift = shift

        def fit(self, X: Any, y: Any) -> Any:
            """Remember the mean."""
            self.mean_ = y.mean() + self.shift
            return self

        def predict(self, X: Any) -> Any:
            return X[:, 0] * 0 + self.mean_

    return Mean


def estimator_of_the_users() -> Case:
    X, y = _data()
    return Case(_mean_class()(shift=1.0).fit, (X, y), result=lambda fitted: fitted.mean_)


class TestSklearn(Conformance):
    integration = "sklearn"
    trainings = [
        Training("estimator_fit", logistic_regression),
        Training("estimator_fit", global_random_state),
        Training("estimator_fit", random_forest),
        Training("estimator_fit", kmeans_fit_predict),
        Training("estimator_fit", transformer_fit_transform, runs=0),
        Training("estimator_fit", pipeline_with_a_step_of_the_users),
        Training("estimator_fit", estimator_of_the_users),
    ]
