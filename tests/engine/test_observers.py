"""Observers: generators that run around a call and never come between the user and it."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import sys
import traceback
import warnings
import weakref
from typing import Any

import pytest

from fitscribe import engine

FRAMES_OF_OURS = 0 if sys.version_info >= (3, 11) else 1


class UserError(Exception):
    pass


def on(fake: Any, observer: Any = None, target: str = "core:failing", **declared: Any) -> Any:
    fake.switch_on(fake.point(target, observer, **declared))
    return fake.load("core")


def test_observer_reads_top_to_bottom(fake: Any) -> None:
    order: list[Any] = []

    def observer(call: engine.Call) -> Any:
        order.append(("before", call.arguments))
        result = yield
        order.append(("after", result["rounds"]))

    core = on(fake, observer, "core:train")
    core.train({}, callbacks=[lambda: order.append("inside")])
    assert order[0][0] == "before" and order[1:] == ["inside", ("after", 10)]


@pytest.mark.parametrize(
    "error",
    [UserError("mine"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), StopIteration(5), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_users_exception_is_the_same_object_untouched(fake: Any, error: BaseException) -> None:
    shown: list[Any] = []

    def observer(call: engine.Call) -> Any:
        try:
            yield
        except BaseException as caught:
            shown.extend([caught, call.exception])
            raise

    core = on(fake, observer)
    error.__cause__ = cause = ValueError("cause")
    error.__suppress_context__ = False
    with pytest.raises(type(error)) as raised:
        core.failing(error)
    assert raised.value is error and shown == [error, error]
    assert error.__cause__ is cause and error.__context__ is None and error.__suppress_context__ is False
    assert not hasattr(error, "__notes__")
    frames = traceback.extract_tb(error.__traceback__)
    assert len(frames) == 2 + FRAMES_OF_OURS
    assert (frames[0].name, frames[-1].name) == (sys._getframe().f_code.co_name, "failing")
    assert sum("fitscribe/engine" in frame.filename for frame in frames) == FRAMES_OF_OURS


def test_context_and_notes_are_untouched(fake: Any) -> None:
    def meddler(call: engine.Call) -> Any:
        try:
            yield
        except UserError as error:
            vars(error).setdefault("__notes__", []).append("ours")
            error.__cause__ = LookupError("ours")
            raise RuntimeError("ours") from error

    fake.write(
        core="""
        def failing(error):
            try:
                1 / 0
            except ZeroDivisionError:
                raise error
        """
    )
    fake.write(init="")
    core = on(fake, meddler)
    noted = UserError("noted")
    noted.__notes__ = notes = ["user's"]  # type: ignore[attr-defined]
    for error in (UserError("plain"), noted):
        with pytest.raises(UserError) if error else contextlib.nullcontext():
            _quietly(core.failing, error)
        assert type(error.__context__) is ZeroDivisionError and error.__cause__ is None
    assert noted.__notes__ is notes and notes == ["user's"]  # type: ignore[attr-defined]


def _quietly(function: Any, *args: Any) -> Any:
    """Call with the guard as users have it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FITSCRIBE_RERAISE")
        engine.set_output(lambda line: None)
        try:
            return function(*args)
        finally:
            engine.set_output(None)


def test_frozen_exception_passes(fake: Any) -> None:
    @dataclasses.dataclass(frozen=True)
    class Frozen(Exception):
        code: int

    core = on(fake)
    error = Frozen(3)
    caught = None
    try:
        core.failing(error)
    except Frozen as frozen:  # pytest.raises() itself cannot take one
        caught = frozen
    assert caught is error and fake.errors == [error]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are of Python 3.11")
def test_exception_group_passes_whole(fake: Any) -> None:
    group = ExceptionGroup("two", [UserError("a"), ValueError("b")])  # noqa: F821
    with pytest.raises(ExceptionGroup) as raised:  # noqa: F821
        on(fake).failing(group)
    assert raised.value is group and len(group.exceptions) == 2
    assert all(error.__traceback__ is None for error in group.exceptions)


