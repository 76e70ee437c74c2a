"""A store that is too slow for every step: fewer are recorded, the run says so, and all else is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.tracking.opened import opened

import fitscribe
from fitscribe.store import RunWriter
from fitscribe.tracking import metric_log, pace, rounds
from fitscribe.tracking.rounds import Rounds
from fitscribe.tracking.run import ActiveRun

STEP_S = 0.01


class Clock:
    """Stands still but for what the test does."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (pace, metric_log, rounds):
        monkeypatch.setattr(module, "perf_counter", clock)
    return clock


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Callable[[float], None]:
    """Sets how many seconds each write takes."""
    takes = 0.0

    def slow(write: Callable[..., None]) -> Callable[..., None]:
        def written(*args: Any) -> None:
            clock.now += takes
            write(*args)

        return written

    def set_to(seconds: float) -> None:
        nonlocal takes
        takes = seconds

    for name in ("timed", "points"):
        monkeypatch.setattr(RunWriter, name, slow(getattr(RunWriter, name)))
    return set_to


def train(run: ActiveRun, clock: Clock, first: int, last: int, name: str = "train/loss") -> None:
    """Steps as an integration records them, each of which takes a hundredth of a second."""
    for step in range(first, last + 1):
        clock.now += STEP_S
        point = (name, step, 1.0, float(step))
        if step % run.pace.every == 0:
            run.log_timed([point])
        else:
            run.pace.pass_over(point)


def notes(run: ActiveRun) -> list[str]:
    return [each["why"] for each in fitscribe.get_run(run.id).unseen if each["what"] == "every step"]


def test_a_fast_store_gets_all(clock: Clock, disk: Callable[[float], None]) -> None:
    disk(STEP_S / 200)
    run = opened()
    train(run, clock, 1, 2_000)
    run.end()
    assert len(run.series("train/loss").steps) == 2_000 and notes(run) == []


def test_a_slow_store_gets_fewer_until_it_costs_what_it_may(
    clock: Clock, disk: Callable[[float], None]
) -> None:
    disk(STEP_S)
    run = opened()
    train(run, clock, 1, 20_000)
    cost = STEP_S * len(run.series("train/loss").steps)
    run.log_metric("mine", 1.0)
    run.end()
    assert cost / 20_000 / STEP_S < 0.03
    steps = list(run.series("train/loss").steps)
    assert steps[:50] == list(range(1, 51)) and steps[-1] == 20_000
    (note,) = notes(run)
    assert note.startswith("from step 50 on one of 2, as the store took 50 % of the time; from step ")
    found = fitscribe.get_run(run.id)
    assert found.params == {"depth": 3}
    assert found.metrics == {"train/loss": 20_000.0, "mine": 1.0}


def test_the_last_step_is_there_wherever_it_falls(clock: Clock, disk: Callable[[float], None]) -> None:
    disk(STEP_S)
    run = opened()
    train(run, clock, 1, 1_001)
    train(run, clock, 1, 1_003, name="train/other")
    assert run.pace.every > 2
    run.end()
    found = fitscribe.get_run(run.id)
    assert found.metrics == run.final == {"train/loss": 1_001.0, "train/other": 1_003.0}
    assert found.series("train/loss").steps[-1] == 1_001


def test_rounds_of_a_boosting_are_thinned_alike(clock: Clock, disk: Callable[[float], None]) -> None:
    disk(STEP_S)
    run = opened()
    boosting = Rounds(run)
    for number in range(1_000):
        clock.now += STEP_S
        boosting.record({"eval/loss": float(number)})
    boosting.end()
    run.end()
    steps = list(run.series("eval/loss").steps)
    assert len(steps) < 300 and steps[-1] == 999 and len(notes(run)) == 1
    assert fitscribe.get_run(run.id).metrics == {"eval/loss": 999.0}


def test_a_disk_that_is_slow_for_once_costs_no_step(clock: Clock, disk: Callable[[float], None]) -> None:
    run = opened()
    train(run, clock, 1, 1_000)
    disk(5.0)
    train(run, clock, 1_001, 1_001)
    disk(0.0)
    train(run, clock, 1_002, 3_000)
    run.end()
    assert list(run.series("train/loss").steps) == list(range(1, 3_001)) and notes(run) == []


