"""What opens a run, and what is preparation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import (
    base,
    cluster,
    compose,
    decomposition,
    ensemble,
    feature_extraction,
    feature_selection,
    impute,
    linear_model,
    manifold,
    mixture,
    model_selection,
    neighbors,
    pipeline,
    preprocessing,
)

from fitscribe_sklearn.kinds import Kind, kind_of

LINEAR = linear_model.LogisticRegression()
SCALER = preprocessing.StandardScaler()


class OwnScaler(base.TransformerMixin, base.BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> OwnScaler:
        return self

    def transform(self, X: Any) -> Any:
        return X


class MixinsInTheWrongOrder(base.BaseEstimator, base.ClassifierMixin):
    def fit(self, X: Any, y: Any) -> MixinsInTheWrongOrder:
        return self


class NoMixin(base.BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> NoMixin:
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))


class TransformsAndPredicts(NoMixin):
    def transform(self, X: Any) -> Any:
        return X


class BrokenTags(NoMixin):
    @property
    def _estimator_type(self) -> str:
        raise RuntimeError("mine")

    def __sklearn_tags__(self) -> Any:
        raise RuntimeError("mine")


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (LINEAR, Kind.CLASSIFIER),
        (linear_model.Ridge(), Kind.REGRESSOR),
        (cluster.KMeans(), Kind.CLUSTERER),
        (ensemble.IsolationForest(), Kind.OUTLIER_DETECTOR),
        (mixture.GaussianMixture(), Kind.DENSITY_ESTIMATOR),
        (neighbors.NearestNeighbors(), Kind.OTHER),
        (SCALER, Kind.TRANSFORMER),
        (preprocessing.OneHotEncoder(), Kind.TRANSFORMER),
        (preprocessing.LabelEncoder(), Kind.TRANSFORMER),
        (impute.SimpleImputer(), Kind.TRANSFORMER),
        (feature_extraction.text.CountVectorizer(), Kind.TRANSFORMER),
        (feature_extraction.text.TfidfVectorizer(), Kind.TRANSFORMER),
        (feature_selection.SelectKBest(), Kind.TRANSFORMER),
        (feature_selection.SelectFromModel(LINEAR), Kind.TRANSFORMER),
        (feature_selection.RFE(LINEAR), Kind.CLASSIFIER),
        (decomposition.PCA(), Kind.TRANSFORMER),
        (manifold.TSNE(), Kind.OTHER),
        (manifold.MDS(), Kind.OTHER),
        (compose.ColumnTransformer([("scale", SCALER, [0])]), Kind.TRANSFORMER),
        (pipeline.make_union(SCALER), Kind.TRANSFORMER),
        (pipeline.make_pipeline(SCALER, decomposition.PCA()), Kind.TRANSFORMER),
        (pipeline.make_pipeline(SCALER, "passthrough"), Kind.TRANSFORMER),
        (pipeline.make_pipeline(SCALER, LINEAR), Kind.CLASSIFIER),
        (pipeline.make_pipeline(SCALER, cluster.KMeans()), Kind.CLUSTERER),
        (pipeline.make_pipeline(SCALER, NoMixin()), Kind.OTHER),
        (model_selection.GridSearchCV(LINEAR, {}), Kind.CLASSIFIER),
        (model_selection.GridSearchCV(decomposition.PCA(), {}), Kind.OTHER),
        (OwnScaler(), Kind.TRANSFORMER),
        (MixinsInTheWrongOrder(), Kind.CLASSIFIER),
        (NoMixin(), Kind.OTHER),
        (TransformsAndPredicts(), Kind.OTHER),
        (BrokenTags(), Kind.OTHER),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, Kind) else value.value,
)
def test_kind(estimator: Any, kind: Kind) -> None:
    assert kind_of(estimator) is kind


def test_frozen_estimators_are_not_trained(runs: Any) -> None:
    frozen = pytest.importorskip("sklearn.frozen").FrozenEstimator
    model = linear_model.LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    assert len(runs()) == 1
    frozen(model).fit([[5.0], [6.0]], [0, 1])
    assert len(runs()) == 1


def test_preparation_opens_no_run(runs: Any) -> None:
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2
    preprocessing.StandardScaler().fit(X)
    preprocessing.StandardScaler().fit_transform(X)
    preprocessing.OneHotEncoder().fit_transform(X)
    preprocessing.LabelEncoder().fit_transform(y)
    impute.SimpleImputer().fit(X)
    feature_extraction.text.TfidfVectorizer().fit_transform(["a text", "another text"])
    decomposition.PCA(1).fit_transform(X)
    OwnScaler().fit(X)
    OwnScaler().fit_transform(X)
    pipeline.make_pipeline(SCALER, decomposition.PCA(1)).fit_transform(X)
    assert runs() == []


def test_what_preparation_trains_inside_of_it_belongs_to_it(runs: Any) -> None:
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    feature_selection.SelectFromModel(linear_model.LogisticRegression()).fit(X, y)
    binning = preprocessing.KBinsDiscretizer(3, strategy="kmeans", encode="ordinal", subsample=None)
    binning.fit(np.linspace(0, 1, 20)[:, None])
    assert runs() == []
    linear_model.LogisticRegression().fit(X, y)
    assert len(runs()) == 1


def test_an_embedding_that_only_has_fit_transform_is_a_training(only_run: Any) -> None:
    class Embedding(base.BaseEstimator):
        def fit_transform(self, X: Any, y: Any = None) -> Any:
            self.embedding_ = np.asarray(X)[:, :1]
            return self.embedding_

    X = np.arange(8.0).reshape(4, 2)
    assert Embedding().fit_transform(X).shape == (4, 1)
    assert only_run().name == "Embedding"
