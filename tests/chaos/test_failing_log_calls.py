"""Log calls of the script's own, where fitscribe fails: none raises, and the run says what it lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.store import RunWriter
from fitscribe.tracking.run import ActiveRun

CALLS: dict[str, Callable[[ActiveRun], object]] = {
    "points": lambda run: run.log_metrics({"a": 1.0, "b": 2.0}),
    "params one": lambda run: run.log_param("one", 1),
    "params two": lambda run: run.log_params({"two": 2}),
    "tags three": lambda run: run.set_tag("three", 3),
    "notes": lambda run: run.set_notes("four"),
    "artifact five.txt": lambda run: run.log_text("five", "five"),
    "artifact six.json": lambda run: run.log_dict({}, "six"),
    "artifact seven.csv": lambda run: run.log_table({"a": [1]}, "seven"),
    "artifact eight": lambda run: run.log_record("eight", "table", {"a": [1]}),
    "artifact test_failing_log_calls.py": lambda run: run.log_artifact(__file__),
    "model nine": lambda run: run.log_model([1], "nine"),
    "dataset ten": lambda run: run.log_dataset([[1]], role="ten"),
    "child eleven": lambda run: run.log_child("eleven", params={"p": 1}),
}


@pytest.mark.parametrize("kind", [RuntimeError, MemoryError, RecursionError, OSError])
@pytest.mark.parametrize("name", CALLS)
def test_a_log_call_that_fitscribe_fails_to_write(
    name: str,
    kind: type[Exception],
    own_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(*args: Any, **fields: Any) -> None:
        raise kind("planted")

    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)
    monkeypatch.setattr("fitscribe.engine.guard._reported", set())
    with fitscribe.start_run("run") as run:
        run.log_param("depth", 3)
        with monkeypatch.context() as patch:
            for method in ("event", "points", "artifact", "child"):
                patch.setattr(RunWriter, method, broken)
            CALLS[name](run)
        run.log_metric("loss", 0.5)
    read = fitscribe.get_run(run.id)
    assert read.status == "finished" and read.params == {"depth": 3} and read.metrics == {"loss": 0.5}
    said = [each["what"] for each in read.unseen]
    if name == "points":
        assert said == [] and [each["points"] for each in read.lost] == [2]
    else:
        assert said == [name]
    assert "planted" in capsys.readouterr().err