def test_observer_that_swallows_does_not_swallow_the_users_exception(fake: Any) -> None:
    def observer(call: engine.Call) -> Any:
        with contextlib.suppress(UserError):
            yield

    core = on(fake, observer)
    with pytest.raises(UserError):
        core.failing(UserError())
    assert fake.status().state == "applied"


def bug_before(call: engine.Call) -> Any:
    raise LookupError("bug")
    yield


def bug_after(call: engine.Call) -> Any:
    yield
    raise LookupError("bug")


def bug_always(call: engine.Call) -> Any:
    try:
        yield
    finally:
        raise LookupError("bug")


def yields_twice(call: engine.Call) -> Any:
    yield
    yield


def no_generator(call: engine.Call) -> Any:
    return 5


BUGS = [bug_before, bug_after, bug_always, yields_twice, no_generator]


@pytest.mark.parametrize("observer", BUGS)
def test_a_bug_never_reaches_the_user(fake: Any, said: list[str], observer: Any) -> None:
    core = on(fake, observer, "core:calling")
    assert core.calling(lambda x: x + 1, 1) == 2
    assert len(said) == 1 and said[0].startswith(f"fitscribe: {fake.name}.train:")
    assert engine.current_owner() is None


@pytest.mark.parametrize("observer", [bug_before, bug_always, no_generator])
def test_a_bug_does_not_change_the_users_exception(fake: Any, said: list[str], observer: Any) -> None:
    core = on(fake, observer)
    error = UserError("mine")
    with pytest.raises(UserError) as raised:
        core.failing(error)
    assert raised.value is error and error.__context__ is None and len(said) == 1
    assert len(raised.traceback) == 2 + FRAMES_OF_OURS


@pytest.mark.parametrize("observer", BUGS)
def test_no_bug_hides_in_our_own_tests(fake: Any, observer: Any) -> None:
    core = on(fake, observer, "core:calling")
    with pytest.raises((LookupError, RuntimeError, TypeError)):
        core.calling(int)


def test_point_is_retired_after_three_failures_in_a_row(fake: Any, said: list[str]) -> None:
    fails = [True, True, False, True, True, True]
    begun: list[bool] = []

    def observer(call: engine.Call) -> Any:
        begun.append(True)
        if fails[len(begun) - 1]:
            raise LookupError("again")
        yield

    core = on(fake, observer, "core:train")
    for _ in range(10):
        core.train({})
    assert len(begun) == 6
    assert fake.status().state == "skipped" and "3 times in a row" in fake.status().reason
    assert sum("switched off" in line for line in said) == 1 and len(said) == 2


def test_observer_that_declines_leaves_inner_calls_to_be_observed(fake: Any) -> None:
    def observer(call: engine.Call) -> Any:
        if type(call.instance).__name__ == "Forest":
            return
        fake.calls.append(call)
        yield

    core = on(fake, observer, "core:Base", methods=["fit"])
    core.Forest().fit([1])
    assert len(fake.calls) == 3


def test_stop_iteration_is_the_users(fake: Any) -> None:
    core = on(fake, target="core:calling")
    with pytest.raises(StopIteration):
        core.calling(next, iter([]))
    assert next(iter([core.calling(lambda: 1)])) == 1
    assert fake.status().state == "applied"


def test_arguments_are_not_kept_alive(fake: Any) -> None:
    class Big:
        pass

    core = on(fake, target="core:calling")
    for inside in (lambda big: None, lambda big: 1 / 0):
        big, instance = Big(), core.Tree()
        references = [weakref.ref(big), weakref.ref(instance)]
        with contextlib.suppress(ZeroDivisionError):
            core.calling(inside, big)
        fake.errors.clear()
        del big, instance
        if sys.version_info < (3, 13):
            assert [reference() for reference in references] == [None, None]
        gc.collect()
        assert [reference() for reference in references] == [None, None]
    for call in fake.calls:
        assert call.finished and call.args == () and not call.kwargs and not call.arguments
        assert call.function is call.instance is call.exception is None


