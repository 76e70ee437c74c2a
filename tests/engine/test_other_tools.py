"""Another tool's wrapper beneath and on top of ours: each keeps working, nobody fights for the position."""

from __future__ import annotations

from typing import Any

import pytest
from tests.engine.layers import OTHERS, hidden, proxied, wraps

from fitscribe import engine


@pytest.fixture(autouse=True)
def forget() -> None:
    OTHERS.clear()


@pytest.mark.parametrize("wrap", [wraps, hidden, proxied])
def test_another_tool_beneath(fake: Any, wrap: Any) -> None:
    core = fake.load("core")
    core.train = theirs = wrap(core.train)
    core.Base.fit = their_fit = wrap(core.Base.fit)
    fake.switch_on(fake.point("core:train"), fake.point("core:Base", id="fit", methods=["fit"]))
    core.train({})
    core.Tree().fit([1])
    assert len(fake.calls) == 2 and OTHERS == ["theirs"] * 2
    engine.deactivate(fake.name)
    assert core.train is theirs and vars(core.Base)["fit"] is their_fit


@pytest.mark.parametrize("wrap", [wraps, hidden, proxied])
def test_another_tool_on_top_and_retired_in_place(fake: Any, wrap: Any) -> None:
    fake.switch_on(fake.point("core:train"), fake.point("core:Base", id="fit", methods=["fit"]))
    module, core = fake.load(), fake.load("core")
    core.train = theirs = wrap(core.train)
    core.Base.fit = their_fit = wrap(vars(core.Base)["fit"])
    core.train({})
    core.Tree().fit([1])
    assert len(fake.calls) == 2
    assert fake.status().state == fake.status("fit").state == "applied"

    engine.deactivate(fake.name)
    assert core.train is theirs and vars(core.Base)["fit"] is their_fit
    assert fake.status().state == fake.status("fit").state == "retired in place"
    core.train({})
    core.Tree().fit([1])
    assert len(fake.calls) == 2 and OTHERS == ["theirs"] * 4

    engine.activate([fake.name])
    core.train({})
    core.Tree().fit([1])
    module.train({})  # the alias is bound again, too
    assert len(fake.calls) == 5
    assert core.train is theirs and fake.status().state == "applied"


def test_displaced_is_said_and_not_fought(fake: Any) -> None:
    core = fake.load("core")
    original = core.train
    fake.switch_on(fake.point("core:train"), fake.point("core:Base", id="fit", methods=["fit"]))
    core.train = wraps(original)  # the usual idiom of a tool that puts "its original" back
    core.Base.fit = lambda self, X: self
    assert fake.status().state == "displaced" and "theirs" not in fake.calls
    assert "core.train was displaced by" in fake.status().reason
    assert "Base.fit was displaced by" in fake.status("fit").reason
    core.train({})
    assert not fake.calls
    mine = core.train
    engine.deactivate(fake.name)
    assert core.train is mine
    engine.activate([fake.name])  # asked again, we go on top
    core.train({})
    assert len(fake.calls) == 1 and fake.status().state == "applied"


def test_core_points_come_and_go() -> None:
    from concurrent.futures import ThreadPoolExecutor

    before = vars(ThreadPoolExecutor)["submit"]
    engine.activate()
    states = {status.id: status.state for status in engine.coverage() if status.id.startswith("core.")}
    assert states["core.thread_pool"] == "applied" and vars(ThreadPoolExecutor)["submit"] is not before
    ours = vars(ThreadPoolExecutor)["submit"]
    ThreadPoolExecutor.submit = wraps(ours)  # type: ignore[method-assign]
    try:
        engine.deactivate()
        found = {status.id: status.state for status in engine.coverage()}
        assert found["core.thread_pool"] == "retired in place"
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(abs, -1).result() == 1
    finally:
        ThreadPoolExecutor.submit = ours  # type: ignore[method-assign]
    engine.activate()
    engine.deactivate()
    assert vars(ThreadPoolExecutor)["submit"] is before
