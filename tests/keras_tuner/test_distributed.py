"""A chief and its worker, each a process, as KerasTuner distributes a search: what each of them records."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras_tuner")
pytest.importorskip("grpc")

import fitscribe

SCRIPT = """
import sys, fitscribe
fitscribe.autolog("keras_tuner")
import keras_tuner as kt

class Parabola(kt.RandomSearch):
    def run_trial(self, trial):
        return trial.hyperparameters.Float("x", -1.0, 1.0) ** 2

Parabola(max_trials=3, seed=1, directory=sys.argv[1]).search()
"""


def test_chief_and_worker_say_what_they_do_not_see(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    script = tmp_path / "search.py"
    script.write_text(SCRIPT)
    shared = {**os.environ, "KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(port)}

    def start(name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(script), str(tmp_path / "tuner")],
            env={**shared, "KERASTUNER_TUNER_ID": name},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )

    chief, worker = start("chief"), start("tuner0")
    try:
        for process in (worker, chief):
            _, said = process.communicate(timeout=120)
            assert process.returncode == 0, said
    finally:
        chief.kill()
        worker.kill()
    found = {run.facts["distribution"]: run for run in fitscribe.search_runs() if run.role != "trial"}
    assert set(found) == {"chief", "worker"}
    assert len(found["chief"].children) == 0
    assert "trials" in [each["what"] for each in found["chief"].unseen]
    trials = found["worker"].children
    assert [trial.name for trial in trials] == ["trial 0", "trial 1", "trial 2"]
    assert all(-1.0 <= trial.params["x"] <= 1.0 for trial in trials)
    assert all(trial.status == "finished" for trial in trials)
    assert [each["what"] for each in found["worker"].unseen] == [
        "trials of other workers",
        "scores of the trials",
    ]
