"""The variables of a running function: what they are, and that reading them leaves no trace.

PYTEST_DONT_REWRITE: a rewritten assertion calls `locals()`, and the variables of such functions are not read.
"""

from __future__ import annotations

import io
import pdb  # noqa: T100 - it is what is tested
import sys
import weakref
from types import FrameType
from typing import Any

import pytest

from fitscribe.engine.variables import locals_of

kept_before_313 = pytest.mark.skipif(sys.version_info >= (3, 13), reason="each look gives a dictionary anew")


def here() -> FrameType:
    return sys._getframe(1)


class Thing:
    def eval(self) -> Thing:
        return self

    def exec(self) -> Thing:
        return self

    x = 1


def test_local_variables() -> None:
    one, other = 1, "two"
    found = locals_of(here())
    assert found == {"one": 1, "other": "two"}
    del one, other


def test_those_of_functions_around_it() -> None:
    outer = 3

    def inner() -> dict[str, Any]:
        return {**locals_of(here()), "seen": outer}

    assert inner() == {"outer": 3, "seen": 3}
    assert locals_of(here())["outer"] == 3


def test_methods_of_such_names_are_no_looks() -> None:
    thing = Thing()
    thing.eval().exec()
    assert locals_of(here()) == {"thing": thing}
    assert vars(thing) == {} and locals_of(here()) == {"thing": thing}


def test_nothing_is_kept_alive() -> None:
    thing = Thing()
    reference = weakref.ref(thing)
    assert "thing" in locals_of(here())
    del thing
    assert reference() is None


@kept_before_313
def test_what_the_function_holds_of_itself_is_left_alone() -> None:
    def by_locals() -> Any:
        held = locals()
        later = 1
        assert later == 1
        return held, dict(held), locals_of(here())

    def by_vars() -> Any:
        held = vars()
        later = 1
        assert later == 1
        return held, dict(held), locals_of(here())

    def by_frame() -> Any:
        held = sys._getframe().f_locals
        return held, dict(held), locals_of(here())

    def by_eval() -> Any:
        held = eval("locals()")
        return held, dict(held), locals_of(here())

    for function in (by_locals, by_vars, by_frame, by_eval):
        held, before, found = function()
        assert held == before and found == {}


class AtPrompt(pdb.Pdb):
    """A debugger at whose prompt a variable is changed, and a function called that looks at them all."""

    def __init__(self) -> None:
        super().__init__(
            stdin=io.StringIO("rate = 2\nlooked()\ncontinue\n"), stdout=io.StringIO(), nosigint=True
        )
        self.use_rawinput = False


def test_a_debugger_that_holds_them_too() -> None:
    def looked() -> None:
        frame: FrameType | None = here()
        while frame is not None and frame.f_code.co_name != "training":
            frame = frame.f_back
        assert frame is not None
        locals_of(frame)

    def training(debugger: pdb.Pdb, looked: Any) -> Any:
        rate, model = 1, Thing()
        debugger.set_trace()
        return rate, model

    before = sys.gettrace()
    try:
        rate, model = training(AtPrompt(), looked)
    finally:
        sys.settrace(before)
    assert rate == 2 and type(model) is Thing


@kept_before_313
def test_a_name_far_down_in_the_code() -> None:
    lines = [f"    name_{index}" for index in range(400)]
    for call, expected in (("eval('1')", {}), ("thing.eval()", {"thing": 1})):
        text = "\n".join(
            ["def function(here, locals_of):", "    thing = Thing()", "    if thing.x > 2:"]
            + ["    " + line for line in lines]
            + [f"    {call}", "    return {name for name in locals_of(here()) if name == 'thing'}"]
        )
        namespace: dict[str, Any] = {"Thing": Thing}
        exec(text, namespace)
        assert namespace["function"](here, locals_of) == set(expected)


def test_modules_and_bodies_of_classes_have_none() -> None:
    class Body:
        inside = 1
        seen = locals_of(here())

    assert Body.seen == {}
    namespace: dict[str, Any] = {"locals_of": locals_of, "here": here}
    exec("seen = locals_of(here())", namespace)
    assert namespace["seen"] == {}
