"""Inside of ``suppress()`` nothing is recorded, whatever is called there."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

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


def test_as_a_decorator_it_is_a_block_of_each_call(own_store: Path) -> None:
    silent = fitscribe.suppress()

    @silent
    def log(depth: int) -> int:
        """Log."""
        fitscribe.log_metric("inside", depth)
        return log(depth - 1) + 1 if depth else 0

    @silent
    async def log_later(other: asyncio.Event) -> None:
        fitscribe.log_metric("inside", 1)
        other.set()
        await asyncio.sleep(0)
        fitscribe.log_metric("inside", 2)

    async def both() -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(log_later(begun))
        await begun.wait()
        fitscribe.log_metric("beside", 1)
        await task

    assert (log.__name__, log.__doc__, log(3)) == ("log", "Log.", 3)
    assert not own_store.exists()
    with fitscribe.start_run() as run:
        asyncio.run(both())
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(log, range(20))) == list(range(20))
        fitscribe.log_metric("after", 1)
    assert fitscribe.get_run(run.id).metrics == {"beside": 1.0, "after": 1.0}


def test_what_it_cannot_decorate_is_refused() -> None:
    def numbers() -> Iterator[int]:
        yield 1

    async def later() -> AsyncIterator[int]:
        yield 1

    silent: Any = fitscribe.suppress()
    for wrong, message in [
        (numbers, "no generator functions: use it within"),
        (later, "no generator functions"),
        (Path, "decorates functions, not <class"),
        (3, "decorates functions, not 3"),
    ]:
        with pytest.raises(TypeError, match=message):
            silent(wrong)


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
