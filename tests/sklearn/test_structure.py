"""The steps of composite estimators: parameters, times, shapes and columns; looking changes nothing."""

from __future__ import annotations

import gc
import pickle
import traceback
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import fitscribe

pandas = pytest.importorskip("pandas")

X, y = load_iris(return_X_y=True)
Only = Callable[[], Any]


def frame() -> Any:
    found = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    found["kind"] = ["x", "y", "z"] * 50
    return found


def steps_of(run: Any) -> dict[str, dict[str, Any]]:
    (record,) = [each["data"] for each in run.artifacts if each["name"] == "structure"]
    return {step["path"]: step for step in record["steps"]}


def test_pipeline_over_a_data_frame(only_run: Only) -> None:
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(StandardScaler(), PolynomialFeatures(include_bias=False)), ["a", "b"]),
            ("first", StandardScaler(with_mean=False), ["c"]),
            ("second", StandardScaler(), ["d"]),
            ("kinds", OneHotEncoder(), ["kind"]),
            ("nothing", "drop", ["a"]),
        ]
    )
    model = Pipeline([("prepare", columns), ("skip", "passthrough"), ("fit", LogisticRegression(C=3.0))])
    model.fit(frame(), y)
    steps = steps_of(only_run())
    assert list(steps) == [
        "",
        "prepare",
        "prepare__numbers",
        "prepare__numbers__standardscaler",
        "prepare__numbers__polynomialfeatures",
        "prepare__first",
        "prepare__second",
        "prepare__kinds",
        "prepare__nothing",
        "skip",
        "fit",
    ]
    assert {path: step["name"] for path, step in steps.items() if "__" not in path} == {
        "": "Pipeline",
        "prepare": "ColumnTransformer",
        "skip": "passthrough",
        "fit": "LogisticRegression",
    }
    assert steps[""]["parent"] is None and steps["prepare__numbers__standardscaler"]["parent"] == (
        "prepare__numbers"
    )
    assert steps["fit"]["params"] == {"C": 3.0} and steps["prepare__first"]["params"] == {"with_mean": False}
    assert steps["prepare"]["params"] == {} == steps[""]["params"]
    assert steps["prepare__numbers__polynomialfeatures"]["shape"] == [150, 5]
    assert steps["prepare__numbers__polynomialfeatures"]["columns"] == ["a", "b", "a^2", "a b", "b^2"]
    assert steps["prepare__first"]["columns"] == ["c"] and steps["prepare__second"]["columns"] == ["d"]
    assert steps["prepare__kinds"]["columns"] == ["kind_x", "kind_y", "kind_z"]
    assert steps["prepare"]["shape"] == [150, 10]
    assert steps["prepare"]["columns"][-1] == "kinds__kind_z"
    timed = {path for path, step in steps.items() if step["seconds"] is not None}
    assert timed == set(steps) - {"prepare__nothing", "skip"}
    inner = sum(step["seconds"] for step in steps.values() if step["parent"] == "prepare" and step["seconds"])
    assert 0 < inner <= steps["prepare"]["seconds"] <= steps[""]["seconds"]
    assert not [each for each in only_run().unseen if "time" in each["what"]]


def test_names_go_on_from_step_to_step(only_run: Only) -> None:
    model = make_pipeline(StandardScaler(), PolynomialFeatures(2, include_bias=False), PCA(2), Ridge())
    model.fit(frame()[["a", "b"]], y)
    steps = steps_of(only_run())
    assert steps["standardscaler"]["columns"] == ["a", "b"]
    assert steps["polynomialfeatures"]["columns"] == ["a", "b", "a^2", "a b", "b^2"]
    assert steps["pca"]["columns"] == ["pca0", "pca1"] and steps["ridge"]["columns"] is None


def test_made_up_names_are_none(only_run: Only) -> None:
    make_pipeline(StandardScaler(), Ridge()).fit(X, y)
    assert steps_of(only_run())["standardscaler"]["columns"] is None


