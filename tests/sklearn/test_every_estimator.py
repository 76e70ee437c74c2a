"""Every estimator that scikit-learn has: one run or none as its kind says, and the very same result."""

from __future__ import annotations

import pickle
import random
import re
import warnings
from inspect import signature
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

from fitscribe_sklearn.kinds import Kind, kind_of

try:
    from sklearn.utils.discovery import all_estimators
except ImportError:
    from sklearn.utils import all_estimators  # before 1.3

import fitscribe

rng = np.random.default_rng(0)
X = np.abs(rng.normal(size=(60, 4))) + 0.1
LABELS = (X[:, 0] > X[:, 1]).astype(int)
NUMBERS = X @ [1.0, 2.0, 0.5, 0.1]
TEXTS = ["one text", "another text", "a third one"] * 20
SMALL = {
    "n_estimators": 2,
    "max_iter": 20,
    "n_init": 1,
    "perplexity": 5.0,
    "random_state": 0,
    "min_resources": 20,
    "max_trials": 5,
    "max_subpopulation": 20,
    "n_quantiles": 10,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "DummyClassifier": {"strategy": "stratified", "random_state": None},  # it draws when it predicts
    "GaussianRandomProjection": {"n_components": 2},
    "SparseRandomProjection": {"n_components": 2},
    "OrthogonalMatchingPursuitCV": {"max_iter": 2},
    "TSNE": {"max_iter": 250} if "max_iter" in signature(TSNE).parameters else {"n_iter": 250},
}
TIMES = re.compile("_time_$|^cv_results_$")
STEPS = [("scale", StandardScaler()), ("model", LogisticRegression())]
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "ColumnTransformer": ([("scale", StandardScaler(), [0, 1])],),
    "FeatureUnion": ([("scale", StandardScaler())],),
    "Pipeline": (STEPS,),
    "GridSearchCV": (LogisticRegression(), {"C": [0.1, 1.0]}),
    "RandomizedSearchCV": (
        LogisticRegression(),
        {"C": [0.1, 1.0]},
    ),
    "HalvingGridSearchCV": (LogisticRegression(), {"C": [0.1, 1.0]}),
    "HalvingRandomSearchCV": (LogisticRegression(), {"C": [0.1, 1.0]}),
    "VotingClassifier": (STEPS[1:],),
    "StackingClassifier": (STEPS[1:],),
    "VotingRegressor": ([("model", Ridge())],),
    "StackingRegressor": ([("model", Ridge())],),
    "RegressorChain": (Ridge(),),
    "MultiOutputRegressor": (Ridge(),),
    "SparseCoder": (np.eye(4),),
}
TAKES_A_CLASSIFIER = {
    "ClassifierChain",
    "FixedThresholdClassifier",
    "FrozenEstimator",
    "MultiOutputClassifier",
    "OneVsOneClassifier",
    "OneVsRestClassifier",
    "OutputCodeClassifier",
    "RFE",
    "RFECV",
    "SelectFromModel",
    "SelfTrainingClassifier",
    "SequentialFeatureSelector",
    "TunedThresholdClassifierCV",
}
TARGETS: dict[str, Any] = {
    "CCA": np.stack([NUMBERS, NUMBERS**2], axis=1),
    "PLSCanonical": np.stack([NUMBERS, NUMBERS**2], axis=1),
    "PLSSVD": np.stack([NUMBERS, NUMBERS**2], axis=1),
    "MultiLabelBinarizer": None,
}
for name in ("ClassifierChain", "MultiOutputClassifier"):
    TARGETS[name] = np.stack([LABELS, 1 - LABELS], axis=1)
for name in ("RegressorChain", "MultiOutputRegressor"):
    TARGETS[name] = np.stack([NUMBERS, -NUMBERS], axis=1)
for name in ("MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV"):
    TARGETS[name] = np.stack([NUMBERS, -NUMBERS], axis=1)
DATA: dict[str, Any] = {
    "CountVectorizer": TEXTS,
    "TfidfVectorizer": TEXTS,
    "HashingVectorizer": TEXTS,
    "FeatureHasher": [{"a": 1.0}] * 60,
    "DictVectorizer": [{"a": 1.0, "b": 2.0}] * 60,
    "PatchExtractor": X.reshape(15, 4, 4),
    "LabelEncoder": LABELS,
    "LabelBinarizer": LABELS,
    "MultiLabelBinarizer": [[1], [2, 3]] * 30,
    "IsotonicRegression": X[:, 0],
    "KernelCenterer": X @ X.T,
    "CategoricalNB": (X > 0.5).astype(int),
}
ONLY_TARGETS = {"LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer"}


def make(name: str, cls: Any) -> Any:
    positional = ARGUMENTS.get(name, (LogisticRegression(),) if name in TAKES_A_CLASSIFIER else ())
    model = cls(*positional)
    model.set_params(**{key: value for key, value in SMALL.items() if key in model.get_params(deep=False)})
    return model.set_params(**SETTINGS.get(name, {}))


def fit(name: str, model: Any) -> Any:
    data = DATA.get(name, X)
    if name in ONLY_TARGETS:
        return model.fit(data)
    target = TARGETS.get(name, NUMBERS if is_regressor(model) and not is_classifier(model) else LABELS)
    return model.fit(data, target)


def state() -> bytes:
    return pickle.dumps((random.getstate(), np.random.get_state()))


def fitted(name: str, model: Any) -> tuple[bytes, bytes]:
    random.seed(0)
    np.random.seed(0)
    fit(name, model)
    for attribute in [each for each in vars(model) if TIMES.search(each)]:
        delattr(model, attribute)
    return pickle.dumps(model), state()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "cls"), all_estimators(), ids=lambda value: value if type(value) is str else ""
)
def test_estimator(name: str, cls: Any, runs: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make(name, cls)
        with fitscribe.suppress():
            if name == "FrozenEstimator":
                model = cls(LogisticRegression().fit(X, LABELS))
            pattern = clone(model)
            expected = fitted(name, clone(pattern))
        found = fitted(name, clone(pattern))
    assert found == expected
    made = [run for run in runs() if run.role != "candidate"]
    kind = kind_of(pattern)
    if kind in (Kind.TRANSFORMER, Kind.FROZEN):
        assert made == []
        return
    (run,) = made
    assert run.name == name and run.status == "finished" and run.problems == []
    assert run.datasets and run.signature
    assert run.models or any(each["what"] == "model" for each in run.unseen)
    if kind in (Kind.CLASSIFIER, Kind.REGRESSOR):
        evaluated = any(each.startswith("train/") for each in run.metrics)
        assert evaluated != any(each["what"] == "evaluation on the training data" for each in run.unseen)
