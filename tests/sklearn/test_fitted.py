"""What fitted estimators say of themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN, BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, NuSVC

from fitscribe_sklearn.fitted import fitted_facts
from fitscribe_sklearn.importances import importance_records

X, y = load_iris(return_X_y=True)


def test_iterations_classes_and_features() -> None:
    with pytest.warns(match="failed to converge"):
        short = LogisticRegression(max_iter=3).fit(X, y)
    facts = fitted_facts(short)
    assert facts["n_iter_"] == 3 and facts["reached_max_iter"] is True
    assert facts["classes_"] == [0, 1, 2] and facts["n_features_in_"] == 4
    assert fitted_facts(LogisticRegression(max_iter=1000).fit(X, y))["reached_max_iter"] is False


def test_out_of_bag_score() -> None:
    model = RandomForestClassifier(30, oob_score=True, random_state=0).fit(X, y)
    assert fitted_facts(model)["oob_score_"] == model.oob_score_


def test_convergence_of_a_mixture() -> None:
    facts = fitted_facts(GaussianMixture(2, random_state=0).fit(X))
    assert facts["converged_"] is True and isinstance(facts["lower_bound_"], float)


@pytest.mark.parametrize(
    ("model", "metric", "attribute"),
    [
        (KMeans(3, n_init=1), "train/inertia", "inertia_"),
        (MiniBatchKMeans(3, n_init=1), "train/inertia", "inertia_"),
        (BisectingKMeans(3), "train/inertia", "inertia_"),
        (TSNE(perplexity=5, init="random"), "train/kl_divergence", "kl_divergence_"),
        (make_pipeline(StandardScaler(), KMeans(3, n_init=1)), "train/inertia", "inertia_"),
        (GaussianMixture(2), "train/lower_bound", "lower_bound_"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_fit_without_labels_is_judged_by(
    only_run: Any, model: Any, metric: str, attribute: str
) -> None:
    model.fit(X)
    final = model[-1] if isinstance(model, Pipeline) else model
    run = only_run()
    assert run.metrics[metric] == getattr(final, attribute)
    # A curve has no point more for it.
    points = len(final.lower_bounds_) if hasattr(final, "lower_bounds_") else 1
    assert len(run.series(metric).values) == points


def test_a_fit_with_labels_has_no_such_metric(only_run: Any) -> None:
    LogisticRegression(max_iter=1000).fit(X, y)
    assert not {"train/inertia", "train/lower_bound"} & only_run().metrics.keys()


def test_boosting_iterations_are_a_property() -> None:
    assert fitted_facts(HistGradientBoostingClassifier(max_iter=4).fit(X, y))["n_iter_"] == 4


def test_clusters_and_noise() -> None:
    facts = fitted_facts(DBSCAN(eps=0.3).fit(X))
    assert facts["noise"] == facts["cluster_sizes"]["-1"] > 0
    assert facts["clusters"] == len(facts["cluster_sizes"]) - 1


def test_facts_of_a_pipeline_are_those_of_its_last_step_too() -> None:
    facts = fitted_facts(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y))
    assert facts["n_features_in_"] == 4 and facts["n_iter_"] > 1


def test_many_classes_are_summarised() -> None:
    model = Ridge().fit(X, y)
    model.classes_ = np.arange(5000)
    assert fitted_facts(model)["classes_"]["shape"] == [5000]


def test_no_property_of_the_users_is_run() -> None:
    class Lazy(BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Lazy:
            self.n_iter_ = 3
            return self

        @property
        def feature_importances_(self) -> Any:
            pytest.fail("run")

        classes_ = n_features_in_ = coef_ = feature_importances_

    model = Lazy().fit(X)
    assert fitted_facts(model) == {"n_iter_": 3}
    assert list(importance_records(model)) == []


def test_importances_with_the_names_of_a_frame() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    ((name, record),) = importance_records(RandomForestClassifier(5, random_state=0).fit(frame, y))
    assert name == "feature_importance" and record["features"] == ["a", "b", "c", "d"]
    assert sum(record["values"]) == pytest.approx(1.0)


def test_coefficients_of_several_classes() -> None:
    model = LogisticRegression(max_iter=1000).fit(X, y)
    ((name, record),) = importance_records(model)
    assert name == "coefficients" and record["features"] == ["x0", "x1", "x2", "x3"]
    assert record["classes"] == [0, 1, 2] and record["values"] == model.coef_.tolist()
    assert record["intercept"] == model.intercept_.tolist()


def test_a_classifier_of_one_class_has_a_list_of_it() -> None:
    assert fitted_facts(DummyClassifier().fit(X, np.zeros(len(X), dtype=int)))["classes_"] == [0]


def test_of_many_classes_it_is_said_how_many_are_kept() -> None:
    classes = np.arange(60) % 30
    ((_, record),) = importance_records(RidgeClassifier().fit(np.eye(60), classes))
    assert record["rows"] == 30
    assert len(record["values"]) == len(record["classes"]) == len(record["intercept"]) == 20


@pytest.mark.parametrize("cls", [SVC, NuSVC])
def test_coefficients_of_support_vectors_are_of_pairs(cls: Any) -> None:
    labels = np.array(["setosa", "versicolor", "virginica"])[y]
    model = cls(kernel="linear").fit(X, labels)
    ((_, record),) = importance_records(model)
    assert record["classes"] == ["setosa vs versicolor", "setosa vs virginica", "versicolor vs virginica"]
    assert record["intercept"] == model.intercept_.tolist() and record["values"] == model.coef_.tolist()
    for name, weights, offset in zip(record["classes"], record["values"], record["intercept"], strict=True):
        first, second = name.split(" vs ")
        pair = (labels == first) | (labels == second)
        sides = X[pair] @ np.array(weights) + offset > 0
        assert np.mean(sides == (labels[pair] == first)) > 0.9


def test_names_of_the_features_that_steps_make() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:, :2], columns=["a", "b"])
    model = make_pipeline(PolynomialFeatures(2, include_bias=False), Ridge()).fit(frame, y)
    ((_, record),) = importance_records(model)
    assert record["features"] == ["a", "b", "a^2", "a b", "b^2"]


def test_only_the_largest_of_very_many_are_kept() -> None:
    texts = [f"word{number} word{number + 1}" for number in range(300)]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, np.arange(300) % 2)
    ((_, record),) = importance_records(model)
    assert record["of"] == 301 and len(record["features"]) == 100
    smallest = min(map(abs, record["values"][0]))
    assert smallest >= np.sort(np.abs(model[-1].coef_[0]))[-100]


def test_pls_coefficients_by_feature() -> None:
    ((_, record),) = importance_records(PLSRegression(1).fit(X, np.stack([y, -y], axis=1).astype(float)))
    assert len(record["features"]) == 4 and len(record["values"]) == 2


def test_importances_are_a_record_of_the_run(only_run: Any) -> None:
    RandomForestClassifier(5, random_state=0).fit(X, y)
    run = only_run()
    (artifact,) = [each for each in run.artifacts if each["name"] == "feature_importance"]
    assert artifact["data"]["features"] == ["x0", "x1", "x2", "x3"]
