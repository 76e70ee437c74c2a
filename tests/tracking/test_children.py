"""What a sweep is made of, without a framework: kept models, what varies, and children within their run."""

from __future__ import annotations

import calendar
import gc
import os
import weakref
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

import fitscribe
from fitscribe import engine
from fitscribe.reading import Run
from fitscribe.tracking import ActiveRun, training_run
from fitscribe.tracking.retention import Worth, is_better
from fitscribe.tracking.varying import Varying


@pytest.fixture
def during() -> Iterator[list[Callable[[ActiveRun], None]]]:
    """Functions that are called with the run of each training; a training is ``calendar.isleap(year)``."""
    functions: list[Callable[[ActiveRun], None]] = []

    @engine.observes("calendar:isleap", id="train")
    def observer(call: engine.Call) -> Generator[None, object, None]:
        with training_run(call, name="leap", params={"year": call.arguments["year"]}) as run:
            yield
            for function in functions:
                function(run)

    engine.register("calendar", engine.Integration("calendar", [observer]))
    engine.activate(["calendar"])
    yield functions
    engine.unregister("calendar")
    engine.deactivate()


def the_sweep() -> Run:
    (sweep,) = [run for run in fitscribe.search_runs() if run.role == "sweep"]
    return sweep


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [
        ({"train/accuracy": 0.9}, {"train/accuracy": 0.8}, True),
        ({"train/accuracy": 0.8}, {"train/accuracy": 0.8}, False),
        ({"train/log_loss": 0.1}, {"train/log_loss": 0.2}, True),
        ({"test/my_error": 1.0}, {"test/my_error": 2.0}, True),
        ({"test/neg_error": 2.0}, {"test/neg_error": 1.0}, True),
        ({"test/fbeta_score[beta=2]": 0.5}, {"test/fbeta_score[beta=2]": 0.4}, True),
        ({"test/size": 2.0}, {"test/size": 1.0}, None),
        ({"test/r2": 0.5, "train/r2": 0.1}, {"test/r2": 0.4, "train/r2": 0.9}, True),
        ({"valid/r2": 0.5, "train/r2": 0.1}, {"valid/r2": 0.4, "train/r2": 0.9}, True),
        ({"holdout/r2": 0.5, "valid/r2": 0.1}, {"holdout/r2": 0.4, "valid/r2": 0.9}, True),
        ({"test/r2": 0.9, "train/r2": 0.1}, {"train/r2": 0.2}, None),
        ({"test/accuracy": 0.5, "test/log_loss": 0.1}, {"test/accuracy": 0.6, "test/log_loss": 9.0}, False),
        ({"test/r2": float("nan"), "train/r2": 1.0}, {"test/r2": 0.5, "train/r2": 0.5}, False),
        ({}, {"test/r2": 0.5}, None),
        ({"valid_0/l2": 3252.0}, {"valid_0/l2": 4273.0}, True),
        ({"valid/auc": 0.9663}, {"valid/auc": 0.9642}, True),
        ({"valid/unheard": 1.0, "train/r2": 0.9}, {"valid/unheard": 2.0, "train/r2": 0.5}, None),
        ({"valid/unheard": 1.0, "test_loss": 0.1}, {"valid/unheard": 2.0, "test_loss": 0.2}, True),
        ({"val_loss": 0.2, "train_loss": 0.9}, {"val_loss": 0.3, "train_loss": 0.1}, True),
        ({"valid/loss": 0.2, "train/loss[epoch]": 0.9}, {"valid/loss": 0.3, "train/loss[epoch]": 0.1}, True),
        (
            {"validation_0/rmse": 9.0, "validation_1/rmse": 1.0},
            {"validation_0/rmse": 1.0, "validation_1/rmse": 2.0},
            True,
        ),
        ({"train/r2": 0.9, "test/fit_time": 9.0}, {"train/r2": 0.8, "test/fit_time": 1.0}, True),
    ],
)
def test_which_of_two_trainings_is_better(
    one: dict[str, float], other: dict[str, float], better: bool | None
) -> None:
    assert is_better(Worth(one), Worth(other)) is better


def test_what_a_library_says_of_a_metric_goes_before_its_name() -> None:
    up, down = {"valid/error": "max"}, {"valid/error": "min"}
    one, other = {"valid/error": 2.0}, {"valid/error": 1.0}
    assert is_better(Worth(one, up), Worth(other, up)) is True
    assert is_better(Worth(one, down), Worth(other, down)) is False
    assert is_better(Worth(one, up), Worth(other, down)) is None


