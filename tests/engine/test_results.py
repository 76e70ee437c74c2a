"""What worker processes give for the tasks of an owned call is told here, task by task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import thread_time
from typing import Any

import pytest

from fitscribe import engine
from fitscribe.engine.results import results_expected

joblib = pytest.importorskip("joblib")
# Before, joblib takes a result while whoever waits for it is still being told.
in_order = pytest.mark.skipif(
    tuple(map(int, joblib.__version__.split(".")[:2])) < (1, 3), reason="joblib has its own order before 1.3"
)


def fail_at_two(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return -number


@pytest.fixture
def listening(fake: Any) -> tuple[Any, list[tuple[int, int]]]:
    """A function that is observed, and what tasks within it gave, with what each was asked for."""
    told: list[tuple[int, int]] = []

    def observer(call: engine.Call) -> Any:
        def expect(
            around: engine.Call, args: tuple[Any, ...], kwargs: Mapping[str, Any]
        ) -> Callable[[Any], None] | None:
            assert around is call
            (number,) = args
            return None if number % 2 else lambda result: told.append((number, result))

        with results_expected(call, expect):
            yield

    fake.switch_on(fake.point("core:calling", observer))
    return fake.load("core").calling, told


def in_processes(function: Any, numbers: Any) -> Any:
    return joblib.Parallel(n_jobs=2, backend="loky", batch_size=2)(
        joblib.delayed(function)(number) for number in numbers
    )


def test_tasks_that_somebody_waits_for_are_told_of(listening: Any) -> None:
    calling, told = listening
    assert calling(in_processes, abs, [-1, -2, -3, -4, -5, -6, -7]) == [1, 2, 3, 4, 5, 6, 7]
    assert sorted(told) == [(-6, 6), (-4, 4), (-2, 2)]
    # Outside of the call nobody does.
    assert in_processes(abs, [-8, -10]) == [8, 10]
    assert len(told) == 3


@in_order
def test_all_are_told_of_before_the_call_goes_on(listening: Any) -> None:
    calling, told = listening

    def inside() -> int:
        in_processes(abs, range(0, 40, 2))
        return len(told)

    assert calling(inside) == 20


def test_a_task_that_fails_is_none_of_them(listening: Any) -> None:
    calling, told = listening
    with pytest.raises(ValueError, match="two"):
        calling(in_processes, fail_at_two, [2, 4, 6, 8])
    assert {number for number, _ in told} <= {6, 8}  # 4 was in one batch with it


def test_what_is_no_batch_of_joblibs_passes(listening: Any) -> None:
    from joblib.externals.loky import get_reusable_executor

    calling, told = listening
    executor = get_reusable_executor()
    assert calling(lambda: executor.submit(abs, -2).result()) == 2
    executor.shutdown()  # joblib would take it for its own
    assert told == []


def test_threads_are_watched_by_other_means(listening: Any) -> None:
    calling, told = listening

    def threads() -> Any:
        return joblib.Parallel(n_jobs=2, backend="threading")(joblib.delayed(abs)(n) for n in (-2, -4))

    assert calling(threads) == [2, 4]
    assert told == []


def test_a_listener_that_fails_costs_the_training_nothing(fake: Any, said: list[str]) -> None:
    def fails(result: Any) -> None:
        raise RuntimeError("broken")

    def observer(call: engine.Call) -> Any:
        with results_expected(call, lambda *_: fails):
            yield

    fake.switch_on(fake.point("core:calling", observer))
    assert fake.load("core").calling(in_processes, abs, [-1, -2]) == [1, 2]
    assert said == [
        "fitscribe: results of worker processes: RuntimeError: broken (the training is not affected)"
    ]


@in_order
def test_time_that_listening_takes_is_the_calls(fake: Any) -> None:
    costs: list[float] = []

    def tell(result: Any) -> None:
        until = thread_time() + 0.01
        while thread_time() < until:
            pass

    def observer(call: engine.Call) -> Any:
        with results_expected(call, lambda *_: tell):
            yield
        costs.append(call.cpu)

    fake.switch_on(fake.point("core:calling", observer))
    fake.load("core").calling(in_processes, abs, range(4))
    assert costs[0] > 4 * 0.01


def test_the_executor_is_given_back() -> None:
    from joblib.externals.loky.reusable_executor import _ReusablePoolExecutor

    before = vars(_ReusablePoolExecutor)["submit"]
    engine.activate()
    states = {status.id: status.state for status in engine.coverage()}
    assert states["core.joblib_executor"] == "applied"
    engine.deactivate()
    assert vars(_ReusablePoolExecutor)["submit"] is before
