"""Who owns what is going on: nesting, threads, tasks, worker processes, and where nothing is to be seen."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fitscribe import engine


def names(fake: Any) -> list[str]:
    return [call.name for call in fake.calls]


def test_calls_inside_a_call_belong_to_it(fake: Any, core: Any) -> None:
    def inside() -> None:
        owner = engine.current_owner()
        assert owner is not None and owner.name == "calling"
        core.Forest().fit([1])

    core.calling(inside)
    assert names(fake) == ["calling"]
    assert engine.current_owner() is None


def test_nested_point_is_observed_inside_and_knows_its_owner(fake: Any) -> None:
    fake.switch_on(fake.point("core:calling", id="outer"), fake.point("core:train", id="inner", nested=True))
    core = fake.load("core")
    core.calling(core.calling, core.train, {})
    outer, inner = fake.calls
    assert inner.owner is outer and outer.owner is None
    assert [call.name for call in fake.calls] == ["calling", "train"]


def test_a_call_that_does_not_look_inside_is_observed_alone(fake: Any) -> None:
    def alone(call: engine.Call) -> Any:
        call.looks_inside = False
        fake.calls.append(call)
        yield

    fake.switch_on(
        fake.point("core:calling", alone, id="outer"), fake.point("core:train", id="inner", nested=True)
    )
    core = fake.load("core")
    core.calling(core.train, {})
    assert names(fake) == ["calling"]
    core.train({})
    assert names(fake) == ["calling", "train"]


def test_each_thread_owns_its_calls(fake: Any, core: Any) -> None:
    together = threading.Barrier(4)
    threads = [threading.Thread(target=core.calling, args=(together.wait, 60)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(fake) == ["calling"] * 4 and len(fake.results) == 4


def test_thread_pool_inside_a_call_belongs_to_it(fake: Any, core: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        core.calling(lambda: list(pool.map(lambda n: core.Tree().fit([n]), range(4))))
        assert names(fake) == ["calling"]
        pool.submit(core.Tree().fit, [1]).result()
    assert names(fake) == ["calling", "fit"]


def test_thread_pool_leaves_the_users_context_alone(core: Any) -> None:
    mine = contextvars.ContextVar("mine", default="the thread's")
    mine.set("the caller's")
    with ThreadPoolExecutor(1) as pool:
        found: list[str] = []
        core.calling(lambda: found.append(pool.submit(mine.get).result()))
        error = ValueError()

        def fail() -> None:
            raise error

        future = core.calling(lambda: pool.submit(fail))
        assert future.exception() is error and error.__context__ is None
    assert found == ["the thread's"]


def test_submit_to_a_closed_pool_fails_as_ever(core: Any) -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        core.calling(pool.submit, print)


@pytest.mark.parametrize("backend", ["threading", "sequential"])
@pytest.mark.parametrize("tasks", [list, iter], ids=["list", "iterator"])
def test_joblib_inside_a_call_belongs_to_it(fake: Any, core: Any, backend: str, tasks: Any) -> None:
    joblib = pytest.importorskip("joblib")
    work = [joblib.delayed(core.Tree().fit)([n]) for n in range(8)]
    parallel = joblib.Parallel(n_jobs=2, backend=backend, pre_dispatch="1*n_jobs")
    done = core.calling(lambda: parallel(tasks(work)))
    assert [tree.X_ for tree in done] == [[n] for n in range(8)]
    assert names(fake) == ["calling"]
    parallel(tasks(work))
    assert names(fake) == ["calling"] + ["fit"] * 8


def test_joblib_still_counts_the_tasks(core: Any, capsys: Any) -> None:
    joblib = pytest.importorskip("joblib")
    core.calling(lambda: joblib.Parallel(n_jobs=1, verbose=100)([joblib.delayed(abs)(n) for n in range(3)]))
    printed = capsys.readouterr()
    assert "Done 3 out of 3" in " ".join((printed.out + printed.err).split())


def test_error_of_the_users_task_generator_passes(core: Any) -> None:
    joblib = pytest.importorskip("joblib")
    error = ValueError("mine")

    def tasks() -> Any:
        yield joblib.delayed(abs)(1)
        raise error

    with pytest.raises(ValueError) as raised:
        core.calling(lambda: joblib.Parallel(n_jobs=1)(tasks()))
    assert raised.value is error
    assert not any("parallel.py" in str(e.path) and "fitscribe" in str(e.path) for e in raised.traceback)


def test_asyncio_tasks_own_their_calls(fake: Any, core: Any) -> None:
    async def one(n: int) -> Any:
        await asyncio.sleep(0)
        return core.calling(lambda: n)

    async def all_of_them() -> Any:
        return await asyncio.gather(*(one(n) for n in range(5)))

    assert asyncio.run(all_of_them()) == list(range(5))
    assert names(fake) == ["calling"] * 5


def test_task_that_outlives_its_owner_is_its_own(fake: Any, core: Any) -> None:
    async def later() -> None:
        await asyncio.sleep(0)
        core.Tree().fit([1])

    async def main() -> None:
        await core.calling(asyncio.ensure_future, later())

    asyncio.run(main())
    assert names(fake) == ["calling", "fit"]


def test_call_that_ends_in_another_context(fake: Any, core: Any) -> None:
    # What greenlets do: the frame is resumed with a context that it did not begin in.
    def elsewhere(call: engine.Call) -> Any:
        yield

    from fitscribe.engine.observation import begin

    engine.unregister(fake.name)
    fake.switch_on(fake.point("core:calling", elsewhere, id="calling"))
    (place,) = fake.load("core").calling._self_places
    observation = contextvars.copy_context().run(begin, place, print, None, (print,), {})
    observation.resume(None)
    assert engine.current_owner() is None


def test_suppress_is_re_entrant_and_per_context(fake: Any, core: Any) -> None:
    block = engine.suppress()
    with block:
        with block, engine.suppress():
            core.calling(int)
        assert engine.is_suppressed()
        core.calling(int)
        thread = threading.Thread(target=core.calling, args=(int,))
        thread.start()
        thread.join()
        assert names(fake) == ["calling"]
        with ThreadPoolExecutor(1) as pool:
            pool.submit(core.calling, int).result()
    assert not engine.is_suppressed() and names(fake) == ["calling"]
    core.calling(int)
    assert names(fake) == ["calling"] * 2


def test_suppress_ends_with_an_error(core: Any) -> None:
    with pytest.raises(LookupError), engine.suppress():
        raise LookupError
    assert not engine.is_suppressed()


def test_suppress_of_a_generator_that_is_closed_elsewhere() -> None:
    def steps() -> Any:
        with engine.suppress():
            yield

    generator = steps()
    contextvars.copy_context().run(next, generator)
    generator.close()
    assert not engine.is_suppressed()
