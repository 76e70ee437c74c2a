"""Metrics on the training data: which, of what, and when not."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    RidgeClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import fitscribe
from fitscribe_sklearn import costs, predictions
from fitscribe_sklearn.parameters import read_parameters
from fitscribe_sklearn.predictions import TooSlow, predict, untouched_random_state
from fitscribe_sklearn.stateless import PREDICT_IS_ARGMAX, PREDICT_IS_ARGMAX_OF_DECISION, objection

X, y = load_iris(return_X_y=True)


def reasons(run: Any) -> list[str]:
    return [each["why"] for each in run.unseen if each["what"] == "evaluation on the training data"]


def test_two_classes_have_the_metrics_of_the_positive_one(only_run: Any) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    run = only_run()
    labels, scores = model.predict(X), model.predict_proba(X)
    expected = {
        "train/accuracy": metrics.accuracy_score(y, labels),
        "train/balanced_accuracy": metrics.balanced_accuracy_score(y, labels),
        "train/f1": metrics.f1_score(y, labels),
        "train/precision": metrics.precision_score(y, labels),
        "train/recall": metrics.recall_score(y, labels),
        "train/log_loss": metrics.log_loss(y, scores),
        "train/roc_auc": metrics.roc_auc_score(y, scores[:, 1]),
    }
    assert run.metrics == pytest.approx(expected, abs=1e-12)
    assert {"train/confusion_matrix", "train/roc", "train/pr"} <= {each["name"] for each in run.artifacts}


def test_more_classes_have_averages_in_the_name(only_run: Any) -> None:
    RandomForestClassifier(5, random_state=0).fit(X, y)
    found = only_run().metrics
    assert {"train/f1_macro", "train/f1_weighted", "train/recall_macro"} <= set(found)
    assert "train/f1" not in found


def test_the_forests_labels_are_its_most_probable_classes(only_run: Any) -> None:
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = RandomForestClassifier(3, max_depth=1, random_state=0).fit(X, names)
    assert only_run().metrics["train/accuracy"] == pytest.approx(model.score(X, names), abs=1e-12)


def test_a_regression(only_run: Any) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = Ridge().fit(X, y)
    run = only_run()
    assert run.metrics["train/r2"] == pytest.approx(model.score(X, y), abs=1e-12)
    assert set(run.metrics) == {"train/r2", "train/mae", "train/rmse"}
    assert "train/residuals" in {each["name"] for each in run.artifacts}


def test_several_outputs_of_a_regression_are_averaged(only_run: Any) -> None:
    Y = np.stack([y, 2.0 * y], axis=1)
    model = LinearRegression().fit(X, Y)
    assert only_run().metrics["train/r2"] == pytest.approx(model.score(X, Y), abs=1e-12)


def test_several_columns_of_classes_are_not_evaluated(only_run: Any) -> None:
    RandomForestClassifier(3).fit(X, np.stack([y, y], axis=1))
    run = only_run()
    assert run.metrics == {} and reasons(run) == ["the target has several columns of classes"]


def test_one_class_only(only_run: Any) -> None:
    DecisionTreeClassifier().fit(X, np.zeros(len(X), dtype=int))
    run = only_run()
    assert run.metrics["train/accuracy"] == 1.0
    assert "train/roc_auc" in {each["what"] for each in run.unseen}


def test_scores_that_are_no_probabilities_give_no_log_loss(only_run: Any) -> None:
    RidgeClassifier().fit(X, y == 1)
    run = only_run()
    assert "train/roc_auc" in run.metrics and "train/log_loss" not in run.metrics
    assert ("train/log_loss", "the scores are not probabilities") in [
        (each["what"], each["why"]) for each in run.unseen
    ]


def test_more_rows_than_a_thousand_are_thinned_and_that_is_said(only_run: Any) -> None:
    X = np.random.default_rng(0).normal(size=(2500, 3))
    y = (X[:, 0] > 0).astype(int)
    model = LogisticRegression().fit(X, y)
    run = only_run()
    assert run.metrics["train/accuracy"] == pytest.approx(model.score(X[::3], y[::3]), abs=1e-12)
    said = {each["what"]: each["why"] for each in run.unseen}
    assert said["train metrics on all rows"] == "taken from 834 evenly spaced rows of 2,500"


def test_few_rows_of_wide_data() -> None:
    assert predictions.thinning(np.empty((1000, 1_000_000), dtype=np.int8), 1000) == 32
    assert predictions.thinning(np.empty((1000, 10)), 1000) == 1


def test_what_predicts_too_slowly_is_left_out() -> None:
    model = KNeighborsClassifier(algorithm="brute").fit(X, y)
    with pytest.raises(TooSlow, match="predicting 150 rows would take about"):
        predict(model, X, 150, allowed_s=0.0)


CHEAP = [
    LogisticRegression(max_iter=1000),
    DecisionTreeRegressor(),
    RandomForestClassifier(),
    ExtraTreesRegressor(200),
    AdaBoostClassifier(),
    BaggingClassifier(),
    make_pipeline(StandardScaler(), RandomForestClassifier()),
    make_pipeline("passthrough", MinMaxScaler(), GaussianNB()),
]
NOT_KNOWN = [
    SVC(),
    RandomForestClassifier(201),
    BaggingClassifier(GaussianNB()),
    GradientBoostingClassifier(),
    VotingClassifier([("tree", DecisionTreeClassifier()), ("svc", SVC())]),
    make_pipeline(PCA(), RandomForestClassifier()),
]


@pytest.mark.filterwarnings("ignore:The SAMME.R algorithm")
@pytest.mark.parametrize(
    ("model", "is_cheap"), [(each, True) for each in CHEAP] + [(each, False) for each in NOT_KNOWN]
)
def test_what_is_cheap_is_told_by_what_it_is_made_of(
    model: Any, is_cheap: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = count(step=10)  # each look at the clock takes ten seconds
    monkeypatch.setattr(predictions, "thread_time", lambda: next(busy))
    model = clone(model).fit(X, y)
    if is_cheap:
        assert predict(model, X, 150, allowed_s=0.02).labels.shape == (150,)
    else:
        with pytest.raises(TooSlow):
            predict(model, X, 150, allowed_s=0.02)


def test_a_pipeline_of_wide_data_is_timed() -> None:
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(X, y)
    assert costs.is_cheap(model, X, 150)
    assert not costs.is_cheap(model, np.empty((1000, 2000), dtype=np.int8), 1000)


def test_what_is_known_to_be_cheap_predicts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    original = LogisticRegression.predict_proba
    model = LogisticRegression(max_iter=1000).fit(X, y)
    monkeypatch.setattr(LogisticRegression, "predict", lambda self, data: asked.append(len(data)))

    def predict_proba(self: Any, data: Any) -> Any:
        asked.append(len(data))
        return original(self, data)

    monkeypatch.setattr(LogisticRegression, "predict_proba", predict_proba)
    predict(model, X, 150, allowed_s=1.0)
    monkeypatch.setattr(costs, "PRODUCTS", 10)
    predict(model, X, 150, allowed_s=1.0)
    assert asked == [150, 32, 150]


def test_a_search_is_evaluated_by_its_best_candidate(only_run: Any) -> None:
    search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=3).fit(X, y)
    run = only_run()
    assert run.metrics["train/accuracy"] == pytest.approx(search.score(X, y), abs=1e-12)
    assert run.facts["best_params_"] == search.best_params_
    assert run.facts["best_score_"] == search.best_score_


def test_a_search_without_refit(only_run: Any) -> None:
    GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=3, refit=False).fit(X, y)
    assert reasons(only_run()) == ["the search was not refitted"]


def test_clusters_have_facts_and_no_accuracy(only_run: Any) -> None:
    model = KMeans(3, n_init=1, random_state=0)
    labels = model.fit_predict(X)
    run = only_run()
    assert (labels == model.labels_).all()
    assert run.metrics == {"train/inertia": model.inertia_}
    assert [each["what"] for each in run.unseen] == ["train/inertia of each iteration"]
    assert run.facts["inertia_"] == model.inertia_ and run.facts["clusters"] == 3
    assert sum(run.facts["cluster_sizes"].values()) == 150


class CountsCalls(ClassifierMixin, BaseEstimator):
    calls = 0

    def fit(self, X: Any, y: Any) -> CountsCalls:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        type(self).calls += 1
        return np.full(len(X), self.classes_[0])


class DrawsInPredict(RegressorMixin, BaseEstimator):
    def fit(self, X: Any, y: Any) -> DrawsInPredict:
        return self

    def predict(self, X: Any) -> Any:
        return np.random.normal(size=len(X)) + random.random()


class CountingTree(DecisionTreeClassifier):
    calls = 0

    def predict(self, X: Any, check_input: bool = True) -> Any:
        type(self).calls += 1
        return super().predict(X, check_input)


def test_predict_of_the_users_own_is_never_called(runs: Any) -> None:
    CountsCalls().fit(X, y)
    make_pipeline(StandardScaler(), CountsCalls()).fit(X, y)
    BaggingClassifier(CountsCalls(), n_estimators=2).fit(X, y)
    CountingTree().fit(X, y)
    assert CountsCalls.calls == CountingTree.calls == 0
    assert all(len(reasons(run)) == 1 and not run.metrics for run in runs())
    assert "predict of CountsCalls is not scikit-learn's own code" in reasons(runs()[0])


def test_a_predict_that_draws_leaves_the_random_state_alone(only_run: Any) -> None:
    np.random.seed(7)
    random.seed(7)
    DrawsInPredict().fit(X, y)
    drawn = np.random.random(), random.random()
    np.random.seed(7)
    random.seed(7)
    assert drawn == (np.random.random(), random.random())


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (SVC(kernel=lambda a, b: a @ b.T), "predict may call"),
        (KNeighborsClassifier(metric=lambda a, b: 0.0, algorithm="brute"), "predict may call"),
        (KNeighborsClassifier(), "may count in its tree"),
        (KNeighborsClassifier(algorithm="brute"), ""),
        (make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression()), "predict may call"),
        (make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()), ""),
        (make_pipeline(StandardScaler(copy=False), Ridge()), "standardscaler__copy=False lets the fit"),
        (LinearRegression(copy_X=False), "copy_X=False lets the fit overwrite its data"),
        (DummyClassifier(strategy="stratified"), "draws random numbers"),
        (DummyClassifier(), ""),
        (GridSearchCV(LogisticRegression(), {}, scoring=lambda *a: 0.0), "GridSearchCV"),
        (LogisticRegression(random_state=np.random.RandomState(0)), ""),
    ],
)
def test_objections(model: Any, reason: str) -> None:
    found = objection(model, read_parameters(model).raw)
    assert reason in found if reason else found == ""


def test_a_replaced_predict_is_not_called(only_run: Any) -> None:
    model = LogisticRegression(max_iter=1000)
    model.predict = lambda X: pytest.fail("called")
    model.fit(X, y)
    assert reasons(only_run()) == ["predict of this LogisticRegression was replaced"]


def test_in_place_fits_are_not_evaluated_on_what_they_left(only_run: Any) -> None:
    LinearRegression(copy_X=False).fit(X.copy(), y)
    assert only_run().metrics == {}


def test_the_random_state_is_put_back() -> None:
    np.random.seed(3)
    random.seed(3)
    with untouched_random_state():
        np.random.random(5)
        random.random()
    drawn = np.random.random(), random.random()
    np.random.seed(3)
    random.seed(3)
    assert drawn == (np.random.random(), random.random())


def test_options_are_honoured(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODELS", "DATASETS", "EVALUATION"):
        monkeypatch.setenv(f"FITSCRIBE_{name}", "0")
    LogisticRegression(max_iter=1000).fit(X, y)
    run = only_run()
    assert run.metrics == {} and run.datasets == [] and run.status == "finished"
    assert {each["name"] for each in run.artifacts} == {"coefficients"}
    assert run.facts["n_features_in_"] == 4


ONE_PASS = [
    BaggingClassifier(n_estimators=3),
    BernoulliNB(),
    GaussianNB(),
    LinearDiscriminantAnalysis(),
    LogisticRegression(max_iter=1000),
    LogisticRegressionCV(cv=2, max_iter=1000),
    MultinomialNB(),
    QuadraticDiscriminantAnalysis(),
    RandomForestClassifier(3),
]


@pytest.mark.parametrize("model", ONE_PASS, ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.filterwarnings("ignore:The default")
@pytest.mark.filterwarnings("ignore:The fitted attributes")
def test_labels_taken_from_the_probabilities_are_those_of_predict(model: Any, classes: int) -> None:
    assert type(model).__name__ in PREDICT_IS_ARGMAX | PREDICT_IS_ARGMAX_OF_DECISION
    data, target = X[y < classes], y[y < classes]
    # Far away all but one of the probabilities are zero, and the decision values differ still.
    far = np.vstack([data, data * 1e4, np.zeros_like(data), -1e4 * data])
    with fitscribe.suppress():
        model.fit(data, target)
    found = predict(model, far, len(far), allowed_s=float("inf"))
    np.testing.assert_array_equal(found.labels, model.predict(far))
    np.testing.assert_array_equal(found.scores, model.predict_proba(far))


def test_a_replaced_method_that_predict_calls_is_not_called(only_run: Any) -> None:
    model = LinearRegression()
    counted: list[int] = []
    decide = model._decision_function

    def counting(data: Any) -> Any:
        counted.append(len(data))
        return decide(data)

    model._decision_function = counting
    model.fit(X, y)
    assert counted == []
    assert reasons(only_run()) == ["_decision_function of this LinearRegression was replaced"]
