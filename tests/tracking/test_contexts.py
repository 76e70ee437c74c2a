"""Which run a log call goes to: threads, tasks, executors, worker processes, exit handlers."""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import fitscribe
from fitscribe.tracking import ActiveRun


def in_threads(*functions: object) -> None:
    threads = [threading.Thread(target=function) for function in functions]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_runs_opened_side_by_side_in_threads_are_independent() -> None:
    barrier = threading.Barrier(4)
    runs: list[ActiveRun] = []

    def work() -> None:
        with fitscribe.start_run("thread") as run:
            barrier.wait(30)
            fitscribe.log_metric("x", len(run.id))
            runs.append(run)
            barrier.wait(30)

    in_threads(*[work] * 4)
    assert [run.parent for run in runs] == [None] * 4
    assert all(fitscribe.get_run(run.id).metrics == {"x": 12.0} for run in runs)


def test_a_run_opened_in_a_thread_inside_of_the_scripts_run_is_its_child() -> None:
    together = threading.Barrier(2)

    def work() -> None:
        with fitscribe.start_run("inner"):
            together.wait(30)

    with fitscribe.start_run("outer") as outer:
        in_threads(work, work)
    assert [child.name for child in fitscribe.get_run(outer.id).children] == ["inner", "inner"]


def test_a_thread_logs_to_the_innermost_of_nested_runs() -> None:
    with fitscribe.start_run("outer"), fitscribe.start_run("inner") as inner:
        in_threads(lambda: fitscribe.log_metric("x", 1))
    assert fitscribe.get_run(inner.id).metrics == {"x": 1.0}


def test_tasks_that_open_runs_are_independent() -> None:
    async def work(number: int) -> ActiveRun:
        with fitscribe.start_run(f"task{number}") as run:
            await asyncio.sleep(0)
            fitscribe.log_metric("number", number)
            await asyncio.sleep(0)
            assert fitscribe.active_run() is run
            await asyncio.to_thread(fitscribe.log_metric, "thread", number)
        return run

    async def main() -> list[ActiveRun]:
        return await asyncio.gather(*map(work, range(3)))

    for number, run in enumerate(asyncio.run(main())):
        assert run.parent is None
        assert fitscribe.get_run(run.id).metrics == {"number": number, "thread": number}


def test_an_executor_logs_to_the_run_that_is_open() -> None:
    with fitscribe.start_run() as run, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: fitscribe.log_metric("x", n, n), range(30)))
    assert sorted(fitscribe.get_run(run.id).series("x").steps) == list(range(30))


def test_nothing_global_is_changed() -> None:
    before = (logging.root.level, list(logging.root.handlers), list(warnings.filters))
    with fitscribe.start_run() as run:
        run.log_metric("x", 1)
        run.log_text("a", "b")
    assert (logging.root.level, list(logging.root.handlers), list(warnings.filters)) == before


def test_the_run_of_the_script_takes_log_calls_and_nothing_else() -> None:
    fitscribe.log_metric("first", 1)
    script = fitscribe.active_run()
    assert script is not None
    with fitscribe.start_run("mine") as mine:
        assert fitscribe.active_run() is mine
        in_threads(lambda: fitscribe.log_metric("inside", 2))
    fitscribe.log_metric("last", 3)
    in_threads(lambda: fitscribe.log_metric("thread", 4))
    script.end()
    assert fitscribe.active_run() is None
    assert fitscribe.get_run(script.id).metrics == {"first": 1.0, "last": 3.0, "thread": 4.0}
    found = fitscribe.get_run(mine.id)
    assert found.parent is None and found.metrics == {"inside": 2.0}
