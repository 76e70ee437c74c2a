"""`kill -9` at any instant: what was acknowledged can be read, and the run is shown as crashed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.chaos import victims
from tests.chaos.conftest import rounds
from tests.chaos.reading import command

import fitscribe
from fitscribe.reading import Run
from fitscribe.store import Store

pytestmark = pytest.mark.skipif(
    not (hasattr(os, "fork") and hasattr(signal, "SIGKILL")), reason="needs fork and SIGKILL"
)
# What a death in the middle may leave: a write of several pages ends between two of them, and the first
# series has a name before its points have a file.
_LEFT = (
    "ends in the middle of a line",
    "ends in the middle of a record",
    "does not say what it is",
    ".bin is missing, with whatever points were in it",
)


class Said:
    """What a victim said of one run: of each kind, what was acknowledged."""

    def __init__(self) -> None:
        self.points: dict[str, list[int]] = {}
        self.rest: dict[str, list[list[Any]]] = {}

    def take(self, what: str, details: list[Any]) -> None:
        if what == "points":
            (points,) = details
            for name, steps in points.items():
                self.points.setdefault(name, []).extend(steps)
        else:
            self.rest.setdefault(what, []).append(details)


def heard(files: list[Path]) -> dict[str, Said]:
    runs: dict[str, Said] = {}
    for file in files:
        for line in file.read_bytes().split(b"\n")[:-1]:
            run, what, *details = json.loads(line)
            runs.setdefault(run, Said()).take(what, details)
    return runs


def check(run: Run, said: Said) -> None:
    where = f"{run.id}: {said.rest}"
    if "ended" in said.rest:
        assert run.status == "finished", where
    elif "ending" in said.rest:
        assert run.status in ("crashed", "finished"), where
    else:
        assert run.status == "crashed", where
    for (number,) in said.rest.get("began", []):
        assert (run.name, run.tags["number"]) == (f"victim {number}", number), where
    for name, steps in said.points.items():
        series = run.series(name)
        found = list(series.steps)
        # A burst that nobody has heard of may have begun.
        assert found[: len(steps)] == steps and len(found) - len(steps) <= victims.BURST, where
        assert [float(step) for step in series.steps] == list(series.values), where
    for (name,) in said.rest.get("param", []):
        assert name in run.params, where
    for name, value in said.rest.get("tag", []):
        assert run.tags[name] == value, where
    kept = {each["name"]: each for each in run.artifacts}
    for (name,) in said.rest.get("artifact", []):
        artifact = kept[name]
        if "path" in artifact:
            assert (run.path / artifact["path"]).stat().st_size == artifact["size"], where
    for name, value in said.rest.get("model", []):
        assert run.load_model(name)["n"] == value, where
    children = {child.id: child for child in run.children}
    for child, number in said.rest.get("child", []):
        its = children[child]
        assert (its.params["n"], its.status) == (number, "finished"), where
        assert list(its.series("score").values) == [float(number)] * 3, where


def test_whatever_was_acknowledged_survives_the_kill(
    own_store: Path, dice: random.Random, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "said"
    folder.mkdir()
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    total = rounds(200)
    seed = str(dice.random())
    done = subprocess.run(
        [sys.executable, victims.__file__, seed, "0", str(total), str(folder)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    runs = heard(sorted(folder.glob("*.said")))
    assert len(runs) > total / 2
    for run_id, said in runs.items():
        check(fitscribe.get_run(run_id), said)
    listed = {run.id: run for run in fitscribe.search_runs()}
    assert runs.keys() <= listed.keys()
    for run in listed.values():
        for problem in run.damage:
            assert any(left in problem for left in _LEFT), problem
        for model in run.models:
            run.load_model(model["name"])
        for artifact in run.artifacts:
            assert "path" not in artifact or (run.path / artifact["path"]).exists()
    for finding in Store(own_store).health():
        of_a_death = any(left in finding.problem for left in _LEFT)
        assert of_a_death or "no run belongs to this launch" in finding.problem, finding
    for launch in (own_store / "launches").glob("*/*.json"):
        json.loads(launch.read_bytes())
    command("ls", "--json")
