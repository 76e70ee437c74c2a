"""Another tool that was there first, and holds the original in a wrapper under the framework's own names."""

from __future__ import annotations

import functools
import gc
from typing import Any

import pytest
from tests.engine.layers import OTHERS, hidden, proxied, wraps

from fitscribe import engine


class Instead:
    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        OTHERS.append("theirs")
        return self.function(*args, **kwargs)


def applied(function: Any) -> Any:
    return functools.partial(hidden(function))


@pytest.fixture(autouse=True)
def forget() -> None:
    OTHERS.clear()


@pytest.fixture
def point(fake: Any) -> Any:
    return fake.point("core:train", nested=True, relies_on=("params", "rounds"), injects=("callbacks",))


@pytest.mark.parametrize("wrap", [wraps, hidden, proxied, Instead, applied])
def test_a_call_through_the_framework_is_observed_once(fake: Any, point: Any, wrap: Any) -> None:
    module, core = fake.load(), fake.load("core")
    original = core.train
    theirs = module.train = wrap(original)
    fake.switch_on(point)
    result = module.train({"depth": 2}, 3)
    assert [call.name for call in fake.calls] == ["train"] and fake.results == [result]
    assert OTHERS == ["theirs"] and result["rounds"] == 3
    assert fake.status().state == "applied" and "held by" not in fake.status().reason
    core.train({})  # the framework's own calls are seen as ever
    assert len(fake.calls) == 2 and OTHERS == ["theirs"]

    engine.deactivate(fake.name)
    assert module.train is theirs and core.train is original
    engine.activate([fake.name])
    module.train({})
    assert len(fake.calls) == 3


@pytest.mark.parametrize("wrap", [wraps, hidden])
def test_arguments_are_those_of_the_function(fake: Any, wrap: Any) -> None:
    module = fake.load()
    module.train = wrap(module.train)
    seen = []

    def observer(call: Any) -> Any:
        seen.append(dict(call.arguments))
        assert call.add_to_list("callbacks", lambda: seen.append("called back"))
        yield

    fake.switch_on(fake.point("core:train", observer, relies_on=("params",), injects=("callbacks",)))
    module.train({"depth": 2}, 3, eta=0.1)
    assert seen == [{"params": {"depth": 2}, "rounds": 3, "eta": 0.1}, "called back"]
    assert fake.status().state == "applied"


def test_two_names_that_two_wrappers_took_and_a_third_that_took_one_of_them(fake: Any, point: Any) -> None:
    fake.write(more="from FW.core import train\n", user="from FW import train as mine\n")
    module, more = fake.load(), fake.load("more")
    module.train, more.train = wraps(module.train), hidden(more.train)
    user = fake.load("user")
    before = module.train, more.train, user.mine
    fake.switch_on(point)
    for count, train in enumerate((module.train, more.train, user.mine), start=1):
        train({})
        assert len(fake.calls) == count
    engine.deactivate(fake.name)
    assert (module.train, more.train, user.mine) == before


def test_a_wrapper_that_looks_its_original_up_is_one_call(fake: Any, point: Any) -> None:
    fake.write(user="from FW.core import train as kept\n")
    module, user = fake.load(), fake.load("user")

    @functools.wraps(module.train)
    def theirs(*args: Any, **kwargs: Any) -> Any:
        return user.kept(*args, **kwargs)

    module.train = theirs
    fake.switch_on(point)
    module.train({})
    assert len(fake.calls) == 1
    user.kept({})
    assert len(fake.calls) == 2


def test_what_is_called_further_inside_is_a_call_of_its_own(fake: Any, point: Any) -> None:
    fake.write(user="from FW.core import train as kept\n")
    module, user = fake.load(), fake.load("user")

    @functools.wraps(module.train)
    def theirs(*args: Any, **kwargs: Any) -> Any:
        user.kept(*args, **kwargs)
        return user.kept(*args, **kwargs)

    module.train = theirs
    fake.switch_on(point)
    module.train({})
    assert len(fake.calls) == 2 and fake.calls[1].owner is fake.calls[0]


