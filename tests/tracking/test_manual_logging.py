from __future__ import annotations

import datetime
import json
import math
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import fitscribe


def test_everything_logged_by_hand_is_read_back() -> None:
    with fitscribe.start_run("tune", experiment="mnist", tags={"who": "me"}, notes="first try") as run:
        fitscribe.log_param("depth", 3)
        fitscribe.log_params({"layers": (64, 32), "when": datetime.date(2026, 1, 2), "text": "x" * 100_000})
        fitscribe.log_metric("loss", 0.5)
        fitscribe.log_metric("loss", 0.25)
        fitscribe.log_metrics({"a": 1, "b": 2.5}, step=7)
        fitscribe.set_tag("stage", "dev")
    read = fitscribe.get_run(run.id)
    assert (read.name, read.experiment, read.status, read.notes) == ("tune", "mnist", "finished", "first try")
    assert read.params["layers"] == (64, 32)
    assert read.params["when"] == datetime.date(2026, 1, 2)
    assert len(read.params["text"]) == 100_000
    assert read.tags == {"who": "me", "stage": "dev"}
    assert read.metrics["loss"] == 0.25
    assert list(read.series("loss").steps) == [0, 1]
    assert list(read.series("a").steps) == [7]


def test_odd_numbers_and_steps_out_of_order() -> None:
    with fitscribe.start_run("odd") as run:
        for step, value in [(5, math.nan), (-3, math.inf), (2, -math.inf), (2, 1)]:
            run.log_metric("x", value, step)
    series = fitscribe.get_run(run.id).series("x")
    assert list(series.steps) == [5, -3, 2, 2]
    assert math.isnan(series.values[0]) and series.values[1] == math.inf and series.values[2] == -math.inf


@pytest.mark.parametrize("value", [10**400, -(10**400), Decimal("1e400"), Fraction(10**400)])
def test_a_number_that_no_float_reaches_is_refused(value: object) -> None:
    with fitscribe.start_run() as run:
        with pytest.raises(ValueError, match=r"metric 'huge' takes a number up to 1.8e308"):
            run.log_metric("huge", value)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="metric 'huge'"):
            fitscribe.log_metrics({"kept": 1.0, "huge": value})  # type: ignore[dict-item]
        run.log_metric("huge", Decimal("Infinity"))
    assert run.metrics == {"huge": math.inf}


@pytest.mark.parametrize(
    ("name", "value", "step", "message"),
    [
        ("loss", "0.5", None, "log_param and set_tag take text"),
        ("loss", [1, 2], None, "one number, not list"),
        ("loss", 1.0, 1.5, "whole number, not 1.5"),
    ],
)
def test_wrong_arguments_are_named_and_cost_nothing(
    name: str, value: object, step: object, message: str
) -> None:
    with fitscribe.start_run() as run:
        run.log_metric("kept", 1.0)
        with pytest.raises(TypeError, match=message):
            run.log_metric(name, value, step)  # type: ignore[arg-type]
    assert fitscribe.get_run(run.id).metrics == {"kept": 1.0}