def test_names_of_frames_that_steps_give(only_run: Only) -> None:
    class Renamed(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return X.rename(columns=str.upper)

        def get_feature_names_out(self, names: Any = None) -> Any:
            pytest.fail("run")

    make_pipeline(Renamed(), Ridge()).fit(frame()[["a", "b"]], y)
    step = steps_of(only_run())["renamed"]
    assert step["columns"] == ["A", "B"] and step["shape"] == [150, 2] and step["fits"] == 1


def test_no_names_are_asked_of_estimators_of_the_users(only_run: Only) -> None:
    class Halve(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return np.asarray(X) / 2

        def get_feature_names_out(self, names: Any = None) -> Any:
            pytest.fail("run")

    union = FeatureUnion([("halve", Halve()), ("scale", StandardScaler())])
    make_pipeline(union, Ridge()).fit(frame()[["a", "b"]], y)
    steps = steps_of(only_run())
    assert steps["featureunion__halve"]["shape"] == [150, 2] and steps["featureunion"]["shape"] == [150, 4]
    assert steps["featureunion"]["columns"] is None and steps["featureunion__halve"]["columns"] is None


def test_stacking_fits_each_once_and_its_folds_besides(only_run: Only) -> None:
    model = StackingClassifier(
        [
            ("plain", LogisticRegression(max_iter=1000)),
            ("scaled", make_pipeline(StandardScaler(), LogisticRegression())),
            ("off", "drop"),
        ],
        cv=2,
    )
    model.fit(X, y)
    assert {path: step["fits"] for path, step in steps_of(only_run()).items()} == {
        "": 1,
        "plain": 1,
        "scaled": 1,
        "scaled__standardscaler": 1,
        "scaled__logisticregression": 1,
        "off": 0,
    }


def test_two_of_a_kind_are_told_apart_by_their_order(only_run: Only) -> None:
    within: dict[int, float] = {}

    class Slow(ClassifierMixin, BaseEstimator):
        def __init__(self, rounds: int = 0) -> None:
            self.rounds = rounds

        def fit(self, X: Any, y: Any) -> Any:
            started = perf_counter()
            self.classes_ = np.unique(y)
            for _ in range(self.rounds):
                np.linalg.svd(X)
            within[self.rounds] = perf_counter() - started
            return self

        def predict(self, X: Any) -> Any:
            return np.zeros(len(X))

    VotingClassifier([("slow", Slow(30)), ("fast", Slow())]).fit(X, y)
    steps = steps_of(only_run())
    assert steps["slow"]["seconds"] >= within[30] and steps["fast"]["seconds"] >= within[0]


def test_one_for_each_output_and_each_of_a_chain(runs: Any) -> None:
    MultiOutputRegressor(Ridge()).fit(X, X[:, :3])
    ClassifierChain(LogisticRegression(max_iter=1000)).fit(X, np.stack([y == 0, y == 1], axis=1))
    outputs, chain = map(steps_of, runs())
    assert outputs["estimator"]["fits"] == 3 and outputs["estimator"]["seconds"] > 0
    (inner,) = [step for path, step in chain.items() if path]
    assert inner["fits"] == 2 and inner["name"] == "LogisticRegression"


def test_regressor_and_transformer_of_a_transformed_target(only_run: Only) -> None:
    TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(X, y * 1.0)
    steps = steps_of(only_run())
    assert steps["regressor"]["seconds"] and steps["transformer"]["seconds"]


def test_of_a_search_only_the_refit_is_looked_at(runs: Any) -> None:
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [1, 2]}, cv=3
    )
    for _ in range(2):
        # The second time it has a best estimator of the first time.
        search.fit(X, y)
    found = [run for run in runs() if run.name == "GridSearchCV"]
    for run in found:
        steps = steps_of(run)
        assert steps["estimator__standardscaler"]["fits"] == 1
        assert steps["estimator__logisticregression"]["fits"] == 1


def test_trees_of_a_forest_are_no_steps(only_run: Only) -> None:
    RandomForestClassifier(5).fit(X, y)
    assert not [each for each in only_run().artifacts if each["name"] == "structure"]


def test_estimators_of_the_users_that_hold_others(only_run: Only) -> None:
    class Mean(ClassifierMixin, BaseEstimator):
        def __init__(self, members: Any = (), judge: Any = None) -> None:
            self.members = members
            self.judge = judge

        def fit(self, X: Any, y: Any) -> Any:
            self.members_ = [clone(member).fit(X, y) for member in self.members]
            self.judge_ = clone(self.judge).fit(X, y)
            return self

    tree = DecisionTreeClassifier(max_depth=2)
    Mean([tree, make_pipeline(StandardScaler(), LogisticRegression(C=2.0))], judge=Ridge()).fit(X, y)
    steps = steps_of(only_run())
    assert list(steps) == [
        "",
        "judge",
        "members__0",
        "members__1",
        "members__1__standardscaler",
        "members__1__logisticregression",
    ]
    assert steps["members__0"]["params"] == {"max_depth": 2} and steps[""]["params"] == {}
    assert steps["members__1__logisticregression"]["params"] == {"C": 2.0}
    assert all(step["fits"] == 1 and step["seconds"] > 0 for step in steps.values())


