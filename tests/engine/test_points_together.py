"""Several points on one method: one wrapper serves them, and each comes and goes as if it were alone."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from fitscribe import engine


class Both:
    """A point that owns what it observes, and one that observes what is owned."""

    def __init__(self, fake: Any) -> None:
        self.fake = fake
        self.seen: list[tuple[str, bool]] = []

    def observer(self, name: str) -> Any:
        def observer(call: engine.Call) -> Generator[None, Any, None]:
            self.seen.append((name, call.owner is not None))
            yield

        return observer

    def points(self) -> list[Any]:
        """In the order in which they are declared."""

        def is_inside(instance: Any, args: Any, kwargs: Any) -> bool:
            return engine.current_owner() is not None

        declare = self.fake.point
        return [
            declare("core:Base", self.observer("fit"), id="fit", methods=["fit"]),
            declare(
                "core:Base", self.observer("step"), id="step", methods=["fit"], nested=True, only=is_inside
            ),
        ]


@pytest.fixture
def both(fake: Any) -> Both:
    return Both(fake)


def layers(function: Any) -> int:
    """How many functions of ours and of the framework are on top of each other."""
    return 1 + layers(function.__wrapped__) if hasattr(function, "__wrapped__") else 1


def test_one_wrapper_serves_both(fake: Any, both: Both) -> None:
    core = fake.load("core")
    originals = [vars(cls)["fit"] for cls in (core.Base, core.Forest)]
    fake.switch_on(*both.points())
    assert [layers(vars(cls)["fit"]) for cls in (core.Base, core.Forest)] == [2, 2]
    core.Forest().fit([1])
    assert both.seen == [("fit", False)] + [("step", True)] * 3
    engine.deactivate(fake.name)
    assert [vars(cls)["fit"] for cls in (core.Base, core.Forest)] == originals
    core.Forest().fit([1])
    assert len(both.seen) == 4


def test_those_that_observe_what_is_owned_come_after_another_wrapper(fake: Any, both: Both) -> None:
    core = fake.load("core")
    originals = [vars(cls)["fit"] for cls in (core.Base, core.Forest)]
    fake.switch_on(*reversed(both.points()))
    assert layers(vars(core.Base)["fit"]) == 3
    core.Forest().fit([1])
    assert both.seen == [("fit", False)] + [("step", True)] * 4  # the forest's own, too
    engine.deactivate(fake.name)
    assert [vars(cls)["fit"] for cls in (core.Base, core.Forest)] == originals


def test_points_of_two_frameworks_have_a_wrapper_each(fake: Any, both: Both) -> None:
    fit, step = both.points()
    core = fake.load("core")
    original = vars(core.Base)["fit"]
    other = engine.Integration(f"{fake.name}.core", [step])
    fake.switch_on(fit)
    engine.register(other.framework, other)
    try:
        engine.activate([other.framework])
        assert layers(vars(core.Base)["fit"]) == 3
        engine.deactivate(other.framework)
        assert layers(vars(core.Base)["fit"]) == 2
        core.Base().fit([1])
        assert both.seen == [("fit", False)]
    finally:
        engine.unregister(other.framework)
    engine.deactivate(fake.name)
    assert vars(core.Base)["fit"] is original


def test_what_fails_three_times_leaves_the_other_at_work(
    fake: Any, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FITSCRIBE_RERAISE")

    def defect(call: engine.Call) -> Generator[None, Any, None]:
        call.arguments["a parameter that there is not"]
        yield

    fit, _ = both.points()
    step = fake.point("core:Base", defect, id="step", methods=["fit"], nested=True)
    said: list[str] = []
    engine.set_output(said.append)
    try:
        fake.switch_on(fit, step)
        core = fake.load("core")
        for _ in range(4):
            core.Base().fit([1])
    finally:
        engine.set_output(None)
    assert fake.status("step").state == "skipped" and fake.status("fit").state == "applied"
    assert both.seen == [("fit", False)]
    assert len(said) == 2


def test_one_that_was_displaced_and_put_back_comes_and_goes_with_the_other(fake: Any, both: Both) -> None:
    core = fake.load("core")
    originals = [vars(cls)["fit"] for cls in (core.Base, core.Forest)]
    fake.switch_on(*both.points())
    wrapper = vars(core.Base)["fit"]
    core.Forest.fit = theirs = lambda self, X: core.Base.fit(self, X)
    engine.activate([fake.name])  # asked again, both go on top
    assert vars(core.Base)["fit"] is wrapper
    assert layers(vars(core.Forest)["fit"]) == 2
    core.Forest().fit([1])
    assert both.seen == [("fit", False), ("step", True)]
    engine.deactivate(fake.name)
    assert vars(core.Base)["fit"] is originals[0] and vars(core.Forest)["fit"] is theirs
    assert not any(each.reason for each in engine.coverage_for(fake.name) if "beneath" in each.reason)
    engine.activate([fake.name])
    assert layers(vars(core.Base)["fit"]) == 2
    engine.deactivate(fake.name)
    assert vars(core.Base)["fit"] is originals[0]


def test_beneath_another_tool_both_are_left_and_come_to_life_again(fake: Any, both: Both) -> None:
    core = fake.load("core")
    fake.switch_on(*both.points())
    original, ours = vars(core.Forest)["fit"].__wrapped__, vars(core.Forest)["fit"]
    core.Forest.fit = theirs = lambda self, X: ours(self, X)
    engine.deactivate(fake.name)
    assert vars(core.Forest)["fit"] is theirs
    assert fake.status("fit").state == fake.status("step").state == "retired in place"
    core.Forest().fit([1])
    assert not both.seen
    engine.activate([fake.name])
    core.Forest().fit([1])
    assert both.seen == [("fit", False)] + [("step", True)] * 3
    core.Forest.fit = ours  # the other tool has gone
    engine.deactivate(fake.name)
    assert vars(core.Forest)["fit"] is original


def test_a_function_that_comes_by_value_is_wrapped_for_both(fake: Any, both: Both) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    fake.switch_on(*both.points())
    core = fake.load("core")

    class Mine(core.Forest):  # type: ignore[misc, name-defined]
        def fit(self, X: Any) -> Any:
            return super().fit(X)

    wrapper, first = vars(Mine)["fit"], vars(Mine)["fit"].__wrapped__
    assert type(cloudpickle.loads(cloudpickle.dumps(Mine()))) is Mine
    came = vars(Mine)["fit"].__wrapped__
    assert vars(Mine)["fit"] is wrapper and came is not first and layers(wrapper) == 2
    Mine().fit([1])
    assert both.seen[0] == ("fit", False)
    engine.deactivate(fake.name)
    assert vars(Mine)["fit"] is came


def test_a_copy_in_a_class_body_is_taken_back(fake: Any, both: Both) -> None:
    fake.switch_on(*both.points())
    core = fake.load("core")

    class Mine(core.Base):  # type: ignore[misc, name-defined]
        fit = core.Forest.fit

    Mine().fit([1])
    assert both.seen == [("fit", False)] + [("step", True)] * 3
    engine.deactivate(fake.name)
    assert vars(Mine)["fit"] is vars(core.Forest)["fit"]
    assert layers(vars(Mine)["fit"]) == 1
