"""Parameters: values, nesting, and which were chosen."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators

from fitscribe_sklearn.deep_params import deep_params
from fitscribe_sklearn.parameters import read_parameters

X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]


def test_values_keep_their_types_and_the_chosen_ones_are_named(only_run: Any) -> None:
    LogisticRegression(C=0.5, max_iter=100, random_state=0).fit(X, y)
    run = only_run()
    assert run.params["C"] == 0.5 and run.params["max_iter"] == 100 and run.params["fit_intercept"] is True
    assert run.params["class_weight"] is None
    assert sorted(run.changed) == ["C", "random_state"]


def test_nested_parameters_have_scikit_learns_own_names(only_run: Any) -> None:
    Pipeline([("scale", StandardScaler(with_mean=False)), ("model", LogisticRegression(C=3.0))]).fit(X, y)
    run = only_run()
    assert run.params["scale__with_mean"] is False and run.params["model__C"] == 3.0
    assert run.params["model"] == "LogisticRegression"
    assert run.params["steps"] == [("scale", "StandardScaler"), ("model", "LogisticRegression")]
    assert {"scale__with_mean", "model__C"} <= set(run.changed)
    assert not {"scale__with_std", "model__tol"} & set(run.changed)


def test_deeper_nesting() -> None:
    voting = VotingClassifier([("forest", RandomForestClassifier(7)), ("linear", LogisticRegression())])
    prepare = ColumnTransformer([("categories", OneHotEncoder(dtype=np.int8), [0])])
    search = GridSearchCV(
        Pipeline([("prepare", prepare), ("model", voting)]), {"model__forest__max_depth": [2, 3]}, cv=2
    )
    found = read_parameters(search)
    assert found.values["estimator__model__forest__n_estimators"] == 7
    assert found.values["estimator__model"] == "VotingClassifier"
    assert found.values["param_grid"] == {"model__forest__max_depth": [2, 3]}
    assert found.values["estimator__prepare__categories__dtype"] == "numpy:int8"
    assert {"cv", "estimator__model__forest__n_estimators", "estimator__prepare__categories__dtype"} <= set(
        found.changed
    )
    assert "estimator__model__forest__max_depth" not in found.changed
    assert found.missing == ""


ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    (),
    (LogisticRegression(),),
    (LogisticRegression(), {}),
    ([("linear", LogisticRegression())],),
    ([("scale", StandardScaler(), [0])],),
)


def _made(cls: type) -> list[Any]:
    """Estimators of a class, as far as it takes what there is."""
    made = []
    for arguments in ARGUMENTS:
        try:
            made.append(cls(*arguments))
        except TypeError:
            continue
    return made


@pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning")
def test_the_same_as_get_params_of_all_of_scikit_learn() -> None:
    estimators = [each for _, cls in all_estimators() for each in _made(cls)]
    assert len(estimators) > 300
    for estimator in estimators:
        for each in (estimator, GridSearchCV(make_pipeline(StandardScaler(), estimator), {})):
            expected, found = each.get_params(), deep_params(each)
            assert list(found) == list(expected)
            assert all(found[name] is value or found[name] == value for name, value in expected.items())


@pytest.mark.parametrize("steps", [None, 3, "abc", [], [("a",)], [("a", None), ("b", "drop")]])
def test_the_same_as_get_params_of_a_pipeline_that_is_none(steps: Any) -> None:
    pipeline = Pipeline(steps)
    try:
        expected = list(pipeline.get_params().items())
    except Exception as error:
        with pytest.raises(type(error)):
            deep_params(pipeline)
        return
    assert list(deep_params(pipeline).items()) == expected


@pytest.mark.parametrize(
    ("estimator", "changed"),
    [
        (LogisticRegression(C=1), []),  # the default is 1.0
        (LogisticRegression(C=np.float64(1.0)), []),
        (LogisticRegression(fit_intercept=1), ["fit_intercept"]),  # not the default True
        (SelectKBest(f_classif, k=10), []),
        (SelectKBest(lambda X, y: (y, y)), ["score_func"]),
        (MLPClassifier(hidden_layer_sizes=(100,)), []),
        (MLPClassifier(hidden_layer_sizes=[100]), ["hidden_layer_sizes"]),
        (MLPClassifier(hidden_layer_sizes=(100, 50)), ["hidden_layer_sizes"]),
        (RidgeCV(alphas=(0.1, 1.0, 10.0)), []),
        (RidgeCV(alphas=np.array([0.1, 1.0, 10.0])), ["alphas"]),
    ],
)
def test_what_differs_from_the_default(estimator: Any, changed: list[str]) -> None:
    assert read_parameters(estimator).changed == changed


def test_nan_equals_the_default_nan() -> None:
    class Imputing(BaseEstimator):
        def __init__(self, missing: float = float("nan")) -> None:
            self.missing = missing

    assert read_parameters(Imputing()).changed == []
    assert read_parameters(Imputing(0.0)).changed == ["missing"]


class Fails(BaseEstimator):
    def __init__(self, depth: int = 1) -> None:
        self.depth = depth

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        raise ZeroDivisionError("mine")

    def fit(self, X: Any, y: Any = None) -> Fails:
        return self


class FailsDeep(Fails):
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        if deep:
            raise ZeroDivisionError("mine")
        return {"depth": self.depth}


class GivesNonsense(Fails):
    def get_params(self, deep: bool = True) -> Any:
        return {1: 2}


class VariableArguments(Fails):
    def __init__(self, *layers: int) -> None:
        self.layers = layers

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return BaseEstimator.get_params(self, deep)


@pytest.mark.parametrize("cls", [Fails, GivesNonsense, VariableArguments])
def test_get_params_that_fails_is_said_on_the_run(cls: type, only_run: Any) -> None:
    model = cls()
    assert model.fit(X, y) is model
    run = only_run()
    assert run.status == "finished" and run.params == {}
    assert any(each["what"] == "parameters" and "get_params" in each["why"] for each in run.unseen)


def test_what_can_be_read_without_the_nested_ones_is_kept(only_run: Any) -> None:
    FailsDeep(depth=3).fit(X, y)
    run = only_run()
    assert run.params == {"depth": 3}
    assert "ZeroDivisionError: mine" in run.unseen[0]["why"]


def test_huge_values_are_summarised(only_run: Any) -> None:
    class Keeps(Fails):
        get_params = BaseEstimator.get_params

        def __init__(self, table: Any = None, text: str = "", items: Any = ()) -> None:
            self.table, self.text, self.items = table, text, items

    Keeps(np.zeros((2000, 500)), "long " * 2000, list(range(100_000))).fit(X, y)
    params = only_run().params
    assert params["table"]["shape"] == [2000, 500] and "values" not in params["table"]
    assert params["text"] == "long " * 2000
    assert params["items"] == {"type": "list", "length": 100_000}


def test_a_broken_repr_harms_nothing(only_run: Any) -> None:
    class Strange:
        def __repr__(self) -> str:
            raise ValueError("mine")

    class Keeps(Fails):
        get_params = BaseEstimator.get_params

        def __init__(self, thing: Any = None) -> None:
            self.thing = thing

        __repr__ = Strange.__repr__

    Keeps(Strange()).fit(X, y)
    assert "ValueError" in only_run().params["thing"]


def test_a_parameter_that_contains_itself_ends() -> None:
    tree: dict[str, Any] = {"name": "root"}
    tree["children"] = [{"parent": tree, "number": number} for number in range(900)]

    class Walking(Ridge):
        def __init__(self, tree: Any = None) -> None:
            super().__init__()
            self.tree = tree

    values = read_parameters(Walking(tree)).values
    children = values["tree"]["children"]
    assert children[899] == {"parent": {"type": "dict", "length": 2}, "number": 899}


def test_defaults_are_known_to_other_threads_when_they_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(LogisticRegression):
        def __init__(self, C: float = 1.0) -> None:
            super().__init__(C=C)

    read, found = inspect.signature, []

    def signature(of: Any) -> inspect.Signature:
        if of is Own.__init__:
            monkeypatch.setattr(inspect, "signature", read)
            found.append(read_parameters(Own()).changed)  # as another thread does at the same moment
        return read(of)

    monkeypatch.setattr(inspect, "signature", signature)
    assert read_parameters(Own()).changed == [] and found == [[]]
