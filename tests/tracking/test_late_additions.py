"""What is logged to runs that have ended, and what they say of themselves then."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe
from fitscribe.store import read_run


def test_two_thousand_ended_runs_that_are_added_to_need_few_descriptors(own_store: Path) -> None:
    code = """
import resource
import fitscribe
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
for number in range(2000):
    with fitscribe.start_run(f"run {number}") as run:
        run.log_metric("loss", 0.5)
    run.log_metric("test/accuracy", 0.75)
    run.log_metrics({"test/accuracy": 1.0, "test/f1": 0.5})
    run.note_unseen("something", "late")
"""
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "FITSCRIBE_QUIET": "1", "FITSCRIBE_SYSTEM": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=300)
    assert done.stderr == ""
    folders = list((own_store / "runs").iterdir())
    assert len(folders) == 2000
    for folder in folders[:: len(folders) // 20]:
        record = read_run(folder)
        assert (record.last["test/accuracy"].last, record.last["test/accuracy"].count) == (1.0, 2)
        assert record.status == "finished" and record.unseen and not record.damage
        assert len(record.writers) == 2 and all(writer.sealed for writer in record.writers)


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_run_whose_store_fails_is_not_running_for_ever(own_store: Path, status: str) -> None:
    own_store.write_text("in the way")
    run = fitscribe.start_run()
    assert run.status == "running"
    run.end(status)
    assert run.status == status


def test_a_run_whose_folder_vanishes_is_not_running_for_ever() -> None:
    with fitscribe.start_run() as run:
        run.log_metric("loss", 0.5)
        shutil.rmtree(run.path)
    assert run.status == "finished"