def test_another_tool_on_top_of_that_keeps_its_place(fake: Any, point: Any) -> None:
    module = fake.load()
    module.train = wraps(module.train)
    fake.switch_on(point)
    top = module.train = wraps(module.train)
    module.train({})
    assert len(fake.calls) == 1 and OTHERS == ["theirs"] * 2 and fake.status().state == "applied"
    engine.deactivate(fake.name)
    assert module.train is top and fake.status().state == "retired in place"
    engine.activate([fake.name])
    assert module.train is top
    module.train({})
    assert len(fake.calls) == 2 and fake.status().state == "applied"


def test_a_tool_that_goes_away_is_no_displacement(fake: Any, point: Any) -> None:
    fake.write(user="from FW.core import train as kept\n")
    module, user = fake.load(), fake.load("user")
    module.train = wraps(module.train)
    fake.switch_on(point)
    module.train = user.kept  # as MLflow keeps the original beside its wrapper: it is ours by now
    module.train({})
    assert len(fake.calls) == 1 and fake.status().state == "applied"
    engine.deactivate(fake.name)
    assert module.train is user.kept is fake.load("core").train


def test_a_name_that_is_taken_afterwards_is_said_and_taken_again_when_asked(fake: Any, point: Any) -> None:
    module = fake.load()
    original = module.train
    fake.switch_on(point)
    theirs = module.train = wraps(original)
    module.train({})
    assert not fake.calls and fake.status().state == "displaced"
    assert f"{fake.name}.train was displaced by" in fake.status().reason
    engine.activate([fake.name])
    module.train({})
    assert len(fake.calls) == 1 and fake.status().state == "applied"
    engine.deactivate(fake.name)
    assert module.train is theirs and fake.load("core").train is original


def test_another_function_of_the_name_is_left_alone(fake: Any, point: Any) -> None:
    fake.write(more="from FW.core import calling\n\ndef train(params):\n    return calling(dict, params)\n")
    more = fake.load("more")
    before = more.train
    fake.switch_on(point)
    assert more.train is before


def test_doctor_names_what_holds_an_original(fake: Any, point: Any) -> None:
    train = fake.load().train

    def with_default(params: Any, how: Any = train) -> Any:
        return how(params)

    class Trainer:
        __slots__ = ("how",)

    trainer = Trainer()
    trainer.how = train  # type: ignore[attr-defined]
    held = [functools.partial(train, {}), hidden(train), with_default, trainer]
    del train
    gc.collect()
    fake.switch_on(point)
    status = fake.status()
    assert status.state == "applied" and "is also held by" in status.reason
    from fitscribe.engine import activation
    from fitscribe.engine.patching import beyond_reach

    found = beyond_reach(activation._frameworks[fake.name].points[0])
    assert f"a closure of {hidden.__module__}.hidden.<locals>.theirs" in found
    assert "a partial" in found and any("default arguments of" in each for each in found)
    assert any(each.startswith("an attribute of a") and "Trainer" in each for each in found)
    held[0]()
    held[1]({})
    assert not fake.calls


def test_the_functions_of_the_framework_that_lead_to_a_call(fake: Any) -> None:
    fake.write(
        loop="def train(tree):\n    return again(tree)\n\ndef again(tree):\n    return tree.fit([1])\n"
    )
    found = []

    def observer(call: Any) -> Any:
        found.append(call.through())
        yield

    fake.switch_on(fake.point("core:Base", observer, id="fit", methods=["fit"]))
    loop, tree = fake.load("loop"), fake.load("core").Tree()
    tree.fit([1])
    loop.train(tree)
    fake.load("core").calling(lambda: tree.fit([1]))
    assert found == [[], [f"{fake.name}.loop.again", f"{fake.name}.loop.train"], []]
