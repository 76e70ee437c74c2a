"""What `score` gives: the value under its own name, and the evaluation of what was predicted inside of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_regressor
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import RFE, RFECV
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    RANSACRegressor,
    Ridge,
)
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier
from tests.sklearn.held_out import DIABETES, IRIS, LABELS, held_out, points, reasons, records, split, unseen


@pytest.mark.parametrize("model", [LogisticRegression(max_iter=5000), Ridge()], ids=["accuracy", "r2"])
def test_score_gives_its_value_and_what_it_is_made_of(only_run: Any, model: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    model = clone(model).fit(X_train, y_train)
    value = model.score(X_test, y_test)
    run = only_run()
    name = "r2" if isinstance(model, Ridge) else "accuracy"
    assert run.metrics[f"test/{name}"] == value and points(run, f"test/{name}") == [value]
    assert ("test/rmse" if name == "r2" else "test/f1") in run.metrics
    assert ("test/residuals" if name == "r2" else "test/confusion_matrix") in records(run)


def test_score_of_pipelines_and_searches(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    pipeline.fit(X_train, y_train).score(X_test, y_test)
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=3, scoring="roc_auc")
    value = search.fit(X_train, y_train).score(X_test, y_test)
    predicted = search.predict(X_test)
    of_pipeline = next(run for run in runs() if run.name == "Pipeline")
    of_search = next(run for run in runs() if run.name == "GridSearchCV")
    matrix = unseen.confusion_matrix(y_test, pipeline.predict(X_test)).tolist()
    assert records(of_pipeline)["test/confusion_matrix"]["counts"] == matrix
    assert set(held_out(of_pipeline)) == {f"test/{name}" for name in LABELS}
    assert of_search.metrics["test/roc_auc"] == value and len(points(of_search, "test/roc_auc")) == 1
    accuracy = unseen.accuracy_score(y_test, predicted)
    assert of_search.metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-12)


def test_scores_that_are_no_accuracy(runs: Any) -> None:
    X_train, X_test = train_test_split(IRIS[0], random_state=0)
    value = KMeans(3, n_init=1, random_state=0).fit(X_train).score(X_test)
    run = runs()[-1]
    assert held_out(run) == {"test/score": value}
    assert not any("score" in each["what"] for each in run.unseen)


class HasItsOwnScore(ClassifierMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> HasItsOwnScore:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])

    def score(self, X: Any, y: Any) -> float:
        self.predict(X[:2])
        return 0.25


def test_a_score_of_the_users_own_is_a_score(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    HasItsOwnScore().fit(X_train, y_train).score(X_test, y_test)
    run = only_run()
    assert held_out(run) == {"test/score": 0.25}
    assert reasons(run)["evaluation of score on X_test"].startswith("it is no score of scikit-learn's")


def test_a_weighted_score_has_a_name_of_its_own(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    weights = np.linspace(0.1, 1, len(y_test))
    model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
    value = model.score(X_test, y_test, sample_weight=weights)
    run = only_run()
    assert run.metrics["test/accuracy[weighted]"] == value
    unweighted = unseen.accuracy_score(y_test, model.predict(X_test))
    assert run.metrics["test/accuracy"] == pytest.approx(unweighted, abs=1e-12)


@pytest.mark.parametrize(
    "model",
    [
        KNeighborsClassifier(),
        RadiusNeighborsClassifier(3.0),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        DummyClassifier(),
        LogisticRegressionCV(cv=3, max_iter=5000),
        RFE(LogisticRegression(max_iter=5000)),
        RFECV(LogisticRegression(max_iter=5000), cv=2),
        SelfTrainingClassifier(LogisticRegression(max_iter=5000)),
        KNeighborsRegressor(),
        DummyRegressor(),
        RANSACRegressor(random_state=0),
        RFE(Ridge()),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:y contains no unlabeled:UserWarning")
def test_estimators_with_a_score_of_their_own_or_of_one_in_them(only_run: Any, model: Any) -> None:
    X_train, X_test, y_train, y_test = split(DIABETES if is_regressor(model) else IRIS)
    value = clone(model).fit(X_train, y_train).score(X_test, y_test)
    run = only_run()
    found = held_out(run)
    assert found["test/r2" if is_regressor(model) else "test/accuracy"] == value
    assert ("test/rmse" if is_regressor(model) else "test/f1_macro") in found and "test/score" not in found
    assert [each["role"] for each in run.datasets] == ["train", "test"]


def test_a_score_that_computes_no_predictions_says_so(only_run: Any) -> None:
    X_train, X_test, y_train, y_test = split(DIABETES)
    model = PoissonRegressor().fit(X_train, y_train)
    value = model.score(X_test, y_test)
    run = only_run()
    assert held_out(run) == {"test/d2": value}
    assert reasons(run) == {"evaluation of score on X_test": "no predictions that it is made of were seen"}
    assert [each["role"] for each in run.datasets] == ["train", "test"]
    model.predict(X_test)
    assert only_run().unseen == [] and "test/rmse" in only_run().metrics


def own_scoring(model: Any, X: Any, y: Any) -> dict[str, float]:
    return {"first": 0.5, "second": float(len(model.predict(X[:3])))}


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        (["accuracy", "roc_auc"], "roc_auc"),
        ({"f1": "f1", "macro": make_scorer(f1_score, average="macro")}, "macro"),
        (own_scoring, "second"),
    ],
)
def test_of_several_scorers_it_is_that_of_the_refit(only_run: Any, scoring: Any, name: str) -> None:
    X_train, X_test, y_train, y_test = split()
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, scoring=scoring, refit=name, cv=2
    )
    value = search.fit(X_train, y_train).score(X_test, y_test)
    run = only_run()
    assert run.metrics[f"test/{name}"] == value and "test/score" not in run.metrics
    if name == "roc_auc":
        search.predict_proba(X_test)
        assert points(only_run(), "test/roc_auc") == [value]
    elif name == "second":
        (why,) = reasons(run).values()
        assert why.startswith("it is no score of scikit-learn's")


def test_searches_and_folds_name_it_alike(runs: Any) -> None:
    X_train, X_test, y_train, y_test = split()
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, cv=2).fit(X_train, y_train)
    value = search.score(X_test, y_test)
    cross_val_score(KNeighborsClassifier(), X_train, y_train, cv=2)
    of_search, of_folds = (run for run in runs() if run.parent is None)
    assert {"cv/accuracy", "test/accuracy"} <= set(of_search.metrics) and "cv/accuracy" in of_folds.metrics
    assert points(of_search, "test/accuracy") == [value] and "test/score" not in of_search.metrics
