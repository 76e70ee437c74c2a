"""A part of opening a run that fails costs that part, and is said once."""

from __future__ import annotations

import calendar
from collections.abc import Generator
from typing import Any

import pytest

import fitscribe
from fitscribe import capture, engine
from fitscribe.engine import calls
from fitscribe.tracking import opening, run, sampler, training_run


def _fails(*args: object, **kwargs: object) -> Any:
    raise RuntimeError("planted")


def _defects(said: list[str]) -> list[str]:
    return [line for line in said if "planted" in line]


BREAKABLE = [
    (capture, "program_name"),
    (opening, "options_for"),
    (run, "launch_id"),
    (sampler, "watch"),
]


@pytest.mark.parametrize(("module", "name"), BREAKABLE)
def test_a_run_by_hand(monkeypatch: pytest.MonkeyPatch, said: list[str], module: Any, name: str) -> None:
    monkeypatch.setattr(module, name, _fails)
    for _ in range(2):
        with fitscribe.start_run(tags={"who": "me"}) as opened:
            opened.log_metric("loss", 0.5)
    read = fitscribe.get_run(opened.id)
    assert (read.status, read.tags, read.metrics) == ("finished", {"who": "me"}, {"loss": 0.5})
    assert (read.name == read.experiment == "unknown") == (name == "program_name")
    assert len(_defects(said)) == 1


def _train() -> None:
    @engine.observes("calendar:isleap", id="train")
    def observer(call: engine.Call) -> Generator[None, Any, None]:
        with training_run(call, name="leap", params={"year": 2024}):
            yield

    engine.register("calendar", engine.Integration("calendar", [observer]))
    engine.activate(["calendar"])
    try:
        assert calendar.isleap(2024)
    finally:
        engine.unregister("calendar")
        engine.deactivate()
    assert fitscribe.active_run() is None


@pytest.mark.parametrize(("module", "name"), [*BREAKABLE, (calls, "site_in"), (engine, "coverage_for")])
def test_the_run_of_a_training(
    monkeypatch: pytest.MonkeyPatch, said: list[str], module: Any, name: str
) -> None:
    monkeypatch.setattr(module, name, _fails)
    _train()
    read = fitscribe.get_run("latest")
    assert (read.name, read.status, read.params) == ("leap", "finished", {"year": 2024})
    assert len(_defects(said)) == 1


def test_parameters_of_a_training(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    monkeypatch.setattr(run.ActiveRun, "log_params", _fails)
    _train()
    read = fitscribe.get_run("latest")
    assert (read.name, read.status, read.params) == ("leap", "finished", {})
    assert [problem["where"] for problem in read.problems] == ["parameters"]
    assert len(_defects(said)) == 1