def test_what_was_watched_goes_before_other_metrics_of_that_data() -> None:
    one, other = {"valid/accuracy": 0.8, "valid/loss": 0.1}, {"valid/accuracy": 0.9, "valid/loss": 0.2}
    watched = frozenset({"valid/loss"})
    assert is_better(Worth(one), Worth(other)) is False
    assert is_better(Worth(one, {}, watched), Worth(other, {}, watched)) is True


def test_what_varies_is_told_by_type_and_value() -> None:
    varying = Varying()
    nan = float("nan")
    for value in (
        {"a": 1, "b": [1], "c": nan},
        {"a": True, "b": [1], "c": -nan},
        {"a": 1.0, "b": [2], "c": nan},
    ):
        varying.add(value, None)
    found = varying.found
    assert [(type(value), value) for value in found["a"]] == [(int, 1), (bool, True), (float, 1.0)]
    assert found["b"] == [[1], [2]]
    assert "c" not in found


def test_defaults_that_differ_between_estimators_do_not_vary() -> None:
    varying = Varying()
    assert varying.add({"tol": 1e-4, "alpha": 1.0}, ["alpha"]) == (True, [])
    assert varying.add({"tol": 1e-6, "alpha": 1.0}, []) == (False, [])
    assert varying.found == {}
    assert varying.add({"tol": 1e-6, "alpha": 1.0}, ["tol"]) == (True, [])
    assert varying.found == {"tol": [1e-4, 1e-6]}


def test_what_varies_holds_no_object_of_the_users() -> None:
    class Thing:
        def __init__(self, name: str) -> None:
            self.name = name

        def __repr__(self) -> str:
            return self.name

    varying = Varying()
    thing = Thing("first")
    known = weakref.ref(thing)
    varying.add({"thing": thing}, ["thing"])
    varying.add({"thing": Thing("second")}, ["thing"])
    del thing
    gc.collect()
    assert known() is None
    assert [str(value) for value in varying.found["thing"]] == ["first", "second"]


def test_metrics_that_come_after_the_end_decide_and_are_in_the_series(
    during: list[Callable[[ActiveRun], None]],
) -> None:
    runs: list[ActiveRun] = []
    during += [runs.append, lambda run: run.log_metrics({"train/r2": 1.0 / len(runs)})]
    during.append(lambda run: run.log_model({"number": len(runs)}, of_training=True))
    for number, r2 in enumerate((0.1, 0.9, 0.5, 0.3)):
        calendar.isleap(2000 + number)
        runs[-1].log_metric("test/r2", r2)
    sweep = the_sweep()
    series = sweep.series("test/r2")
    assert list(zip(series.steps, series.values, strict=True)) == [(0, 0.1), (1, 0.9), (2, 0.5), (3, 0.3)]
    assert [bool(fitscribe.get_run(run.id).models) for run in runs] == [False, True, False, True]


def test_models_that_were_logged_by_hand_are_never_removed(
    during: list[Callable[[ActiveRun], None]],
) -> None:
    runs: list[ActiveRun] = []
    during.append(runs.append)
    during.append(lambda run: run.log_model("by hand", name="mine"))
    during.append(lambda run: run.log_model("of the training", of_training=True))
    for year in range(2000, 2005):
        calendar.isleap(year)
    for run in runs:
        assert fitscribe.get_run(run.id).load_model("mine") == "by hand"
    assert [len(fitscribe.get_run(run.id).models) for run in runs] == [2, 1, 1, 1, 2]


