"""Points that stand for all public functions of a module, and points that ask before they observe."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import pytest

from fitscribe import engine

METRICS = """
import math
from math import sqrt
from functools import partial

__all__ = ["accuracy", "error", "Display", "hidden_one", "accuracy_too", "shown", "lazy"]

def accuracy(true, found, *, normalize=True):
    return sum(a == b for a, b in zip(true, found)) / (len(true) if normalize else 1)

def error(true, found):
    return 1 - accuracy(true, found)

def hidden_one():
    pass

def unlisted():
    return error([1], [1])

accuracy_too = accuracy

class Display:
    pass

class Scorer:
    def __init__(self, function):
        self.function = function
    def __call__(self, *args):
        return self.function(*args)

SCORERS = {"accuracy": Scorer(accuracy)}
BY_NAME = {"accuracy": accuracy}
shown = "no function"
"""


@pytest.fixture
def metrics(fake: Any) -> Any:
    fake.write(init="", metrics=METRICS, user="from FW.metrics import accuracy as acc, error, Scorer\n")
    return fake


def _point(metrics: Any, **declared: Any) -> Any:
    return metrics.point("metrics:*", id="metric", but=("hidden_*",), **declared)


def test_public_functions_are_one_point(metrics: Any) -> None:
    metrics.switch_on(_point(metrics))
    module = metrics.load("metrics")
    module.error([1, 2], [1, 3])
    module.accuracy([1], [1])
    module.accuracy_too([1], [1])
    module.hidden_one()
    module.unlisted()
    assert [call.name for call in metrics.calls] == ["error", "accuracy", "accuracy", "error"]
    assert {call.point_id for call in metrics.calls} == {f"{metrics.name}.metric"}
    assert metrics.results == [0.5, 1.0, 1.0, 0.0]
    assert metrics.status("metric").state == "applied"
    wrapped = {name for name, value in vars(module).items() if isinstance(value, engine.PatchedFunction)}
    assert wrapped == {"accuracy", "error", "accuracy_too"}


def test_without_a_list_what_the_package_defines_is_public(metrics: Any) -> None:
    metrics.write(plain=METRICS.replace("__all__", "_names").replace("def error", "def _error"))
    metrics.switch_on(metrics.point("plain:*", id="metric"))
    module = metrics.load("plain")
    wrapped = {name for name, value in vars(module).items() if isinstance(value, engine.PatchedFunction)}
    assert wrapped == {"accuracy", "accuracy_too", "hidden_one", "unlisted"}


def test_aliases_get_the_wrapper_and_give_it_back(metrics: Any) -> None:
    user = metrics.load("user")
    before = user.acc, user.error, pickle.dumps(user.acc)
    mine = sys.modules[__name__]
    mine.accuracy_of_mine = user.acc  # type: ignore[attr-defined]
    metrics.switch_on(_point(metrics))
    module = metrics.load("metrics")
    assert user.acc is module.accuracy is mine.accuracy_of_mine is not before[0]  # type: ignore[attr-defined]
    assert pickle.dumps(user.acc) == before[2]
    assert pickle.loads(before[2]) is user.acc
    engine.deactivate(metrics.name)
    assert user.acc is module.accuracy is module.accuracy_too is mine.accuracy_of_mine is before[0]  # type: ignore[attr-defined]
    assert user.error is module.error is before[1]
    del mine.accuracy_of_mine  # type: ignore[attr-defined]


def test_objects_of_the_framework_hold_what_pickles(metrics: Any) -> None:
    module = metrics.load("metrics")
    original, scorer = module.accuracy, module.SCORERS["accuracy"]
    before = pickle.dumps(scorer)
    metrics.switch_on(_point(metrics, held_by=lambda: [vars(scorer)]))
    assert scorer.function is module.accuracy is not original
    assert pickle.dumps(scorer) == before
    engine.deactivate(metrics.name)
    assert scorer.function is original


def test_comes_to_life_again_beneath_another_tools_wrapper(metrics: Any) -> None:
    metrics.switch_on(_point(metrics))
    module = metrics.load("metrics")
    ours = module.accuracy
    module.accuracy = lambda *args: ours(*args)
    engine.deactivate(metrics.name)
    assert metrics.status("metric").state == "retired in place"
    module.accuracy([1], [1])
    assert not metrics.calls
    engine.activate([metrics.name])
    module.accuracy([1], [1])
    module.error([1], [1])
    assert [call.name for call in metrics.calls] == ["accuracy", "error"]


def test_module_without_functions_is_said(metrics: Any) -> None:
    metrics.write(empty="__all__ = ['X']\nclass X: pass\n")
    metrics.switch_on(metrics.point("empty:*", id="metric"))
    metrics.load("empty")
    status = metrics.status("metric")
    assert status.state == "skipped" and "has no public functions" in status.reason


def test_reliance_is_looked_at_where_it_is_called(metrics: Any) -> None:
    states = []

    def observer(call: Any) -> Any:
        states.append((call.name, call.state))
        yield

    metrics.switch_on(_point_of(metrics, observer, relies_on=("true", "normalize")))
    module = metrics.load("metrics")
    module.accuracy([1], [1])
    module.hidden_one()
    assert metrics.status("metric").state == "applied"
    assert states == [("accuracy", "applied"), ("hidden_one", "observes only")]


def _point_of(metrics: Any, observer: Any, **declared: Any) -> Any:
    return metrics.point("metrics:*", observer, id="metric", **declared)


def test_calls_of_the_framework_itself_pass(metrics: Any) -> None:
    metrics.switch_on(_point(metrics, from_outside=True))
    module = metrics.load("metrics")
    module.unlisted()
    module.Scorer(module.accuracy)([1], [1])
    assert not metrics.calls
    module.error([1, 2], [1, 3])
    assert [call.name for call in metrics.calls] == ["error"]


def test_from_outside_sees_through_other_points_of_ours(metrics: Any) -> None:
    inner = metrics.point("metrics:error", id="error", from_outside=True)
    metrics.switch_on(inner, _point(metrics, from_outside=True, nested=True))
    module = metrics.load("metrics")
    module.unlisted()
    assert not metrics.calls
    module.error([1], [1])
    assert len(metrics.calls) == 1  # the inner one is within an owned call


def test_what_the_framework_itself_holds_is_no_limit(metrics: Any) -> None:
    module = metrics.load("metrics")
    metrics.switch_on(_point(metrics, from_outside=True))
    assert "is also held by" not in metrics.status("metric").reason
    engine.deactivate(metrics.name)
    kept = {"mine": [module.accuracy]}
    engine.activate([metrics.name])
    assert "a list" in metrics.status("metric").reason
    kept.clear()
    assert "is also held by" not in metrics.status("metric").reason


def test_only_what_a_condition_takes_is_observed(fake: Any) -> None:
    asked = []

    def known(instance: Any, args: Any, kwargs: Any) -> bool:
        asked.append((instance, args, kwargs))
        return getattr(instance, "known", False)

    fake.switch_on(fake.point("core:Base", id="fit", methods=("fit", "score"), only=known))
    model = fake.load().Tree()
    model.fit([1], sample_weight=None)
    assert asked == [(model, ([1],), {"sample_weight": None})] and not fake.calls
    model.known = True
    model.fit([1])
    fake.load().Tree.fit(model, [1])
    assert len(fake.calls) == 2 and len(asked) == 3
    assert asked[2] == (model, ([1],), {})
    engine.deactivate(fake.name)
    model.fit([1])
    assert len(asked) == 3


def test_declined_call_does_not_own_what_is_inside(fake: Any) -> None:
    fake.switch_on(
        fake.point("core:Base", id="fit", methods=("fit",), only=lambda model, args, kwargs: args != ([0],))
    )
    fake.load().Forest().fit([0])
    assert not fake.calls
    fake.load().Forest().fit([1])
    assert len(fake.calls) == 1


def test_condition_that_raises_is_reported_and_the_call_passes(
    fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)
    lines: list[str] = []
    engine.set_output(lines.append)
    fake.switch_on(fake.point("core:train", only=lambda instance, args, kwargs: 1 / 0))
    try:
        results = [fake.load().train({}) for _ in range(4)]
    finally:
        engine.set_output(None)
    assert len(results) == 4 and not fake.calls
    assert sum("ZeroDivisionError" in line for line in lines) == 1
    assert fake.status().state == "skipped" and "failed 3 times" in fake.status().reason
