"""Inside of ``suppress()`` nothing is recorded, whatever is called there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import fitscribe
from fitscribe.engine import tasks


def log_everything(folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    fitscribe.log_param("rate", 0.1)
    fitscribe.log_params({"depth": 3})
    fitscribe.log_metric("loss", 0.5)
    fitscribe.log_metrics({"loss": 0.4}, step=2)
    fitscribe.log_artifact(folder / "notes.txt")
    fitscribe.log_artifact(folder, "folder")
    fitscribe.log_text("x", "text")
    fitscribe.log_dict({"a": 1}, "dict")
    fitscribe.log_table([{"a": 1}], "table")
    fitscribe.log_dataset([[1, 2]])
    fitscribe.log_model({"a": 1})
    fitscribe.set_tag("team", "vision")


def test_log_calls_record_nothing(own_store: Path, tmp_path: Path) -> None:
    with fitscribe.suppress(), fitscribe.suppress():
        log_everything(tmp_path)
    assert not own_store.exists()
    fitscribe.log_metric("loss", 0.3)
    run = fitscribe.active_run()
    assert run is not None and (run.params, run.metrics) == ({}, {"loss": 0.3})
    run.end()


def test_neither_does_a_run_that_is_started_there(
    own_store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with fitscribe.suppress(), fitscribe.start_run("inner", tags={"a": 1}, notes="x") as run:
        log_everything(tmp_path)
        run.log_metric("loss", 0.5)
        run.log_metric("loss", 0.4, step=7)
        run.log_params({"depth": 3})
        run.log_artifact(tmp_path / "notes.txt")
        assert fitscribe.active_run() is None
        assert (run.params, run.metrics, run.name) == ({}, {}, "inner")
    run.log_metric("loss", 0.3)
    assert not own_store.exists()
    assert capfd.readouterr().err == ""


def test_the_run_around_the_block_stays_as_it_is_but_for_what_is_logged_to_it_by_name() -> None:
    with fitscribe.start_run("outer") as outer:
        fitscribe.log_metric("loss", 0.5)
        with fitscribe.suppress():
            fitscribe.log_metric("loss", 0.4)
            outer.log_metric("by_name", 1)
        fitscribe.log_metric("loss", 0.3)
    assert list(fitscribe.get_run(outer.id).series("loss").values) == [0.5, 0.3]
    assert fitscribe.get_run(outer.id).metrics["by_name"] == 1


def test_other_threads_log_on() -> None:
    with fitscribe.start_run() as run, fitscribe.suppress():
        thread = threading.Thread(target=fitscribe.log_metric, args=("loss", 0.5))
        thread.start()
        thread.join()
    assert fitscribe.get_run(run.id).metrics == {"loss": 0.5}


def test_a_worker_in_which_nothing_is_observed_still_logs() -> None:
    with fitscribe.start_run() as run:
        tasks.InertTask(fitscribe.log_metric)("loss", 0.5)
    assert fitscribe.get_run(run.id).metrics == {"loss": 0.5}
