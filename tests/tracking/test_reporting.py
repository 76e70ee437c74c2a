"""Where a report of the script's own goes, under which name, and what becomes of it where no run is open."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.store import Store
from fitscribe.tracking import continued, reporting
from fitscribe.tracking.continued import Continued
from fitscribe.tracking.options import Options
from fitscribe.tracking.reporting import Reporter, Target, report, target
from fitscribe.tracking.run import ActiveRun
from fitscribe.tracking.scalars import device_of, fetched, scalar


class Booster:
    pass


@pytest.fixture(autouse=True)
def nothing_before(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    monkeypatch.setattr(reporting, "_is_first", True)
    monkeypatch.setattr(reporting, "_unsaid", 0)
    reporting._waiting.clear()
    yield
    reporting._waiting.clear()
    gc.collect()
    continued.end_those_gone()


def begun(model: object) -> Continued:
    options = Options(quiet=True)
    run = ActiveRun(Store.locate(), name="Booster", experiment="tests", role="training", options=options)
    run.log_params({"depth": 3})
    found = continued.begin(model, run, by="update", keep=lambda model, run: None)
    found.leave_open()
    return found


def point(reporter: Reporter, name: str, value: float, step: int | None = None) -> None:
    report(partial(_write, reporter, {name: value}, step))


def _write(reporter: Reporter, values: dict[str, float], step: int | None, to: Target) -> None:
    reporter.points(to, values, step)


def series(run: Any, name: str) -> tuple[list[int], list[float]]:
    found = fitscribe.get_run(run.id).series(name)
    return [int(step) for step in found.steps], [float(value) for value in found.values]


def metrics(run: Any) -> dict[str, float]:
    return dict(fitscribe.get_run(run.id).metrics)


def unseen(run: Any) -> list[str]:
    return [each["what"] for each in fitscribe.get_run(run.id).unseen]


def test_to_the_training_that_was_called_last_at_its_step() -> None:
    models = Booster(), Booster()
    first, second = (begun(model) for model in models)
    reporter = Reporter("a bar", "main")
    first.step({"rounds": 1.0}, 0.0)
    second.step({"rounds": 1.0}, 0.0)
    point(reporter, "loss", 0.5)
    first.step({"rounds": 1.0}, 0.0)
    point(reporter, "loss", 0.25)
    point(reporter, "loss", 0.125, 100)
    assert series(second.run, "loss") == ([1], [0.5])
    assert series(first.run, "loss") == ([2, 100], [0.25, 0.125])


def test_to_the_active_run_first() -> None:
    models = Booster(), Booster()
    outside = begun(models[0])
    outside.step({"rounds": 1.0}, 0.0)
    reporter = Reporter("a bar", "main")
    with fitscribe.start_run() as run:
        point(reporter, "loss", 0.5)
        point(reporter, "loss", 0.5)
        inside = begun(models[1])
        for _ in range(3):
            inside.step({"rounds": 1.0}, 0.0)
        point(reporter, "loss", 0.25)
    assert series(run, "loss") == ([0, 1, 3], [0.5, 0.5, 0.25])
    assert "loss" not in metrics(outside.run) and "loss" not in metrics(inside.run)


def test_a_metric_of_no_known_model_is_of_the_training_that_goes_on() -> None:
    pytest.importorskip("numpy")

    @fitscribe.metric
    def profit(y_true: list[float], y_pred: list[float]) -> float:
        return sum(y_pred)

    model = Booster()
    training = begun(model)
    for value in (1.0, 2.0):
        training.step({"rounds": 1.0}, 0.0)
        profit([0.0, 1.0], [value, 0.0])
    assert series(training.run, "profit") == ([1, 2], [1.0, 2.0])
    assert len(fitscribe.search_runs()) == 1


def test_names_stay_unless_the_run_has_them_from_elsewhere() -> None:
    with fitscribe.start_run() as run:
        fitscribe.log_metric("acc", 1.0)
        reporters = [Reporter(place, "main") for place in ("one", "two", "three")]
        for value, reporter in enumerate(reporters):
            for _ in range(2):
                point(reporter, "loss", value)
                point(reporter, "acc", value)
        point(Reporter("one", "main"), "loss", 0)  # the same place
    assert metrics(run) == {
        "acc": 1.0,
        "loss": 0.0,
        "main/acc": 0.0,
        "main/loss": 1.0,
        "main/acc[2]": 1.0,
        "main/loss[2]": 2.0,
        "main/acc[3]": 2.0,
    }
    assert len(series(run, "loss")[0]) == 3
    with fitscribe.start_run() as other:
        point(reporters[2], "loss", 5.0)
    assert metrics(other) == {"loss": 5.0}


def test_one_place_has_so_many_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_MOST_NAMES", 3)
    reporter = Reporter("a bar", "main")
    with fitscribe.start_run() as run:
        for number in range(5):
            point(reporter, f"at {number}", 1.0)
    assert list(metrics(run)) == ["at 0", "at 1", "at 2"] and unseen(run) == ["further names"]


def test_what_comes_first_waits_for_a_run_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_MOST_WAITING", 2)
    reporter = Reporter("a writer", "main")
    for number in range(4):
        point(reporter, f"early {number}", 1.0)
    assert len(fitscribe.search_runs()) == 0
    with fitscribe.start_run() as run:
        point(reporter, "loss", 1.0)
    assert metrics(run) == {"early 0": 1.0, "early 1": 1.0, "loss": 1.0}
    assert series(run, "early 0")[0] == [0] and unseen(run) == ["2 reports of the script's"]
    point(reporter, "between", 1.0)
    with fitscribe.start_run() as second:
        point(reporter, "loss", 1.0)
    assert metrics(second) == {"loss": 1.0} and unseen(second) == ["1 report of the script's"]


def test_a_report_that_fails_is_of_no_harm_to_the_others(said: list[str]) -> None:
    reporter = Reporter("a writer", "main")

    def broken(to: Target) -> None:
        raise ValueError("broken")

    report(broken)
    point(reporter, "loss", 1.0)
    with fitscribe.start_run() as run:
        assert target() == (run, None)
    assert metrics(run) == {"loss": 1.0} and len(said) == 1 and "broken" in said[0]


def test_threads_report_to_the_run_of_the_script() -> None:
    with fitscribe.start_run() as run:
        reporter = Reporter("a bar", "main")
        thread = threading.Thread(target=point, args=(reporter, "loss", 1.0))
        thread.start()
        thread.join()
    assert metrics(run) == {"loss": 1.0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_has_no_run_to_report_to() -> None:
    with fitscribe.start_run() as run:
        child = os.fork()
        if child == 0:
            os._exit(0 if target() is None else 1)
        assert os.waitpid(child, 0)[1] == 0
    point(Reporter("a writer", "main"), "late", 1.0)
    child = os.fork()
    if child == 0:
        os._exit(0 if not reporting._waiting else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert metrics(run) == {}


_SCRIPT = """
from functools import partial
import fitscribe
from fitscribe.tracking.reporting import Reporter, report
report(lambda to: Reporter("a writer", "main").points(to, {"early": 1.0}))
"""


@pytest.mark.parametrize(("more", "quiet"), [("", ""), ("", "1"), ("run = fitscribe.start_run()", "")])
def test_at_the_end_of_the_process(
    more: str, quiet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_QUIET", quiet)
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT + more)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    runs = list(fitscribe.search_runs())
    if more:
        assert [run.metrics for run in runs] == [{"early": 1.0}]
    else:
        assert runs == [] and ("1 report of the script's not recorded" in done.stderr) == (not quiet)


def test_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    numbers = (1, 1.0, True, "1", " 1.0 ", "1e0", Fraction(1), numpy.float32(1), numpy.int8(1))
    assert [scalar(each) for each in numbers] == [1.0] * len(numbers)
    arrays = numpy.array(1), numpy.array([[1.0]])
    assert [scalar(each) for each in arrays] == [1.0] * len(arrays)
    others = (
        *("", "fast", "1" * 40, "12%", None, [1], {}, 1j, Decimal(1), 10**400, object()),
        *(numpy.zeros(2), numpy.array("1"), numpy.datetime64(1, "s"), numpy.array(1j)),
    )
    assert [scalar(each) for each in others] == [None] * len(others)
    assert scalar("nan") != scalar("nan") and scalar(float("inf")) == float("inf")


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    ones = torch.tensor(1.0, requires_grad=True), torch.tensor([1]), torch.nn.Parameter(torch.tensor(1.0))
    assert [scalar(each) for each in ones] == [1.0] * 3
    assert scalar(torch.tensor(1.0, dtype=torch.bfloat16)) == 1.0
    others = torch.zeros(2), torch.tensor(1j), torch.empty((), device="meta")
    assert [scalar(each) for each in others] == [None] * 3
    assert [device_of(each) for each in (*ones, 1.0, others[2])] == ["", "", "", "", "meta"]
    assert not fetched(torch.empty(2, device="meta"), lambda number: None)


def test_a_training_goes_before_the_run_of_the_script() -> None:
    fitscribe.log_metric("by_hand", 1.0)
    script = fitscribe.active_run()
    assert script is not None
    reporter, model = Reporter("a bar", "main"), Booster()
    point(reporter, "loss", 0.5)
    training = begun(model)
    training.step({"rounds": 1.0}, 0.0)
    point(reporter, "loss", 0.25)
    fitscribe.log_metric("by_hand", 2.0)
    continued.finish(model)
    point(reporter, "loss", 0.125)
    script.end()
    assert training.run.parent is None and not fitscribe.get_run(script.id).children
    assert series(training.run, "loss") == ([1], [0.25])
    assert series(script, "loss") == ([0, 1], [0.5, 0.125]) and series(script, "by_hand")[1] == [1.0, 2.0]