def test_failing_observer_keeps_no_arguments_alive(fake: Any, said: list[str]) -> None:
    class Big:
        pass

    core = on(fake, bug_before, "core:calling")
    big = Big()
    reference = weakref.ref(big)
    core.calling(lambda big: None, big)
    del big
    gc.collect()
    assert reference() is None


def test_warnings_name_the_users_line(fake: Any) -> None:
    fake.write(
        core="""
        import warnings
        def train(level, category=DeprecationWarning):
            warnings.warn("old", category, stacklevel=level)
        class Base:
            def fit(self, level):
                return train(level)
        """,
        init="",
    )
    core = fake.load("core")

    def caught(function: Any, level: int) -> list[tuple[str, int]]:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            function(level)
        return [(each.filename, each.lineno) for each in found]

    bare = [
        caught(core.train, 1),
        caught(core.train, 2),
        caught(core.Base().fit, 2),
        caught(core.Base().fit, 3),
    ]
    fake.switch_on(fake.point("core:train"), fake.point("core:Base", id="fit", methods=["fit"]))
    now = [
        caught(core.train, 1),
        caught(core.train, 2),
        caught(core.Base().fit, 2),
        caught(core.Base().fit, 3),
    ]
    assert now == bare
    assert bare[1][0][0] == __file__ and len(fake.calls) == 4


def test_recursion_error_is_the_users(fake: Any) -> None:
    core = on(fake, target="core:Base", methods=["fit"])

    class Endless(core.Base):  # type: ignore[misc]
        def fit(self, X: Any) -> Any:
            return self.fit(X)

    with pytest.raises(RecursionError):
        Endless().fit([1])
    assert engine.current_owner() is None
    assert core.Tree().fit([1]).X_ == [1]
    assert fake.status().state == "applied"


def test_deep_but_finite_recursion_still_works(fake: Any) -> None:
    core = on(fake, target="core:Base", methods=["fit"])

    class Deep(core.Base):  # type: ignore[misc]
        def fit(self, n: int) -> Any:
            return n and 1 + self.fit(n - 1)

    # One frame of ours for each of theirs.
    assert Deep().fit(sys.getrecursionlimit() // 4) == sys.getrecursionlimit() // 4


def test_call_that_does_not_bind_fails_by_itself(fake: Any) -> None:
    core = on(fake, target="core:train")
    with pytest.raises(TypeError, match=r"train\(\) missing 1 required positional argument: 'params'"):
        core.train()
    assert not fake.calls


def test_keyboard_interrupt_in_the_observer_passes(fake: Any, said: list[str]) -> None:
    def observer(call: engine.Call) -> Any:
        yield
        raise KeyboardInterrupt

    core = on(fake, observer, "core:train")
    with pytest.raises(KeyboardInterrupt):
        core.train({})
    assert said == [] and engine.current_owner() is None


def test_site_is_the_line_of_the_user(fake: Any) -> None:
    sites = []

    def observer(call: engine.Call) -> Any:
        sites.append(call.site)
        assert call.site is sites[-1]
        yield

    observer.__module__ = "fitscribe_of_somebody.patches"  # its own frames are nobody's script
    core = on(fake, observer, "core:train")
    core.train({})
    line = sys._getframe().f_lineno - 1
    assert sites == [engine.CallSite(__file__, line, sys._getframe().f_code.co_name)]


def test_cost_of_a_call_is_counted_without_the_call(fake: Any) -> None:
    costs = []

    def observer(call: engine.Call) -> Any:
        sum(range(200_000))
        yield
        costs.append(call.cpu)

    core = on(fake, observer, "core:calling")
    core.calling(lambda: sum(range(20_000_000)))
    core.calling(lambda: None)
    assert 0 < costs[0] < 10 * costs[1]
