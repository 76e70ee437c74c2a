"""Estimators of every make: third parties', the script's, odd ones, and those that hold others."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fitscribe

X, y = load_iris(return_X_y=True)


class Constant(ClassifierMixin, BaseEstimator):
    def __init__(self, level: int = 1) -> None:
        self.level = level

    def fit(self, X: Any, y: Any = None) -> Any:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.level)


class Inherits(Constant):
    pass


class Alias(Constant):
    def _train(self, X: Any, y: Any = None) -> Any:
        return super().fit(X, y)

    fit = _train


class CallsSuper(Constant):
    def fit(self, X: Any, y: Any = None) -> Any:
        return super().fit(X, y)


class Partial(Constant):
    def _fit(self, X: Any, y: Any = None, *, rounds: int) -> Any:
        self.rounds_ = rounds
        return super().fit(X, y)

    fit = functools.partialmethod(_fit, rounds=3)


class ReturnsSomethingElse(Constant):
    def fit(self, X: Any, y: Any = None) -> Any:
        super().fit(X, y)
        return "done"


class Slots(Constant):
    __slots__ = ("extra_",)

    def fit(self, X: Any, y: Any = None) -> Any:
        self.extra_ = 1
        return super().fit(X, y)


class BrokenRepr(Constant):
    def __repr__(self) -> str:
        raise ValueError("mine")


class NoLength(Constant):
    def __len__(self) -> int:
        raise TypeError("mine")

    def __eq__(self, other: object) -> bool:
        raise TypeError("mine")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "cls", [Constant, Inherits, Alias, CallsSuper, Partial, ReturnsSomethingElse, Slots, BrokenRepr, NoLength]
)
def test_each_fit_is_one_run(cls: type[Constant], only_run: Any) -> None:
    model = cls(level=2)
    returned = model.fit(X, y)
    assert returned == "done" if cls is ReturnsSomethingElse else returned is model
    run = only_run()
    assert run.name == cls.__name__ and run.params == {"level": 2} and run.status == "finished"
    assert run.facts["classes_"] == [0, 1, 2]
    if cls is Slots:  # scikit-learn refuses to pickle these
        assert "__slots__" in run.unseen[-1]["why"]
    else:
        assert [each["name"] for each in run.models] == ["model"]
    assert run.problems == []


def test_a_class_made_after_the_line(only_run: Any) -> None:
    class Late(Constant):
        def fit(self, X: Any, y: Any = None) -> Any:
            return super().fit(X, y)

    Late().fit(X, y)
    assert only_run().name == "Late"


def test_an_estimator_of_a_third_party(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("third_party")
    monkeypatch.setitem(sys.modules, "third_party", module)
    exec(
        "from sklearn.base import BaseEstimator, RegressorMixin\n"
        "class Mean(RegressorMixin, BaseEstimator):\n"
        "    def fit(self, X, y, epochs=1):\n"
        "        self.mean_ = y.mean(); return self\n"
        "    def predict(self, X): return [self.mean_] * len(X)\n",
        module.__dict__,
    )
    module.Mean().fit(X, y, epochs=5)
    run = only_run()
    assert run.name == "Mean" and run.params == {"fit__epochs": 5}
    assert run.models[0]["type"] == "third_party.Mean"


def test_an_estimator_of_main(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import fitscribe; fitscribe.autolog()\n"
        "from sklearn.base import BaseEstimator, ClassifierMixin\n"
        "class Mine(ClassifierMixin, BaseEstimator):\n"
        "    def __init__(self, depth=1): self.depth = depth\n"
        "    def fit(self, X, y): self.classes_ = [0, 1]; return self\n"
        "    def predict(self, X): return [0] * len(X)\n"
        "Mine(depth=3).fit([[0.0], [1.0]], [0, 1])\n"
    )
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    (run,) = fitscribe.search_runs()
    assert run.name == "Mine" and run.params == {"depth": 3} and run.changed == ["depth"]
    assert run.experiment == "train" and run.models[0]["type"] == "__main__.Mine"


def test_one_run_for_a_pipeline_and_what_is_in_it(only_run: Any) -> None:
    make_pipeline(StandardScaler(), BaggingClassifier(LogisticRegression(), n_estimators=3)).fit(X, y)
    assert only_run().name == "Pipeline"


def test_one_run_for_a_search_with_worker_processes(only_run: Any) -> None:
    search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=2, n_jobs=2).fit(X, y)
    run = only_run()
    assert run.name == "GridSearchCV" and run.params["param_grid"] == {"C": [0.1, 1.0]}
    assert run.params["estimator__max_iter"] == 1000
    assert run.facts["best_params_"] == search.best_params_
    assert fitscribe.load_model(run).best_score_ == search.best_score_


def test_fits_in_threads_are_runs_of_their_own(runs: Any) -> None:
    threads = [threading.Thread(target=Constant(level).fit, args=(X, y)) for level in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.params["level"] for run in runs()) == [0, 1, 2, 3]
    assert all(run.status == "finished" and run.datasets and run.models for run in runs())


def test_metadata_routing(only_run: Any) -> None:
    if not hasattr(sklearn, "config_context") or "enable_metadata_routing" not in sklearn.get_config():
        pytest.skip("this version has no metadata routing")
    weights = np.linspace(1, 2, len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        linear = LogisticRegression(max_iter=1000).set_fit_request(sample_weight=True)
        plain = clone(linear)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        make_pipeline(scaler, linear).fit(X, y, sample_weight=weights)
    with fitscribe.suppress():
        scaled = StandardScaler().fit_transform(X)
        plain.fit(scaled, y, sample_weight=weights)
    assert (plain.coef_ == linear.coef_).all()
    assert only_run().params["fit__sample_weight"]["shape"] == [150]


class Fails(Constant):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.n_iter_ = 2
        raise self.error


def test_the_users_exception_is_the_same_object_and_what_there_was_is_kept(only_run: Any) -> None:
    model = Fails(level=4)
    model.error = KeyError("mine")
    with pytest.raises(KeyError) as caught:
        model.fit(X, y)
    assert caught.value is model.error and caught.value.__context__ is None
    run = only_run()
    assert run.status == "failed" and run.params["level"] == 4 and run.datasets
    assert run.error["type"] == "KeyError"


def test_an_interrupted_fit(only_run: Any) -> None:
    model = Fails()
    model.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert only_run().status == "interrupted"


def test_a_model_that_cannot_be_pickled_is_said_on_the_run(only_run: Any) -> None:
    model = Constant()
    model.hook = lambda: None
    model.fit(X, y)
    run = only_run()
    assert run.models == [] and run.status == "finished"
    assert any(each["what"] == "model" and "pickle" in each["why"] for each in run.unseen)


def test_nothing_is_left_on_the_estimator(only_run: Any) -> None:
    model = LogisticRegression(max_iter=1000).fit(X, y)
    with fitscribe.suppress():
        bare = LogisticRegression(max_iter=1000).fit(X, y)
    assert vars(model).keys() == vars(bare).keys()
    assert only_run().load_model().predict(X).tolist() == bare.predict(X).tolist()


def test_fits_of_a_group_are_its_children(runs: Any) -> None:
    with fitscribe.start_run("two") as group:
        StandardScaler().fit(X)
        Constant(1).fit(X, y)
        Constant(2).fit(X, y)
    children = [run for run in runs() if run.parent is not None]
    assert [run.params["level"] for run in children] == [1, 2]
    assert {run.parent.id for run in children} == {group.id}


def test_a_method_that_a_class_takes_back_is_no_gap(runs: Any) -> None:
    import sklearn.cluster

    assert not hasattr(sklearn.cluster.FeatureAgglomeration(), "fit_predict")
    said = {each.id: each.reason for each in fitscribe.engine.coverage() if each.framework == "sklearn"}
    assert "FeatureAgglomeration" not in " ".join(said.values())
