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


NO_GENERATORS = {"loky": "no process sends a generator to another"}
OPEN_AT_THE_END = {"fork": "a fork that ends by os._exit ends no run that was open for more steps"}


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


def search(inside: Inside | None) -> Case:
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV

    class Calling(Ridge):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            if inside is not None:
                inside()
            return super().fit(X, y, sample_weight)

    X, y = _data()
    grid = GridSearchCV(Calling(), {"alpha": [0.1, 1.0]}, cv=2, error_score="raise")
    return Case(grid.fit, (X, y * 1.0), result=lambda fitted: fitted.cv_results_["mean_test_score"])


def cross_validation() -> Case:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    X, y = _data()
    return Case(cross_val_score, (LogisticRegression(), X, y), {"cv": 2})


def steps_of_a_training() -> Case:
    from sklearn.linear_model import SGDClassifier

    X, y = _data()
    model = SGDClassifier(random_state=0)
    return Case(model.partial_fit, (X, y), {"classes": [0, 1]}, result=lambda fitted: fitted.coef_)


def _held_out() -> tuple[Any, Any, Any, Any, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    return LogisticRegression(), *train_test_split(*_data(), random_state=0)


def prediction() -> Case:
    model, X_train, X_test, y_train, y_test = _held_out()

    def fit() -> None:
        model.fit(X_train, y_train)
        assert len(y_test) == len(X_test)  # alive: what is predicted is evaluated with them

    return Case(model.predict, (X_test,), setup=fit)


def score() -> Case:
    model, X_train, X_test, y_train, y_test = _held_out()
    return Case(model.score, (X_test, y_test), setup=lambda: model.fit(X_train, y_train))


def transformation() -> Case:
    from sklearn.preprocessing import StandardScaler

    X, _ = _data()
    scaler = StandardScaler()
    return Case(scaler.transform, (X,), setup=lambda: scaler.fit(X))


def metric() -> Case:
    from sklearn.metrics import f1_score

    model, X_train, X_test, y_train, y_test = _held_out()
    found = y_test * 0

    def predict() -> None:
        found[:] = model.fit(X_train, y_train).predict(X_test)

    return Case(f1_score, (y_test, found), {"average": "macro"}, setup=predict)


def calibration() -> Case:
    from sklearn.calibration import calibration_curve

    model, X_train, X_test, y_train, y_test = _held_out()
    found = y_test * 0.0

    def predict() -> None:
        found[:] = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]

    return Case(calibration_curve, (y_test, found), {"n_bins": 3}, setup=predict)


def dataset() -> Case:
    from sklearn.datasets import load_iris

    return Case(load_iris, (), {"return_X_y": True})


def split() -> Case:
    from sklearn.model_selection import train_test_split

    return Case(train_test_split, _data(), {"random_state": 0})


def folds() -> Case:
    from sklearn.model_selection import KFold

    return Case(KFold(3).split, _data(), result=list)


def shuffled_folds() -> Case:
    from sklearn.model_selection import ShuffleSplit

    return Case(ShuffleSplit(2).split, _data(), result=list)


def repeated_folds() -> Case:
    from sklearn.model_selection import RepeatedKFold

    return Case(RepeatedKFold(n_splits=2, n_repeats=2).split, _data(), result=list)


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
        Training("estimator_partial_fit", steps_of_a_training, limits=OPEN_AT_THE_END),
        Training("estimator_use", prediction, run_of="estimator_fit"),
        Training("estimator_use", score, run_of="estimator_fit"),
        Training("estimator_transform", transformation, runs=0),
        Training("estimator_step", pipeline_with_a_step_of_the_users, run_of="estimator_fit", name="steps"),
        Training("search_round", search, run_of="estimator_fit"),
        Training("cross_validation", cross_validation),
        Training("fold", cross_validation, run_of="cross_validation", name="fold"),
        Training("folds", cross_validation, run_of="cross_validation", name="after_the_folds"),
        Training("metric", metric, run_of="estimator_fit"),
        Training("calibration_curve", calibration, run_of="estimator_fit"),
        Training("dataset", dataset, runs=0),
        Training("train_test_split", split, runs=0),
        Training("splitter_split", folds, runs=0, limits=NO_GENERATORS),
        Training("shuffle_split", shuffled_folds, runs=0, limits=NO_GENERATORS),
        Training("repeated_split", repeated_folds, runs=0, limits=NO_GENERATORS),
    ]