def test_an_ensemble_of_thousands_is_cut(only_run: Only) -> None:
    class Many(ClassifierMixin, BaseEstimator):
        def __init__(self, member: Any = None) -> None:
            self.member = member

        def fit(self, X: Any, y: Any) -> Any:
            for _ in range(600):
                clone(self.member).fit(X[:2], [0, 1])
            return self

    Many(DecisionTreeClassifier(max_depth=1)).fit(X, y)
    assert steps_of(only_run())["member"]["fits"] == 500


def test_steps_in_worker_processes_have_no_times(only_run: Only) -> None:
    VotingClassifier([("a", GaussianNB()), ("b", GaussianNB())], n_jobs=2).fit(X, y)
    run = only_run()
    steps = steps_of(run)
    assert steps["a"]["seconds"] is None and steps["b"]["params"] == {}
    (note,) = [each for each in run.unseen if "time" in each["what"]]
    assert note == {"what": "the time of a, b", "why": "it ran in worker processes"}


def test_steps_in_threads_have_theirs(only_run: Only) -> None:
    import joblib

    model = FeatureUnion([("scale", StandardScaler()), ("reduce", PCA(2))], n_jobs=2)
    with joblib.parallel_backend("threading"):
        make_pipeline(model, Ridge()).fit(X, y)
    steps = steps_of(only_run())
    assert steps["featureunion__scale"]["shape"] == [150, 4]
    assert steps["featureunion__reduce"]["shape"] == [150, 2]


def test_steps_from_a_cache(runs: Any, tmp_path: Path) -> None:
    for _ in range(2):
        make_pipeline(StandardScaler(), Ridge(), memory=str(tmp_path)).fit(X, y)
    first, second = [run for run in runs() if run.name == "Pipeline"]
    assert steps_of(first)["standardscaler"]["shape"] == [150, 4]
    assert steps_of(second)["standardscaler"]["seconds"] is None
    (note,) = [each for each in second.unseen if "time" in each["what"]]
    assert note == {"what": "the time of standardscaler", "why": "what it gives came from the cache"}


# -- nothing changes


class Identity(TransformerMixin, BaseEstimator):
    """Gives back the very object that it was given."""

    given: Any = None

    def fit(self, X: Any, y: Any = None) -> Any:
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        warnings.warn("mind the step", UserWarning, stacklevel=2)
        Identity.given = weakref.ref(X)
        return X

    def transform(self, X: Any) -> Any:
        return X


class Probe(BaseEstimator):
    taken: Any = None

    def fit(self, X: Any, y: Any = None) -> Any:
        assert Identity.given() is X
        return self


def _warned(model: Any, data: Any) -> list[tuple[str, int]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(data, y)
    return [(each.filename, each.lineno) for each in caught]


def test_the_same_objects_and_the_same_lines_of_warnings(runs: Any) -> None:
    model = make_pipeline(Identity(), Probe())
    recorded = _warned(model, X.copy())
    with fitscribe.suppress():
        assert _warned(model, X.copy()) == recorded
    assert len(recorded) == 1


def test_the_exception_of_a_step_is_what_the_user_sees(only_run: Only) -> None:
    failure = LookupError("no such row")

    def fail(data: Any) -> Any:
        raise failure

    with pytest.raises(LookupError) as caught:
        make_pipeline(StandardScaler(), FunctionTransformer(fail), Ridge()).fit(X, y)
    assert caught.value is failure and failure.__context__ is None
    names = [frame.name for frame in traceback.extract_tb(failure.__traceback__)]
    run = only_run()
    assert run.status == "failed"
    steps = steps_of(run)
    assert steps["standardscaler"]["shape"] == [150, 4] and steps["ridge"]["seconds"] is None
    assert steps["functiontransformer"]["seconds"] is not None and names[-1] == "fail"


def test_results_and_pickles_are_those_of_bare_training(runs: Any) -> None:
    def fitted() -> Any:
        return make_pipeline(StandardScaler(), PCA(2), LogisticRegression()).fit(X, y)

    with fitscribe.suppress():
        bare = fitted()
    assert pickle.dumps(fitted()) == pickle.dumps(bare)


def test_nothing_is_kept_alive(runs: Any) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression())
    scaler = weakref.ref(model[0])
    model.fit(X, y)
    del model
    gc.collect()
    assert scaler() is None


def test_a_tree_of_very_many_steps_is_cut(only_run: Only) -> None:
    wide = FeatureUnion([(f"step{number}", StandardScaler()) for number in range(300)])
    make_pipeline(wide, Ridge()).fit(X, y)
    assert len(steps_of(only_run())) == 200
