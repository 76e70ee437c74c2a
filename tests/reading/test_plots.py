"""Figures of runs through matplotlib."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from fitscribe.reading import get_run, search_runs
from fitscribe.store import Store

from .conftest import MakeRun

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def record(name: str, kind: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "artifact", {"name": name, "kind": kind, "data": data}


def roc(area: float) -> dict[str, Any]:
    return {"curves": [{"label": 1, "fpr": [0.0, 0.1, 1.0], "tpr": [0.0, 0.8, 1.0], "auc": area}]}


MATRIX = {"labels": ["cat", "dog"], "counts": [[5, 1], [2, 8]]}
RECORDS = [
    record("train/roc", "roc", roc(0.99)),
    record("test/roc", "roc", roc(0.85)),
    record("test/confusion_matrix", "confusion_matrix", MATRIX),
    record(
        "test/pr",
        "pr",
        {
            "curves": [
                {"label": "a", "recall": [0.0, 1.0], "precision": [1.0, 0.5], "average_precision": 0.7},
                {"label": "b", "recall": [0.0, 1.0], "precision": [1.0, 0.4], "average_precision": 0.6},
            ]
        },
    ),
    record("test/calibration", "calibration", {"of": 1, "predicted": [0.1, 0.9], "observed": [0.2, 0.8]}),
    record("test/residuals", "residuals", {"true": [1.0, 2.0], "predicted": [1.5, 1.5]}),
    record("feature_importance", "feature_importance", {"features": ["x", "y"], "values": [0.2, 0.8]}),
    record(
        "coefficients",
        "coefficients",
        {"features": ["x", "y"], "values": [[1.0, -2.0], [0.5, 3.0]], "classes": ["a", "b"]},
    ),
    record(
        "validation_curve",
        "curve",
        {"x_name": "C", "x": [0.1, 1], "series": {"test": {"mean": [0.5, 0.6], "std": [0.1, 0.1]}}},
    ),
]


def labels(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()] if axes.get_legend() else []


@pytest.mark.parametrize("name", [fields["kind"] for _, fields in RECORDS[1:]])
def test_every_kind_of_record_has_a_drawing(make_run: MakeRun, store: Store, name: str) -> None:
    run = get_run(make_run("forest", events=RECORDS), store=store)
    axes = run.plot(name)
    axes.figure.canvas.draw()
    assert axes.lines or axes.collections or axes.patches or axes.images
    assert axes.get_title().startswith("forest: ")


def test_what_was_measured_once_is_no_dot_among_curves(make_run: MakeRun, store: Store) -> None:
    metrics = {"valid/accuracy": [0.5, 0.6], "train/accuracy": 0.7, "test/accuracy": 0.65, "test/f1": 0.9}
    run = get_run(make_run("mlp", metrics=metrics), store=store)
    axes = run.plot("accuracy")
    assert labels(axes) == ["valid/accuracy", "train/accuracy (0.7)", "test/accuracy (0.65)"]
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "--"]
    assert not any(line.get_marker() == "o" for line in axes.lines)
    assert len(run.plot("test/accuracy").lines) == 1
    values = run.plot("f1")
    assert [patch.get_width() for patch in values.patches] == [0.9]


def test_held_out_data_comes_first(make_run: MakeRun, store: Store) -> None:
    run = get_run(make_run(events=RECORDS), store=store)
    assert labels(run.plot("roc")) == ["1 (AUC 0.85)"]
    assert labels(run.plot("train/roc")) == ["1 (AUC 0.99)"]
    assert labels(run.plot("pr")) == ["a (AP 0.7)", "b (AP 0.6)"]


def test_a_confusion_matrix_has_counts_in_it(make_run: MakeRun, store: Store) -> None:
    axes = get_run(make_run(events=RECORDS), store=store).plot("confusion_matrix")
    assert [text.get_text() for text in axes.texts] == ["5", "1", "2", "8"]


def test_series_keep_their_gaps(make_run: MakeRun, store: Store) -> None:
    run = get_run(
        make_run(metrics={"train/loss": [3.0, math.nan, 1.0], "valid/loss": [4.0, 3.0]}), store=store
    )
    (line,) = run.plot("train/loss").lines
    assert list(line.get_xdata()) == [0, 1, 2]
    assert [math.isnan(each) for each in line.get_ydata()] == [False, True, False]
    assert labels(run.plot("loss")) == ["train/loss", "valid/loss"]


@pytest.mark.parametrize("x", ["step", "epoch", "time", "relative"])
def test_what_series_are_drawn_over(make_run: MakeRun, store: Store, x: str) -> None:
    run = get_run(make_run(metrics={"loss": [3.0, 2.0], "epoch": [0.0, 1.0]}), store=store)
    axes = run.plot("loss", x=x)
    axes.figure.canvas.draw()
    assert axes.get_xlabel() == {"relative": "seconds", "time": "time (UTC)"}.get(x, x)


def test_runs_lie_over_each_other(make_run: MakeRun, store: Store) -> None:
    for name in ("one", "two"):
        make_run(name, metrics={"train/loss": [3.0, 2.0]}, events=RECORDS)
    make_run("without")
    runs = search_runs(order_by="name", store=store)
    axes = runs.plot("train/loss")
    assert [label.split()[0] for label in labels(axes)] == ["one", "two"]
    assert runs.plot("train/loss", ax=axes) is axes and len(axes.lines) == 4
    assert len(runs.plot("roc").lines) == 3, "two curves and one diagonal"
    grid = runs.plot("confusion_matrix")
    assert [each.get_title().split()[0] for each in grid.flat] == ["one", "two"]


def drawn(axes: Any) -> list[str]:
    """The legend, without the parts of ids."""
    return [" ".join(label.split()[:1] + label.split()[2:]) for label in labels(axes)]


def test_curves_of_several_runs_are_of_the_same_data(make_run: MakeRun, store: Store) -> None:
    for name in ("one", "two", "three"):
        make_run(name, events=RECORDS)
    make_run("trained", events=RECORDS[:1])
    make_run("without")
    runs = search_runs(order_by="name", store=store)
    axes = runs.plot("roc")
    assert drawn(axes) == [
        "one test (AUC 0.85)",
        "three test (AUC 0.85)",
        "trained train (AUC 0.99)",
        "two test (AUC 0.85)",
    ]
    assert axes.get_title() == "of different data: test, train\n1 of 5 runs has no roc"
    axes = search_runs("name != 'without'", order_by="name", store=store).plot("train/roc")
    assert {label.split()[1] for label in drawn(axes)} == {"train"}
    assert axes.get_title() == ""


def test_two_runs_are_compared_on_what_both_have(make_run: MakeRun, store: Store) -> None:
    matrix = ("artifact", {"name": "train/confusion_matrix", "kind": "confusion_matrix", "data": MATRIX})
    make_run("evaluated", events=[*RECORDS, matrix])
    make_run("trained", events=[RECORDS[0], matrix])
    make_run("without")
    runs = search_runs(order_by="name", store=store)
    assert drawn(runs.plot("roc")) == ["evaluated train (AUC 0.99)", "trained train (AUC 0.99)"]
    grid = runs.plot("confusion_matrix")
    titles = [each.get_title().split() for each in grid.flat if each.get_visible()]
    assert [(each[0], each[-1]) for each in titles] == [("evaluated", "train"), ("trained", "train")]
    assert grid.flat[0].figure._suptitle.get_text() == "1 of 3 runs has no confusion_matrix"
    assert runs.plot("pr").get_title() == "evaluated: test/pr\n2 of 3 runs have no pr"


def test_runs_of_different_data_are_told_apart(make_run: MakeRun, store: Store) -> None:
    make_run("one", events=RECORDS[1:3])
    make_run("two", events=[RECORDS[0], record("train/confusion_matrix", "confusion_matrix", MATRIX)])
    runs = search_runs(order_by="name", store=store)
    assert drawn(runs.plot("roc")) == ["one test (AUC 0.85)", "two train (AUC 0.99)"]
    grid = runs.plot("confusion_matrix")
    assert [each.get_title().split()[-1] for each in grid.flat] == ["test", "train"]
    assert grid.flat[0].figure._suptitle.get_text() == "of different data: test, train"


@pytest.mark.parametrize("x", ["step", "time", "relative"])
def test_runs_that_measured_once_lie_among_curves(make_run: MakeRun, store: Store, x: str) -> None:
    make_run("curve", metrics={"test/accuracy": [0.5, 0.6]})
    make_run("level", metrics={"test/accuracy": 0.65})
    make_run("lost", metrics={"test/accuracy": math.nan})
    make_run("without")
    axes = search_runs(order_by="name", store=store).plot("accuracy", x=x)
    axes.figure.canvas.draw()
    assert drawn(axes) == [
        "curve test/accuracy",
        "level test/accuracy (0.65)",
        "lost test/accuracy (nan)",
    ]
    assert axes.get_title() == "1 of 4 runs has no accuracy"
    level = axes.lines[1]
    assert (level.get_linestyle(), list(level.get_ydata())) == ("--", [0.65, 0.65])
    low, high = axes.get_xlim()
    left, right = axes.lines[0].get_xdata()[[0, -1]]
    assert (high - low) < 2 * float(axes.convert_xunits(right) - axes.convert_xunits(left))
    assert axes.get_ylim()[1] > 0.65


@pytest.mark.parametrize(
    ("values", "dots"),
    [
        ([1.0, math.nan, 0.5], [0, 2]),
        ([1.0, 2.0, math.inf, 0.5, math.nan, 3.0, 4.0], [3]),
        ([0.5], [0]),
        ([1.0, 2.0], []),
    ],
)
def test_points_between_gaps_are_dots(
    make_run: MakeRun, store: Store, values: list[float], dots: list[int]
) -> None:
    axes = get_run(make_run(metrics={"loss": values}), store=store).plot("loss")
    axes.figure.canvas.draw()
    (line,) = axes.lines
    assert ((line.get_markevery() or []), line.get_marker() == "o") == (dots, bool(dots))


def test_a_series_without_a_finite_value_says_so(make_run: MakeRun, store: Store) -> None:
    run = get_run(make_run(metrics={"loss": [math.nan, math.inf]}), store=store)
    assert labels(run.plot("loss")) == ["loss (no finite value)"]


def test_a_long_legend_is_cut_and_says_so(make_run: MakeRun, store: Store) -> None:
    for number in range(22):
        make_run(f"run{number}", events=RECORDS)
    runs = search_runs(store=store)
    legend = runs.plot("roc").get_legend()
    assert len(legend.get_texts()) == 20
    assert legend.get_title().get_text() == "the first 20 of 22"
    assert runs[:20].plot("roc").get_legend().get_title().get_text() == ""


def test_what_is_not_there_is_named_with_what_is(make_run: MakeRun, store: Store) -> None:
    run = get_run(make_run(metrics={"train/loss": 1.0}, events=RECORDS), store=store)
    with pytest.raises(LookupError, match=r"'nothing' in 1 run; there is train/loss, train/roc"):
        run.plot("nothing")
    with pytest.raises(ValueError, match="x is one of step"):
        run.plot("train/loss", x="colour")


def test_data_of_another_form_is_said_to_be(make_run: MakeRun, store: Store) -> None:
    for kind in ("roc", "confusion_matrix", "feature_importance", "curve"):
        run = get_run(
            make_run(events=[record("x", kind, {"curves": 5, "counts": [[1]], "labels": [1, 2]})]),
            store=store,
        )
        with pytest.raises(ValueError, match="cannot be read"):
            run.plot("x")


def test_a_learning_rate_is_drawn_as_steps_to_the_end_of_the_run(make_run: MakeRun, store: Store) -> None:
    from fitscribe.store import RunWriter

    run_id = make_run("scheduled", status=None)
    writer = RunWriter(store.run_folder(run_id))
    writer.timed([("train/loss", step, 1e9 + step, 1.0) for step in range(30)])
    writer.timed([("epoch", step, 1e9 + step, step / 10) for step in (0, 10, 20, 29)])
    writer.timed([("lr", 0, 1e9, 0.1), ("lr", 10, 1e9 + 10, 0.01)])
    writer.close()
    run = get_run(run_id, store=store)
    (line,) = run.plot("lr").lines
    assert line.get_drawstyle() == "steps-post"
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([0, 10, 29], [0.1, 0.01, 0.01])
    assert list(run.plot("lr", x="epoch").lines[0].get_xdata()) == pytest.approx([0, 1, 2.9])
    assert run.plot("train/loss").lines[0].get_drawstyle() == "default"
