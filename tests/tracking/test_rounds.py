"""The series of a boosting, written round by round."""

from __future__ import annotations

import shutil

from tests.tracking.opened import opened

import fitscribe
from fitscribe.tracking.rounds import Rounds
from fitscribe.tracking.run import ActiveRun


def made(run: ActiveRun, losses: list[float], before: int = 0) -> Rounds:
    rounds = Rounds(run, before)
    for loss in losses:
        rounds.record({"eval/loss": loss})
    return rounds


def test_each_round_is_there_before_the_next() -> None:
    run = opened()
    rounds = Rounds(run)
    for number, loss in enumerate([3.0, 2.0, 1.0]):
        rounds.record({"eval/loss": loss, "train/loss": loss / 2})
        series = fitscribe.get_run(run.id).series("eval/loss")
        assert series.steps[-1] == number and series.values[-1] == loss
    rounds.end()
    run.end()
    assert fitscribe.get_run(run.id).metrics == {"eval/loss": 1.0, "train/loss": 0.5}
    assert run.final == {"eval/loss": 1.0, "train/loss": 0.5}


def test_steps_count_the_rounds_that_the_model_had() -> None:
    run = opened()
    made(run, [2.0, 1.0], before=10).end()
    assert list(run.series("eval/loss").steps) == [10, 11]


def test_every_so_many_rounds_and_the_last_one() -> None:
    run = opened(log_every=3)
    made(run, [5.0, 4.0, 3.0, 2.0, 1.0]).end()
    assert list(run.series("eval/loss").steps) == [0, 3, 4]
    assert list(run.series("eval/loss").values) == [5.0, 2.0, 1.0]


def test_a_last_round_that_was_recorded_is_not_recorded_twice() -> None:
    run = opened(log_every=2)
    made(run, [3.0, 2.0, 1.0]).end()
    assert list(run.series("eval/loss").steps) == [0, 2]


def test_checkpoints_are_due_after_so_many_rounds_of_the_model() -> None:
    rounds = Rounds(opened(checkpoints=2), before=3)
    due = []
    for _ in range(4):
        rounds.record({})
        due.append(rounds.checkpoint)
    assert due == [4, None, 6, None]
    assert made(opened(), [1.0]).checkpoint is None


def test_a_store_that_vanishes_is_said_and_ends_nothing(said: list[str]) -> None:
    run = opened()
    rounds = made(run, [2.0])
    shutil.rmtree(run.path)
    run._writer._look_at = 0.0  # type: ignore[union-attr] # as after a second
    rounds.record({"eval/loss": 1.0})
    rounds.end()
    assert run._refused.waits and any("store" in line for line in said)


def test_a_training_without_metrics_has_rounds_and_no_series() -> None:
    run = opened()
    rounds = Rounds(run)
    rounds.record({})
    rounds.end()
    assert rounds.count == 1 and run.metrics == {}
