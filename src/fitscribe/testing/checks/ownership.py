"""Which run a training belongs to: nested, in threads, in tasks, in forks."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import Unfit, apart, require
from fitscribe.testing.lab import Lab
from fitscribe.testing.pictures import picture, shape, unlike

_MANY = 3


@check(shared=True)
def one_run(lab: Lab) -> None:
    """Each call makes one complete run of the patch point, the same one each time."""

    def twice() -> Any:
        lab.outcome()
        lab.require_runs(1, "after one call")
        lab.outcome()
        return [picture(run) for run in lab.require_runs(2, "after two calls")]

    pictures = lab.observed(twice)
    half = lab.runs_per_call
    found = unlike(pictures[:half], pictures[half:])
    require(not found, f"the second call makes another run: {found}")


def _once(action: Callable[[], object]) -> Callable[[], None]:
    done: list[bool] = []

    def inside() -> None:
        # A training asks as often as it likes, and the trainings within ask as well.
        if not done:
            done.append(True)
            action()

    return inside


def _expect_owned(lab: Lab, action: Callable[[], object], how: str) -> None:
    """Require trainings that an action makes inside of the call to belong to the call's run."""

    def observed() -> None:
        asked: list[bool] = []

        def act() -> None:
            asked.append(True)
            action()

        lab.case(_once(act)).run()
        require(asked, "the training did not call `inside`")
        lab.require_runs(1, f"of a training with another one {how}")
        require(
            len(lab.records()) == lab.runs_per_call,
            f"a training {how} made a run of its own: {len(lab.records())} in all",
        )

    lab.observed(observed)


@check(inside=True, shared=True)
def nested(lab: Lab) -> None:
    """A training inside of a training belongs to it: one run."""
    _expect_owned(lab, lambda: lab.case().run(), "inside of it")


@check(inside=True, shared=True)
def nested_thread_pool(lab: Lab) -> None:
    """Trainings that a training hands to a thread pool belong to it."""

    def action() -> None:
        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(lab.case().run) for _ in range(_MANY)]:
                future.result()

    _expect_owned(lab, action, "in a thread pool inside of it")


@check(inside=True, shared=True)
def nested_joblib(lab: Lab) -> None:
    """Trainings that a training hands to joblib's threads belong to it."""
    _expect_owned(lab, lambda: _joblib(lab), "in joblib's threads inside of it")


@check(inside=True, shared=True)
def nested_fork(lab: Lab) -> None:
    """A process forked inside of a training makes no run of its own."""
    _expect_owned(lab, lambda: apart(lambda: bool(lab.outcome())), "in a fork inside of it")


def _expect_each(lab: Lab, train: Callable[[], object], how: str, count: int = _MANY) -> None:
    """Require trainings side by side to make complete, equal runs."""

    def observed() -> None:
        train()
        shapes = sorted((shape(run) for run in lab.require_runs(count, how)), key=repr)
        for number, other in enumerate(shapes):
            found = unlike([shapes[number - number % count]], [other])
            require(not found, f"the runs {how} are not alike: {found}")

    lab.observed(observed)


def _joblib(lab: Lab) -> None:
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise Unfit("joblib is not installed") from None
    cases = [lab.case() for _ in range(_MANY)]
    Parallel(n_jobs=2, backend="threading")(delayed(case.run)() for case in cases)


@check(shared=True)
def threads(lab: Lab) -> None:
    """Trainings in threads of the user's make as many complete runs."""

    def train() -> None:
        cases = [lab.case() for _ in range(_MANY)]
        start = threading.Barrier(_MANY)
        errors: list[BaseException] = []

        def run(case: Any) -> None:
            start.wait()
            try:
                case.run()
            except BaseException as error:
                errors.append(error)

        each = [threading.Thread(target=run, args=(case,)) for case in cases]
        for thread in each:
            thread.start()
        for thread in each:
            thread.join()
        require(not errors, f"a training in a thread raised {errors}")

    _expect_each(lab, train, "in threads")


@check(shared=True)
def joblib_threads(lab: Lab) -> None:
    """Trainings in joblib's threads make as many complete runs."""
    _expect_each(lab, lambda: _joblib(lab), "in joblib's threads")


@check(shared=True)
def asyncio_(lab: Lab) -> None:
    """Trainings in tasks of asyncio, and in its threads, make as many complete runs."""

    async def train() -> None:
        async def one() -> None:
            case = lab.case()
            await asyncio.sleep(0)
            case.run()
            await asyncio.sleep(0)

        cases = [lab.case() for _ in range(_MANY)]
        await asyncio.gather(*(one() for _ in range(_MANY)))
        await asyncio.gather(*(asyncio.to_thread(case.run) for case in cases))

    _expect_each(lab, lambda: asyncio.run(train()), "in asyncio", 2 * _MANY)


@check(shared=True)
def fork(lab: Lab) -> None:
    """A forked process trains and records as its parent does."""

    def train() -> None:
        lab.case().run()
        apart(lambda: bool(lab.outcome()))
        lab.case().run()

    if not hasattr(os, "fork"):
        raise Unfit("there is no fork here")
    _expect_each(lab, train, "in a process and its fork")
