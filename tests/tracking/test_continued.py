"""Runs of trainings that go on over several calls, whatever trains them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.store import Store
from fitscribe.tracking import context, continued
from fitscribe.tracking.continued import Continued
from fitscribe.tracking.options import Options
from fitscribe.tracking.run import ActiveRun


class Booster:
    state = 0


def keep(model: Any, run: ActiveRun) -> None:
    run.log_facts({"state": model.state})


@pytest.fixture(autouse=True)
def none_left(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    yield
    gc.collect()
    continued.end_those_gone()


def begun(model: object, name: str = "Booster") -> Continued:
    options = Options(quiet=True)
    run = ActiveRun(Store.locate(), name=name, experiment="tests", role="training", options=options)
    run.log_params({"depth": 3})
    found = continued.begin(model, run, by="update", keep=keep)
    found.leave_open()
    return found


def read(training: Continued) -> Any:
    return fitscribe.get_run(training.run.id)


def test_steps_are_points_and_the_state_is_kept_while_that_is_cheap_then_at_powers_of_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(continued, "_KEEPING_S", 10.0)
    model = Booster()
    training = begun(model)
    states = []
    for number in range(1, 20):
        model.state = number
        training.step({"loss": 1 / number}, 0.0)
        assert continued.find(model, by="update") is training
        states.append(read(training).facts["state"])
        if number == 5:
            training.kept(4.0)
    assert states == [1, 2, 3, 4, 5, 5, 5, *[8] * 8, *[16] * 4]
    assert list(read(training).series("loss").steps) == list(range(1, 20))
    continued.finish(model)
    run = read(training)
    assert run.status == "finished" and run.facts["state"] == 19 and run.metrics["loss"] == 1 / 19
    assert continued.find(model, by="update") is None


def test_nothing_is_kept_where_it_costs_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continued, "_KEEPING_S", 0.0)
    model = Booster()
    training = begun(model)
    for number in range(1, 5):
        model.state = number
        training.step({}, 0.0)
    assert read(training).facts["state"] == 1
    for number in range(5, 9):
        model.state = number
        training.step({}, 1e6)
    assert read(training).facts["state"] == 8
    continued.finish(model)


def test_a_model_that_is_used_is_kept_as_it_is_then() -> None:
    model = Booster()
    training = begun(model)
    for number in range(1, 12):
        model.state = number
        training.step({}, 0.0)
    training.used()
    assert read(training).facts["state"] == 11
    del model
    gc.collect()
    continued.end_those_gone()
    assert read(training).unseen == []


def test_other_ways_of_training_are_trainings_of_their_own() -> None:
    model = Booster()
    begun(model)
    assert continued.find(model, by="fit") is None
    continued.finish(model)


def test_a_model_that_is_gone_is_noticed_with_the_next_training() -> None:
    training = begun(Booster())
    training.step({"loss": 1.0}, 0.1)
    gc.collect()
    assert training.is_gone and read(training).status == "running"
    with fitscribe.start_run():
        pass
    continued.end_those_gone()
    assert read(training).status == "finished"


def test_the_run_around_it_ends_it_as_it_ends_itself() -> None:
    model = Booster()
    with pytest.raises(ZeroDivisionError), fitscribe.start_run("group") as group:
        training = begun(model)
        training.step({"loss": 1.0}, 0.1)
        raise ZeroDivisionError
    run = read(training)
    assert run.parent.id == group.id and run.status == "failed" and run.error["type"] == "ZeroDivisionError"
    # Outside of the block it is another training.
    assert continued.find(model, by="update") is None


def test_further_runs_of_a_model_name_the_one_before_and_count_on() -> None:
    model = Booster()
    with fitscribe.start_run("group"):
        first = begun(model)
        first.step({"loss": 1.0}, 0.1)
    second = begun(model)
    second.step({"loss": 0.5}, 0.1)
    run = read(second)
    assert run.facts["continues"] == first.run.id and list(run.series("loss").steps) == [2]
    continued.finish(model)


def test_a_call_that_failed_ends_the_run_until_the_next_one() -> None:
    model = Booster()
    training = begun(model)
    training.step({"loss": 1.0}, 0.1)
    training.failed(KeyboardInterrupt())
    assert read(training).status == "interrupted"
    training.step({"loss": 0.5}, 0.1)
    assert read(training).status == "running" and list(read(training).series("loss").steps) == [1, 2]
    continued.finish(model)
    assert read(training).status == "finished"


def test_of_very_many_the_one_idle_longest_is_ended_and_goes_on_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(continued, "_MOST_OPEN", 2)
    models = [Booster() for _ in range(3)]
    trainings = [begun(model, f"Booster {number}") for number, model in enumerate(models)]
    assert [read(training).status for training in trainings] == ["finished", "running", "running"]
    trainings[0].step({"loss": 1.0}, 0.1)
    assert [read(training).status for training in trainings] == ["running", "finished", "running"]
    for model in models:
        continued.finish(model)
    assert {read(training).status for training in trainings} == {"finished"}


def test_it_is_never_the_active_run_between_two_calls() -> None:
    model = Booster()
    begun(model)
    assert context.active_run() is None
    continued.finish(model)


def test_curves_grow_or_begin_anew() -> None:
    segments = continued.Segments()
    assert segments.fresh({"loss": (1, [3.0, 2.0])}) == {"loss": (1, [3.0, 2.0])}
    assert segments.fresh({"loss": (1, [3.0, 2.0, 1.0])}) == {"loss": (3, [1.0])}
    assert segments.fresh({"loss": (1, [3.0, 2.0, 1.0])}) == {}
    assert segments.fresh({"loss": (1, [9.0, 8.0])}) == {"loss": (4, [9.0, 8.0])}
    assert segments.fresh({"loss": (1, [float("nan")])})["loss"][0] == 6


def test_a_row_per_segment_with_what_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Booster()
    training = begun(model)
    for rounds in (10, 20, 20):
        assert training.segments.new_params({"rounds": rounds, "depth": 3}).keys() <= {"rounds", "depth"}
        fresh = training.segments.fresh({"loss": (1, [1.0 / step for step in range(1, rounds + 1)])})
        training.segment(fresh, 0.5)
    run = read(training)
    (table,) = [each["data"] for each in run.artifacts if each["name"] == "segments"]
    assert table == {
        "columns": ["segment", "seconds", "last_step", "rounds"],
        "rows": [[1, 0.5, 10, 10], [2, 0.5, 20, 20], [3, 0.5, None, 20]],
    }
    assert run.facts["segments"] == 3
    continued.finish(model)


def test_the_latest_of_those_within_a_run_and_of_those_within_none() -> None:
    assert continued.latest_within(None) is None
    models = [Booster(), Booster(), Booster()]
    first, second = begun(models[0]), begun(models[1])
    assert continued.latest_within(None) is second
    first.step({"loss": 1.0}, 0.0)
    assert continued.latest_within(None) is first
    with fitscribe.start_run() as group:
        assert continued.latest_within(group) is None
        inner = begun(models[2])
        assert continued.latest_within(group) is inner
        assert continued.latest_within(None) is first
    assert continued.latest_within(group) is None
