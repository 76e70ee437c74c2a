"""Points for what is called at every step: watched functions, and hooks that a framework calls by itself."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import sys
import weakref
from types import FunctionType
from typing import Any

import pytest

from fitscribe import engine

REGISTRY = """
HOOKS = []

class Handle:
    def __init__(self, hook):
        self.hook = hook
    def remove(self):
        HOOKS.remove(self.hook)

def register_step_hook(hook):
    HOOKS.append(hook)
    return Handle(hook)

class Optimizer:
    def step(self):
        for hook in list(HOOKS):
            hook(self)

def backward(value):
    if value < 0:
        raise ValueError(value)
    return value * 2

class Loader:
    def __next__(self):
        raise StopIteration
"""


@pytest.fixture
def framework(fake: Any) -> Any:
    fake.write(loop=REGISTRY, training="def train(step):\n    step()\n")
    return fake


@pytest.mark.parametrize("lean", [False, True])
def test_a_watcher_is_told_of_what_is_over(framework: Any, lean: bool) -> None:
    told: list[Any] = []
    point = engine.watches(f"{framework.name}.loop:backward", id="backward", lean=lean)
    framework.switch_on(point(told.append))
    loop = framework.load("loop")
    assert loop.backward(3) == 6
    with pytest.raises(ValueError, match="-1") as caught:
        loop.backward(-1)
    (first, second) = told
    assert first[:6] == ("backward", None, (3,), {}, 6, None)
    assert 0 <= first.seconds < 60 and (first.seconds > 0) is not lean
    assert second[:5] == ("backward", None, (-1,), {}, None)
    assert second.error is caught.value
    assert (first.argument(0, "value"), first.argument(1, "other")) == (3, None)
    assert caught.value.__context__ is None
    if sys.version_info >= (3, 11):
        assert [each.name for each in caught.traceback] == [
            "test_a_watcher_is_told_of_what_is_over",
            "backward",
        ]


def test_a_lean_wrapper_is_the_function_to_all_who_ask(framework: Any) -> None:
    loop = framework.load("loop")
    before = pickle.dumps(loop.backward), inspect.signature(loop.backward), loop.backward.__code__
    function = loop.__dict__["backward"]
    told: list[Any] = []
    target = f"{framework.name}.loop:backward"
    framework.switch_on(engine.watches(target, id="backward", lean=True)(told.append))
    wrapper = loop.__dict__["backward"]
    assert type(wrapper) is not type(loop.register_step_hook) and isinstance(wrapper, FunctionType)
    assert (pickle.dumps(wrapper), inspect.signature(wrapper), wrapper.__code__) == before
    assert copy.deepcopy(wrapper) is wrapper and wrapper == function and hash(wrapper) == hash(function)
    assert pickle.loads(pickle.dumps(wrapper)) is wrapper
    assert wrapper(value=2) == 4 and told[-1].kwargs == {"value": 2}
    with engine.suppress():
        assert wrapper(2) == 4
    engine.deactivate(framework.name)
    assert wrapper(2) == 4 and len(told) == 1
    assert loop.__dict__["backward"] is wrapper.__wrapped__


def test_a_warning_is_of_the_line_that_called_through_a_lean_wrapper(fake: Any) -> None:
    fake.write(loop="import warnings\ndef backward():\n    warnings.warn('old', stacklevel=2)\n")
    fake.switch_on(engine.watches(f"{fake.name}.loop:backward", id="backward", lean=True)(lambda call: None))
    with pytest.warns(UserWarning, match="old") as caught:
        fake.load("loop").backward()
    assert caught[0].filename == __file__


def test_what_a_lean_point_does_not_want_passes(framework: Any) -> None:
    told: list[Any] = []
    target = f"{framework.name}.loop:backward"
    wants = engine.watches(target, id="backward", lean=True, only=lambda instance, args, kwargs: args[0] > 1)
    framework.switch_on(wants(lambda call: told.append(call.result)))
    loop = framework.load("loop")
    assert (loop.backward(1), loop.backward(2), told) == (2, 4, [4])


def test_a_watched_special_method_is_told_of_the_end_of_an_iterator(framework: Any) -> None:
    told: list[Any] = []
    framework.switch_on(engine.watches(f"{framework.name}.loop:Loader.__next__", id="next")(told.append))
    loader = framework.load("loop").Loader()
    assert next(loader, "none") == "none"
    assert (told[0].instance, type(told[0].error)) == (loader, StopIteration)


def test_neither_is_told_within_an_observed_call_or_where_it_is_suppressed(framework: Any) -> None:
    told: list[str] = []
    name = framework.name
    framework.switch_on(
        framework.point("training:train"),
        engine.watches(f"{name}.loop:backward", id="backward")(lambda *each: told.append("backward")),
        engine.registers(f"{name}.loop:register_step_hook", id="step")(lambda *each: told.append("step")),
    )
    loop = framework.load("loop")

    def step() -> None:
        loop.backward(1)
        loop.Optimizer().step()

    step()
    assert told == ["backward", "step"]
    with engine.suppress():
        step()
    framework.load("training").train(step)
    assert (told, len(framework.calls)) == (["backward", "step"], 1)


def test_a_hook_is_registered_once_and_removed_again(framework: Any) -> None:
    optimizers: list[Any] = []
    target = f"{framework.name}.loop:register_step_hook"
    framework.switch_on(engine.registers(target, id="step", relies_on=["hook"])(optimizers.append))
    loop = framework.load("loop")
    assert framework.status("step").state == "applied"
    engine.activate([framework.name])
    optimizer = loop.Optimizer()
    optimizer.step()
    assert (optimizers, len(loop.HOOKS)) == ([optimizer], 1)
    engine.deactivate(framework.name)
    assert loop.HOOKS == []
    engine.activate([framework.name])
    optimizer.step()
    assert optimizers == [optimizer, optimizer]


def test_a_registry_of_another_form_is_left_alone(framework: Any) -> None:
    target = f"{framework.name}.loop:register_step_hook"
    framework.switch_on(engine.registers(target, id="step", relies_on=["hook", "always"])(print))
    loop = framework.load("loop")
    assert loop.HOOKS == []
    assert framework.status("step").state == "skipped"
    assert "'always'" in framework.status("step").reason


@pytest.mark.parametrize("kind", ["watcher", "hook"])
def test_an_error_of_either_is_reported_and_the_third_retires_it(
    framework: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)
    lines: list[str] = []
    engine.set_output(lines.append)

    def broken(*arguments: Any) -> None:
        raise RuntimeError("a defect")

    name = framework.name
    point = (
        engine.watches(f"{name}.loop:backward", id="point")(broken)
        if kind == "watcher"
        else engine.registers(f"{name}.loop:register_step_hook", id="point")(broken)
    )
    framework.switch_on(point)
    loop = framework.load("loop")
    for _ in range(4):
        assert loop.backward(2) == 4
        loop.Optimizer().step()
    engine.set_output(None)
    assert [line for line in lines if "a defect" in line and "is switched off" not in line]
    assert framework.status("point").state == "skipped"


def test_nothing_is_kept_alive(framework: Any) -> None:
    framework.switch_on(
        engine.watches(f"{framework.name}.loop:backward", id="backward")(lambda *each: None),
        engine.registers(f"{framework.name}.loop:register_step_hook", id="step")(lambda *each: None),
    )
    loop = framework.load("loop")
    optimizer = loop.Optimizer()
    optimizer.step()
    reference = weakref.ref(optimizer)
    del optimizer
    gc.collect()
    assert reference() is None