def test_a_removed_child_costs_the_others_nothing(during: list[Callable[[ActiveRun], None]]) -> None:
    runs: list[ActiveRun] = []
    during += [runs.append, lambda run: run.log_model(run.id, of_training=True)]
    for year in range(2000, 2006):
        calendar.isleap(year)
        if year in (2000, 2003):
            runs[-1].store.trash([runs[-1].id])
    assert [len(fitscribe.get_run(run.id).models) for run in runs[4:]] == [0, 1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_sweeps_of_its_own(during: list[Callable[[ActiveRun], None]]) -> None:
    parent = os.getpid()
    during.append(lambda run: run.log_metric("pid", os.getpid()))
    for year in range(2000, 2004):
        calendar.isleap(year)
        if year == 2001 and (child := os.fork()) == 0:
            continue
        if year == 2003:
            if os.getpid() != parent:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
    sweeps = [run for run in fitscribe.search_runs() if run.role == "sweep"]
    assert sorted(len(sweep.children) for sweep in sweeps) == [2, 4]
    for sweep in sweeps:
        assert len({child.metrics["pid"] for child in sweep.children}) == 1


def test_a_child_that_is_kept_within_its_run() -> None:
    with fitscribe.start_run("search") as run:
        name = run.log_child(
            "Ridge",
            params={"alpha": 1.0, "tol": float("nan")},
            changed=["alpha"],
            metrics={"valid/r2": 0.5},
            series={"folds/r2": [0.25, 0.75]},
            facts={"rank": 1},
            records={"folds": ("table", {"columns": ["fold"], "rows": [[0]]})},
            started=1000.0,
            stopped=1002.5,
        )
        died = run.log_child(
            "Ridge", status="failed", error=ValueError("no"), metrics={"valid/r2": float("nan")}
        )
    child = fitscribe.get_run(name[:8])
    assert (child.name, child.role, child.status, child.parent) == ("Ridge", "candidate", "finished", run)
    assert child.params["alpha"] == 1.0 and child.params["tol"] != child.params["tol"]
    assert child.changed == ["alpha"] and child.facts == {"rank": 1}
    assert child.metrics == {"valid/r2": 0.5, "folds/r2": 0.75}
    assert list(child.series("folds/r2").steps) == [0, 1]
    assert (child.started, child.duration, child.experiment) == (1000.0, 2.5, run.experiment)
    assert child.launch_id == fitscribe.get_run(run.id).launch_id
    assert [each["name"] for each in child.artifacts] == ["folds"]
    failed = fitscribe.get_run(died)
    assert failed.status == "failed" and failed.error is not None and failed.error["message"] == "no"
    assert [each.id for each in fitscribe.get_run(run.id).children] == [name, died]
    assert run.store.run_ids() == [run.id]


def test_a_run_takes_children_after_its_end() -> None:
    with fitscribe.start_run("search") as run:
        pass
    name = run.log_child("late", metrics={"x": 1.0})
    assert fitscribe.get_run(name).metrics == {"x": 1.0}


def test_a_training_kept_within_its_sweep_can_do_what_every_run_can(
    during: list[Callable[[ActiveRun], None]], tmp_path: Path
) -> None:
    (tmp_path / "file.txt").write_text("kept")
    runs: list[ActiveRun] = []
    during.append(runs.append)
    for year in range(1900, 2001):
        calendar.isleap(year)

    def log_all(run: ActiveRun) -> None:
        run.log_params({"more": (1, 2)}, changed=["more"])
        for step in range(3):
            run.log_metric("loss", 1.0 / (1 + step), step)
        run.log_metrics({"a": 1.0, "b": float("inf")})
        run.log_curves({"curve": (1, [3.0, 2.0])})
        run.log_text("text", "notes/text")
        run.log_table({"x": [1]}, "table")
        run.log_artifact(tmp_path / "file.txt")
        run.log_record("matrix", "confusion_matrix", {"counts": [[1]]})
        run.log_dataset([[1.0], [2.0]], "data")
        run.set_tags({"tag": "value"})
        run.set_notes("notes")
        run.log_model({"a": 1}, "mine")
        run.note_unseen("this", "that")
        children.append(run.log_child("candidate", metrics={"x": 1.0}))
        assert run.metrics["loss"] == 1.0 / 3 and run.status == "running"

    children: list[str] = []
    during.append(log_all)
    calendar.isleap(2001)
    active = runs[-1]
    active.log_metric("late", 5.0)
    assert active.id not in active.store.run_ids()
    for run in (active, fitscribe.get_run(active.id)):
        assert run.params == {"year": 2001, "more": (1, 2)} and run.changed == ["more"]
        assert list(run.series("loss").steps) == [0, 1, 2]
        assert run.metrics == {"loss": 1.0 / 3, "a": 1.0, "b": float("inf"), "curve": 2.0, "late": 5.0}
        assert {each["name"] for each in run.artifacts} == {
            "notes/text.txt",
            "table.csv",
            "file.txt",
            "matrix",
        }
        assert all((run.path / each["path"]).is_file() for each in run.artifacts if "path" in each)
        assert [each["role"] for each in run.datasets] == ["train"]
        assert (run.tags, run.notes, run.status) == ({"tag": "value"}, "notes", "finished")
        assert run.load_model("mine") == {"a": 1}
        assert run.unseen[0]["what"] == "this"
        assert run.parent == the_sweep()
        assert [child.id for child in run.children] == children
    assert the_sweep().metrics["late"] == 5.0
