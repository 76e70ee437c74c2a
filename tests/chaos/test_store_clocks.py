"""Clocks that jump in the middle of a run: series stay whole and in order, no run lasts less than nothing."""

from __future__ import annotations

import time

import pytest
from tests.chaos.conftest import Script
from tests.chaos.reading import by_python, command

import fitscribe
from fitscribe.reading import Run
from fitscribe.store import Store

HOUR, YEAR = 3600.0, 365 * 86400.0
# By how much the clock is wrong from each third of the run on.
CLOCKS = {
    "right": (0.0, 0.0, 0.0),
    "back an hour": (0.0, -HOUR, -HOUR),
    "forward a year": (0.0, YEAR, YEAR),
    "forward and back": (0.0, YEAR, 0.0),
    "back and forward": (0.0, -YEAR, 0.0),
    "set right": (-20 * YEAR, 0.0, 0.0),
    "of 1970": ("1970", "1970", "1970"),
    "of 1970 until it is set": ("1970", "1970", 0.0),
    "before 1970": (-100 * YEAR, -100 * YEAR, -100 * YEAR),
}
PLAY = """
import sys, time
right = time.time
began = right()
wrong = 0.0
time.time = lambda: right() - began if wrong == "1970" else right() + wrong
import fitscribe
for name, clocks in {clocks!r}.items():
    wrong = clocks[0]
    with fitscribe.start_run(name) as run:
        for part, wrong in enumerate(clocks):
            for step in range(part * 50, part * 50 + 50):
                run.log_metric("x", float(step), step)
            run.log_metrics({{"y": float(part)}}, part)
            run.log_params({{f"p{{part}}": part}})
            run.set_tags({{"last": part}})
            run.log_child(f"child {{part}}", params={{"part": part}}, metrics={{"score": float(part)}})
            run.log_text(str(part), f"text{{part}}")
    # Added once the run is over, to files of their own.
    run.log_metric("x", 150.0, 150)
    run.set_tags({{"last": "late"}})
"""


@pytest.fixture
def runs(script: Script) -> dict[str, Run]:
    script(PLAY.format(clocks=CLOCKS))
    return {run.name: run for run in fitscribe.search_runs() if run.name in CLOCKS}


def test_a_clock_that_jumps_takes_nothing_and_turns_nothing_round(
    runs: dict[str, Run], own_store: object
) -> None:
    assert runs.keys() == CLOCKS.keys()
    for name, run in runs.items():
        assert run.status == "finished", name
        assert list(run.series("x").steps) == list(range(151)), name
        assert list(run.series("x").values) == list(map(float, range(151))), name
        assert list(run.series("y").values) == [0.0, 1.0, 2.0], name
        assert run.metrics == {"x": 150.0, "y": 2.0}, name
        assert run.params == {"p0": 0, "p1": 1, "p2": 2}, name
        assert run.tags == {"last": "late"}, name
        assert sorted(child.params["part"] for child in run.children) == [0, 1, 2], name
        assert {each["name"] for each in run.artifacts} == {"text0.txt", "text1.txt", "text2.txt"}, name
        assert run.duration is None or run.duration >= 0, name
        for child in run.children:
            assert child.status == "finished" and (child.duration is None or child.duration >= 0), name
    by_python(Store.locate())


def test_runs_of_clocks_that_were_wrong_are_listed_where_these_put_them(runs: dict[str, Run]) -> None:
    listed = [run for run in fitscribe.search_runs() if run.name in CLOCKS]
    begun = [run.started for run in listed]
    assert None not in begun and begun == sorted(begun, reverse=True)  # type: ignore[type-var] # no None
    assert len(listed) == len(CLOCKS)
    recent = {run.name for run in fitscribe.search_runs("started > '2020-01-01' and parent is null")}
    assert recent == CLOCKS.keys() - {"of 1970", "of 1970 until it is set", "before 1970", "set right"}
    for name, run in runs.items():
        code, shown, _ = command("show", run.id)
        assert code == 0 and name in shown
    code, shown, _ = command("ls")
    assert code == 0 and all(name in shown for name in CLOCKS)


@pytest.mark.parametrize("wrong", [-HOUR, YEAR, -60 * YEAR, -100 * YEAR])
def test_who_reads_by_a_wrong_clock_sees_the_same(wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    with fitscribe.start_run("over") as run:
        run.log_metric("x", 1.0)
    going = fitscribe.start_run("going")
    going.log_metric("x", 1.0)
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + wrong)
    found = {each.name: each for each in fitscribe.search_runs(order_by="started")}
    assert {name: each.status for name, each in found.items()} == {"over": "finished", "going": "running"}
    for each in found.values():
        assert each.duration is not None and each.duration >= 0 and each.metrics == {"x": 1.0}
    for arguments in (("ls",), ("ls", "--json"), ("show", going.id), ("doctor", "--fast")):
        command(*arguments)
    going.end()
