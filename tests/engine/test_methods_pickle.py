"""Bound methods and instances of patched classes: pickle, cloudpickle, copy, deepcopy, bare workers."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest


@pytest.fixture
def core(fake: Any) -> Any:
    fake.load("core").bare = {
        name: pickle.dumps(value, 2)
        for name, value in {
            "instance": fake.load().Tree(),
            "method": fake.load().Tree().fit,
            "class": fake.load().Tree,
            "class method": fake.load().Forest.from_data,
        }.items()
    }
    fake.switch_on(fake.point("core:Base", id="fit", methods=["fit", "from_data", "check"]))
    return fake.load("core")


def test_same_bytes_as_without_fitscribe(core: Any) -> None:
    now = {
        "instance": pickle.dumps(core.Tree(), 2),
        "method": pickle.dumps(core.Tree().fit, 2),
        "class": pickle.dumps(core.Tree, 2),
        "class method": pickle.dumps(core.Forest.from_data, 2),
    }
    assert now == core.bare
    assert vars(core.Tree().fit([1])) == {"X_": [1]}


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_bound_method_pickles(fake: Any, core: Any, dumps: Any, protocol: int) -> None:
    tree = core.Tree()
    tree.depth = 3
    method = pickle.loads(dumps(tree.fit, protocol))
    assert method([7]).depth == 3 and method.__self__ is not tree
    assert len(fake.calls) == 1
    for found in (core.Forest.from_data, core.Forest.check, core.Base.fit):
        # By name; cloudpickle takes what is read through a class by value, as it is another object each time.
        assert pickle.loads(dumps(found, protocol)).__qualname__ == found.__qualname__


def test_bound_method_copies_and_deepcopies(core: Any) -> None:
    tree = core.Tree()
    assert copy.copy(tree.fit) == tree.fit
    copied = copy.deepcopy(tree.fit)
    assert copied.__self__ is not tree and type(copied.__self__) is core.Tree
    memo: dict[int, Any] = {}
    pair = copy.deepcopy([tree, tree.fit], memo)
    assert pair[1].__self__ is pair[0]
    assert copy.deepcopy(core.Base.fit) == core.Base.fit


def test_partial_of_bound_method(fake: Any, core: Any) -> None:
    fit = functools.partial(core.Tree().fit, y=1)
    assert pickle.loads(pickle.dumps(fit))([1]).X_ == [1]
    assert fake.calls[0].name == "fit"


def test_bound_methods_compare_like_bound_methods(core: Any) -> None:
    tree = core.Tree()
    assert tree.fit == tree.fit and hash(tree.fit) == hash(tree.fit)
    assert tree.fit != core.Tree().fit
    assert tree.fit.__self__ is tree and tree.fit.__name__ == "fit"


def test_class_of_a_script_is_cloudpickled_by_value(
    fake: Any, python: Callable[..., str], tmp_path: Any
) -> None:
    python(
        f"""
        import cloudpickle
        from fitscribe import engine
        @engine.observes("{fake.name}.core:Base", id="fit", methods=["fit", "make", "check"])
        def observer(call):
            yield
        engine.register("{fake.name}", engine.Integration("{fake.name}", [observer]))
        engine.activate(["{fake.name}"])
        from {fake.name} import Base
        class Mine(Base):
            def fit(self, X):
                return "fitted", X
            @classmethod
            def make(cls):
                return cls()
            @staticmethod
            def check(X):
                return X
        open("mine.pickle", "wb").write(cloudpickle.dumps([Mine, Mine().fit, Mine()]))
        """
    )
    out = python(
        """
        import pickle, sys
        sys.modules["fitscribe"] = sys.modules["wrapt"] = None  # a worker needs neither
        Mine, fit, instance = pickle.load(open("mine.pickle", "rb"))
        print(Mine.make().fit(1), fit(2), instance.fit(3), Mine.check(4))
        """
    )
    assert out == "('fitted', 1) ('fitted', 2) ('fitted', 3) 4\n"