def test_files_texts_tables_figures(tmp_path: Path) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    Figure = pytest.importorskip("matplotlib.figure").Figure

    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "ä.txt").write_text("ö", encoding="utf-8")
    figure = Figure()
    figure.subplots().plot([1, 2, 3])
    with fitscribe.start_run() as run:
        fitscribe.log_artifact(tmp_path / "folder")
        fitscribe.log_artifact(tmp_path / "folder" / "inner" / "ä.txt", "renamed/ä.txt")
        fitscribe.log_text("hello", "note")
        fitscribe.log_dict({"a": [1, math.nan]}, "settings")
        fitscribe.log_figure(figure, "curve")
        fitscribe.log_table(pandas.DataFrame({"a": [1, 2], "b": ["x", "ü"]}), "pandas")
        fitscribe.log_table(polars.DataFrame({"a": [1]}), "polars")
        fitscribe.log_table([{"a": 1}, {"b": 2}], "rows")
        fitscribe.log_table({"a": [1, 2]}, "columns")
        with pytest.raises(FileNotFoundError, match="nowhere"):
            fitscribe.log_artifact("nowhere")
        with pytest.raises(TypeError, match="data frame"):
            fitscribe.log_table(3, "wrong")
        with pytest.raises(TypeError, match="matplotlib figure"):
            fitscribe.log_figure(3, "wrong")
    artifacts = run.path / "artifacts"
    assert (artifacts / "folder" / "inner" / "ä.txt").read_text(encoding="utf-8") == "ö"
    assert (artifacts / "renamed" / "ä.txt").is_file()
    assert (artifacts / "note.txt").read_text() == "hello"
    assert json.loads((artifacts / "settings.json").read_text())["a"][0] == 1
    assert (artifacts / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert (artifacts / "pandas.csv").read_text(encoding="utf-8").splitlines() == ["a,b", "1,x", "2,ü"]
    assert (artifacts / "rows.csv").read_text().splitlines() == ["a,b", "1,", ",2"]
    assert len(fitscribe.get_run(run.id).artifacts) == 9


def test_artifact_names_cannot_leave_the_run(tmp_path: Path) -> None:
    with fitscribe.start_run() as run, pytest.raises(ValueError, match=r"\.\."):
        run.log_text("x", "../../escape.txt")
    assert not list(tmp_path.rglob("escape.txt"))


def test_runs_nest_and_the_context_is_given_back() -> None:
    assert fitscribe.active_run() is None
    with fitscribe.start_run("outer", experiment="e") as outer:
        with fitscribe.start_run("inner") as inner:
            assert fitscribe.active_run() is inner
        assert fitscribe.active_run() is outer
        assert fitscribe.get_run(inner.id).parent.id == outer.id
        assert fitscribe.get_run(inner.id).experiment == "e"
    assert fitscribe.active_run() is None


def test_threads_log_to_the_one_open_run() -> None:
    def work(number: int) -> None:
        for step in range(200):
            fitscribe.log_metric(f"thread{number}", step, step)

    with fitscribe.start_run() as run:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number in range(4):
        assert list(fitscribe.get_run(run.id).series(f"thread{number}").values) == list(range(200))


def test_the_users_exception_fails_the_run_and_passes_unchanged() -> None:
    error = ValueError("bad")
    with pytest.raises(ValueError) as caught, fitscribe.start_run() as run:
        run.log_metric("x", 1)
        raise error
    assert caught.value is error
    assert fitscribe.get_run(run.id).status == "failed"
    with pytest.raises(KeyboardInterrupt), fitscribe.start_run() as run:
        raise KeyboardInterrupt
    assert fitscribe.get_run(run.id).status == "interrupted"
    with pytest.raises(SystemExit), fitscribe.start_run() as run:
        raise SystemExit(0)
    assert fitscribe.get_run(run.id).status == "finished"
    assert fitscribe.active_run() is None


def test_logging_after_the_end_is_kept() -> None:
    with fitscribe.start_run() as run:
        run.log_metric("x", 1)
    run.log_metric("late", 2)
    run.set_tag("late", "yes")
    read = fitscribe.get_run(run.id)
    assert read.metrics == {"x": 1.0, "late": 2.0}
    assert read.tags == {"late": "yes"}
    assert read.status == "finished"


def test_a_model_is_loaded_back() -> None:
    with fitscribe.start_run() as run:
        fitscribe.log_model({"weights": [1, 2, 3]})
    assert fitscribe.load_model(run.id) == {"weights": [1, 2, 3]}


def test_a_model_that_does_not_pickle_is_named_on_the_run() -> None:
    with fitscribe.start_run() as run:
        fitscribe.log_model(lambda: None)
    assert "model" in str(fitscribe.get_run(run.id).unseen)


def test_an_earlier_model_that_is_left_in_place_is_said_to_be_one() -> None:
    with fitscribe.start_run() as run:
        fitscribe.log_model({"weights": [1, 2, 3]})
        fitscribe.log_model(lambda: None)
    assert "earlier state" in str(fitscribe.get_run(run.id).unseen)
    assert fitscribe.load_model(run.id) == {"weights": [1, 2, 3]}