def test_whoever_else_has_the_processor_costs_no_step(clock: Clock, disk: Callable[[float], None]) -> None:
    run = opened()
    for first in range(1, 3_000, 5):
        # The clock goes on in the middle of every fifth write.
        disk(0.0)
        train(run, clock, first, first + 3)
        disk(0.02)
        train(run, clock, first + 4, first + 4)
    run.end()
    assert len(run.series("train/loss").steps) == 3_000 and notes(run) == []


def test_the_last_of_steps_that_are_written_together(clock: Clock) -> None:
    run = opened(log_every=2)
    points = [("train/loss", step, 1.0, float(step)) for step in range(1, 6)]
    for point in points[::2]:
        run.pace.pass_over(point)
    run.log_timed(points[1::2])
    run.end()
    assert list(run.series("train/loss").steps) == [2, 4, 5]
    assert fitscribe.get_run(run.id).metrics == {"train/loss": 5.0}


def test_a_store_that_is_fast_again_gets_all_again(clock: Clock, disk: Callable[[float], None]) -> None:
    disk(0.1)
    run = opened()
    train(run, clock, 1, 100)
    assert run.pace.every > 1
    disk(0.0)
    train(run, clock, 101, 5_000)
    run.end()
    (note,) = notes(run)
    assert note.endswith("on all, as it took less")
    assert list(run.series("train/loss").steps)[-1_000:] == list(range(4_001, 5_001))


def test_what_was_asked_for_is_the_most(clock: Clock, disk: Callable[[float], None]) -> None:
    run = opened(log_every=3)
    disk(1.0)
    train(run, clock, 1, 100)
    disk(0.0)
    train(run, clock, 101, 5_000)
    run.end()
    steps = list(run.series("train/loss").steps)
    assert [late - early for early, late in zip(steps[-10:-2], steps[-9:-1], strict=True)] == [3] * 8
    assert run.pace.every == 3


def test_what_the_script_logs_is_never_thinned(clock: Clock, disk: Callable[[float], None]) -> None:
    disk(1.0)
    run = opened()
    train(run, clock, 1, 100)
    assert run.pace.every > 1
    for step in range(200):
        run.log_metrics({"a": 1.0, "b": 2.0}, step)
        run.log_metric("c", 3.0, step)
    run.end()
    assert [len(run.series(name).steps) for name in "abc"] == [200] * 3


@pytest.mark.parametrize(("every", "stall"), [(3, 0.05), (5, 0.5)])
def test_a_store_that_is_slow_in_some_of_its_writes(
    clock: Clock, disk: Callable[[float], None], every: int, stall: float
) -> None:
    run = opened()
    for step in range(1, 3_001):
        disk(stall if len(run.series("train/loss").steps) % every == 0 else 0.0)
        train(run, clock, step, step)
    stalls = stall * len(run.series("train/loss").steps) / every
    assert run.pace.every > 4 and stalls < 0.25 * (clock.now - 100.0)


def test_a_few_writes_that_take_a_minute_each(clock: Clock, disk: Callable[[float], None]) -> None:
    disk(60.0)
    run = opened()
    train(run, clock, 1, 8)
    assert run.pace.every > 2


def test_what_is_said_of_a_store_that_is_slow_by_turns_has_an_end(
    clock: Clock, disk: Callable[[float], None]
) -> None:
    run = opened()
    for first in range(1, 200_000, 2_000):
        disk(STEP_S)
        train(run, clock, first, first + 999)
        disk(0.0)
        train(run, clock, first + 1_000, first + 1_999)
    run.end()
    (note,) = notes(run)
    assert 10 < note.count(";") < 40 and run.pace.every > 1


@pytest.mark.parametrize(("write_us", "thinned"), [(9, False), (12, True)])
def test_ten_microseconds_per_point_are_always_allowed(
    clock: Clock, disk: Callable[[float], None], monkeypatch: pytest.MonkeyPatch, write_us: int, thinned: bool
) -> None:
    monkeypatch.setattr("tests.tracking.test_pace.STEP_S", 1e-4)
    disk(write_us / 1e6)
    run = opened()
    train(run, clock, 1, 40_000)
    assert (run.pace.every > 1) is thinned


def test_twenty_milliseconds_of_a_run_are_always_allowed(
    clock: Clock, disk: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.tracking.test_pace.STEP_S", 0.07)
    disk(0.001)  # 1.4 % of the time
    run = opened()
    train(run, clock, 1, 19)
    assert run.pace.every == 1
    train(run, clock, 20, 40)
    assert run.pace.every == 2
