"""What an observer reads of the arguments, and what it may change: on copies, by name, in every form."""

from __future__ import annotations

from typing import Any

import pytest

from fitscribe import engine


def observe(fake: Any, target: str = "core:train", **declared: Any) -> tuple[Any, list[dict[str, Any]]]:
    seen: list[dict[str, Any]] = []

    def observer(call: engine.Call) -> Any:
        seen.append(dict(call.arguments))
        yield

    fake.switch_on(fake.point(target, observer, **declared))
    return fake.load("core"), seen


def test_arguments_by_name_in_either_form(fake: Any) -> None:
    core, seen = observe(fake)
    core.train({"a": 1}, 3, None, verbose=True)
    core.train(rounds=3, params={"a": 1}, callbacks=None, verbose=True)
    assert seen[0] == seen[1] == {"params": {"a": 1}, "rounds": 3, "callbacks": None, "verbose": True}


def test_defaults_are_not_arguments(fake: Any) -> None:
    core, seen = observe(fake)
    core.train({})
    assert seen == [{"params": {}}]


def test_what_is_left_to_its_default_is_told_apart(fake: Any) -> None:
    left: list[dict[str, Any]] = []

    def observer(call: engine.Call) -> Any:
        left.append(call.defaults)
        yield

    fake.switch_on(fake.point("core:train", observer))
    core = fake.load("core")
    core.train({})
    core.train({}, 3, verbose=True)
    assert left == [{"rounds": 10, "callbacks": None}, {"callbacks": None}]


def test_methods_leave_out_the_instance(fake: Any) -> None:
    core, seen = observe(fake, "core:Base", methods=["fit", "from_data", "check"])
    core.Tree().fit([1], sample_weight=2)
    core.Forest.from_data([3])
    core.Forest.check([4])
    assert seen == [{"X": [1], "sample_weight": 2}, {"X": [3]}, {"X": [4]}]


def adding(fake: Any, given: list[Any], **declared: Any) -> Any:
    def observer(call: engine.Call) -> Any:
        given.append(call.add_to_list("callbacks", lambda: given.append("ours")))
        yield

    fake.switch_on(fake.point("core:train", observer, **declared))
    return fake.load("core")


@pytest.mark.parametrize("form", ["positional", "keyword"])
@pytest.mark.parametrize("kind", [list, tuple])
def test_add_to_list_works_on_a_copy(fake: Any, form: str, kind: Any) -> None:
    said: list[Any] = []
    core = adding(fake, said, injects=["callbacks"])
    mine = kind([lambda: said.append("mine")])
    for _ in range(2):
        if form == "positional":
            core.train({}, 1, mine)
        else:
            core.train({}, callbacks=mine)
    assert said == [True, "mine", "ours"] * 2
    assert len(mine) == 1


def test_add_to_list_where_there_is_none(fake: Any) -> None:
    said: list[Any] = []
    core = adding(fake, said, injects=["callbacks"])
    core.train({})
    core.train({}, 1, None)
    core.train({}, callbacks=None)
    assert said == [True, "ours"] * 3


def test_add_to_list_leaves_what_is_no_list(fake: Any) -> None:
    said: list[Any] = []
    core = adding(fake, said, injects=["callbacks"])
    core.train({}, callbacks={"a": 1}.values() and {})
    assert said == [False]


def test_set_argument_leaves_the_callers_objects(fake: Any) -> None:
    def observer(call: engine.Call) -> Any:
        assert call.set_argument("rounds", 7)
        assert call.arguments["rounds"] == 7
        yield

    fake.switch_on(fake.point("core:train", observer, injects=["rounds"]))
    core = fake.load("core")
    keywords = {"rounds": 3, "extra": 1}
    assert core.train({}, **keywords) == {"params": {}, "rounds": 7, "options": {"extra": 1}}
    assert keywords == {"rounds": 3, "extra": 1}
    assert core.train({}, 3)["rounds"] == core.train({})["rounds"] == 7


def test_what_is_not_declared_cannot_be_set(fake: Any) -> None:
    def observer(call: engine.Call) -> Any:
        call.set_argument("rounds", 7)
        yield

    fake.switch_on(fake.point("core:train", observer, injects=["callbacks"]))
    with pytest.raises(ValueError, match="does not declare"):
        fake.load("core").train({})


def test_point_that_only_observes_injects_nothing(fake: Any) -> None:
    said: list[Any] = []
    core = adding(fake, said, injects=["callbacks", "early_stopping"])
    core.train({}, callbacks=[lambda: said.append("mine")])
    assert said == [False, "mine"]
    assert fake.status().state == "observes only" and "'early_stopping'" in fake.status().reason


def test_bug_after_an_injection_leaves_the_users_arguments(fake: Any, said: list[str]) -> None:
    def observer(call: engine.Call) -> Any:
        call.set_argument("rounds", 7)
        raise LookupError("bug")
        yield

    fake.switch_on(fake.point("core:train", observer, injects=["rounds"]))
    assert fake.load("core").train({}, 3)["rounds"] == 3


def test_positional_only_argument_that_was_left_out_is_not_set(fake: Any) -> None:
    fake.write(core="def train(a=1, b=2, /):\n    return a, b\n", init="")
    given: list[bool] = []

    def observer(call: engine.Call) -> Any:
        given.append(call.set_argument("b", 7))
        yield

    fake.switch_on(fake.point("core:train", observer, injects=["b"]))
    core = fake.load("core")
    assert core.train() == (1, 2) and core.train(5, 6) == (5, 7)
    assert given == [False, True]


def test_signature_that_cannot_be_read(fake: Any) -> None:
    fake.write(
        core="""
        class Function:
            @property
            def __signature__(self):
                raise NameError("computed by somebody's code")
            def __call__(self, *args, **kwargs):
                return args, kwargs
        train = Function()
        """,
        init="",
    )
    core, seen = observe(fake)
    assert core.train(1, a=2) == ((1,), {"a": 2})
    assert seen == [{"a": 2}]


WARNING = """
import functools, warnings

def warns(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        names = ("params", "rounds", "callbacks")
        if len(args) > 1:
            warnings.warn("pass the rest by keyword", FutureWarning)
        return function(**dict(zip(names, args)), **kwargs)
    return inner

@warns
def train(params, *, rounds=10, callbacks=None):
    return [callback() for callback in callbacks or ()]
"""


def test_what_is_keyword_only_and_taken_by_position_all_the_same(fake: Any) -> None:
    fake.write(warning=WARNING)
    said: list[Any] = []
    seen: list[Any] = []

    def observer(call: engine.Call) -> Any:
        seen.append(dict(call.arguments))
        call.add_to_list("callbacks", lambda: said.append("ours"))
        yield

    fake.switch_on(fake.point("warning:train", observer, injects=["callbacks"], by_position=True))
    train, mine = fake.load("warning").train, [lambda: said.append("mine")]
    with pytest.warns(FutureWarning):
        train({}, 3, mine)
    train({}, callbacks=mine)
    assert said == ["mine", "ours", "mine", "ours"] and len(mine) == 1
    assert seen == [{"params": {}, "rounds": 3, "callbacks": mine}, {"params": {}, "callbacks": mine}]
