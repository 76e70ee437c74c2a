"""Candidates, sweeps and whatever else lies in a run: how they are listed and shown."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from .conftest import START, Builder, Result, terminal

Run = Callable[..., Result]


@pytest.fixture
def search(build: Builder) -> Builder:
    """A search of 25 candidates, kept in its own files, the last but one failed."""
    writer = build.run("search111111", "GridSearchCV", metrics={"cv/r2": 0.9}, status=None)
    for number in range(25):
        child = f"c{number:02d}aaaaaaaaa"
        points = {
            "cv/r2_by_fold": [[0, None, 0.1], [1, None, 0.2]],
            "cv/r2": [[0, None, (number * 7) % 25 / 100]],
            "fit_s": [[0, None, 0.25]],
        }
        end = {
            "status": "failed",
            "error": {"type": "ValueError", "message": "no", "traceback": "ValueError: no"},
        }
        writer.child(
            child,
            [
                ("run", {"id": child, "name": "Ridge", "experiment": "train", "parent": "search111111"}),
                ("params", {"values": {"alpha": number / 2, "solver": "auto"}, "changed": ["alpha"]}),
                ("points", {"values": {} if number == 23 else points}),
                (
                    "end",
                    {**(end if number == 23 else {"status": "finished", "error": None}), "time": START + 2},
                ),
            ],
        )
    build.clock.now = START + 1.5
    writer.event("end", status="finished", error=None)
    writer.close()
    return build


@pytest.fixture
def tree(build: Builder) -> Builder:
    build.run("group1", "block", role="group")
    build.run("sweep1", "sweep of Ridge", role="sweep", parent="group1")
    build.run("train1", "Ridge", parent="sweep1", params={"alpha": 1.0}, metrics={"test/r2": 0.5})
    build.run("train2", "Ridge", parent="sweep1", params={"alpha": 2.0}, metrics={"test/r2": 0.75})
    build.run("joined", "Ridge", parent=None, events=[("joined", {"parent": "sweep1"})])
    build.run("alone1", "Lasso")
    return build


def test_a_search_is_one_line_with_the_number_of_its_candidates(search: Builder, fitscribe: Run) -> None:
    expected = """\
id            name          children  started      took  cv/r2
search111111  GridSearchCV        25  2001-09-09  1.5 s    0.9
"""
    assert fitscribe("ls") == Result(0, expected, "")
    assert len(fitscribe("ls", "--filter", "parent is not null").out.splitlines()) == 26


def test_the_metrics_of_a_sweep_are_said_to_be_those_of_its_last_training(
    build: Builder, fitscribe: Run
) -> None:
    for name, role in (("sweep1", "sweep"), ("train1", "training")):
        build.run(name, "Ridge", role=role, metrics={"test/r2": 0.5})
    assert "\nMetrics  of its last training\n" in fitscribe("show", "sweep1").out
    assert "\nMetrics\n" in fitscribe("show", "train1").out


def test_show_lists_the_best_candidates_first(search: Builder, fitscribe: Run) -> None:
    shown = fitscribe("show", "search").out
    table = shown.partition("\nChildren  25 runs\n")[2].splitlines()
    assert table[0].split() == ["id", "status", "alpha", "cv/r2", "fit_s", "took"]
    scores = [score for score in range(24, 3, -1) if score != 11]
    assert [line.split()[3] for line in table[1:21]] == [f"{score / 100:.2f}" for score in scores]
    assert table[1].split()[:3] == ["c07aaaaaaaaa", "finished", "3.5"]
    assert table[21] == "  ... and 5 more with --full"
    every = fitscribe("show", "search", "--full").out.partition("\nChildren  25 runs\n")[2].splitlines()
    assert every[25].split()[:3] == ["c23aaaaaaaaa", "failed", "11.5"] and every[26] == ""


def test_a_terminal_gets_the_columns_that_fit(search: Builder) -> None:
    code, shown = terminal("show", "search", columns=36)
    table = shown.partition("\nChildren  25 runs\n")[2].splitlines()
    assert code == 0 and table[0].split() == ["id", "status", "alpha", "cv/r2"]
    assert table[1].split() == ["c07aaa", "finished", "3.5", "0.24"]
    assert max(len(line) for line in table[:22]) <= 40


def test_a_candidate_is_shown_and_compared_like_any_run(search: Builder, fitscribe: Run) -> None:
    assert fitscribe("show", "c02").out.startswith("Ridge  c02aaaaaaaaa  finished\n")
    assert "in GridSearchCV  search111111\n" in fitscribe("show", "c02").out
    assert "ValueError: no" in fitscribe("show", "c23").out
    document = json.loads(fitscribe("show", "c02", "--json").out)
    assert (document["holder"], document["parent"]) == ("search111111",) * 2
    assert document["series"]["cv/r2_by_fold"]["values"] == [0.1, 0.2]
    assert len(json.loads(fitscribe("show", "search", "--json").out)["children"]) == 25
    compared = json.loads(fitscribe("compare", "c02", "c03", "--json").out)
    assert compared["params"] == {"alpha": {"c02aaaaaaaaa": 1.0, "c03aaaaaaaaa": 1.5}}
    assert len(json.loads(fitscribe("export").out)) == 26


def test_a_candidate_is_removed_with_its_search_only(search: Builder, fitscribe: Run) -> None:
    refused = fitscribe("rm", "c02")
    assert (refused.code, refused.out) == (1, "")
    assert "c02aaaaaaaaa (Ridge) has no files of its own: the run search111111 (GridSearchCV)" in refused.err
    assert "fitscribe rm search111111" in refused.err
    assert fitscribe("rm", "search").code == 0
    assert "there is no run" in fitscribe("ls").err
    assert fitscribe("restore", "search").code == 0
    assert fitscribe("show", "c02").code == 0


def test_an_id_that_is_nearly_that_of_a_candidate(search: Builder, fitscribe: Run) -> None:
    ambiguous = fitscribe("show", "c0")
    assert ambiguous.code == 1 and "beginning of 10 runs" in ambiguous.err and "c09aaa" in ambiguous.err
    missed = fitscribe("show", "c24aaaaaab")
    assert missed.code == 1 and "Nearest are" in missed.err and "c24aaa" in missed.err


def test_all_shows_every_level_below_the_one_above(tree: Builder, fitscribe: Run) -> None:
    expected = """\
id      name
alone1  Lasso
group1  block
sweep1    sweep of Ridge
train1      Ridge
train2      Ridge
joined      Ridge
"""
    assert fitscribe("ls", "--all", "--columns", "name") == Result(0, expected, "")
    assert fitscribe("ls", "--columns", "name").out == "id      name\nalone1  Lasso\ngroup1  block\n"
    limited = fitscribe("ls", "--all", "--columns", "name", "--limit", "1")
    assert limited.out == "id      name\nalone1  Lasso\n"


def test_a_sweep_in_a_block_shows_the_best_training_first(tree: Builder, fitscribe: Run) -> None:
    shown = fitscribe("show", "sweep1").out
    expected = """\

Children  3 runs
  id      alpha  test/r2   took
  train2  2.0       0.75  1.5 s
  train1  1.0       0.50  1.5 s
  joined                  1.5 s
"""
    assert expected in shown
    assert "sweep of Ridge" in fitscribe("show", "group1").out


def test_where_less_is_better_less_stands_first(build: Builder, fitscribe: Run) -> None:
    build.run("sweep1", "sweep", role="sweep")
    for number, loss in enumerate((0.3, 0.1, float("nan"), 0.2)):
        build.run(f"fit{number}aa", parent="sweep1", params={"C": number}, metrics={"test/log_loss": loss})
    lines = fitscribe("show", "sweep1").out.partition("Children")[2].splitlines()[2:6]
    assert [line.split()[0] for line in lines] == ["fit1aa", "fit3aa", "fit0aa", "fit2aa"]


def test_the_smallest_error_of_a_boosting_stands_first(build: Builder, fitscribe: Run) -> None:
    build.run("sweep1", "sweep", role="sweep")
    for number, error in enumerate((4273.0, 3252.0, 5110.0)):
        metrics = {"valid_0/l2": error, "train/r2": error}
        build.run(f"fit{number}aa", parent="sweep1", params={"C": number}, metrics=metrics)
    assert children(fitscribe) == ["fit1aa", "fit0aa", "fit2aa"]


@pytest.mark.parametrize(
    ("direction", "order"),
    [
        ("max", ["fit1aa", "fit2aa", "fit0aa"]),
        ("min", ["fit0aa", "fit2aa", "fit1aa"]),
        (None, ["fit0aa", "fit1aa", "fit2aa"]),
    ],
)
def test_what_a_library_says_of_a_metric_orders_the_children(
    build: Builder, fitscribe: Run, direction: str | None, order: list[str]
) -> None:
    build.run("sweep1", "sweep", role="sweep")
    said = [("facts", {"values": {"directions": {"valid/mine": direction}}})] if direction else []
    for number, value in enumerate((1.0, 3.0, 2.0)):
        build.run(f"fit{number}aa", parent="sweep1", metrics={"valid/mine": value}, events=said)
    assert children(fitscribe) == order


def test_what_nobody_knows_leaves_it_to_other_metrics_of_that_data(build: Builder, fitscribe: Run) -> None:
    build.run("sweep1", "sweep", role="sweep")
    for number, (error, train) in enumerate(((2.0, 0.1), (1.0, 0.3), (3.0, 0.2))):
        metrics = {"valid/mine": 1.0, "valid/rmse": error, "train/rmse": train}
        build.run(f"fit{number}aa", parent="sweep1", metrics=metrics)
    assert children(fitscribe) == ["fit1aa", "fit0aa", "fit2aa"]


def test_training_data_orders_nothing_where_there_is_other_data(build: Builder, fitscribe: Run) -> None:
    build.run("sweep1", "sweep", role="sweep")
    for number, train in enumerate((0.3, 0.1, 0.2)):
        build.run(f"fit{number}aa", parent="sweep1", metrics={"valid/mine": 1.0, "train/rmse": train})
    assert children(fitscribe) == ["fit0aa", "fit1aa", "fit2aa"]


def test_of_what_early_stopping_watched_the_best_value_counts(build: Builder, fitscribe: Run) -> None:
    build.run("sweep1", "sweep", role="sweep")
    for number, (best, last) in enumerate(((0.277, 0.3246), (0.2645, 0.3265), (0.279, 0.3386))):
        fact = {"watched": "valid/logloss", "direction": "min", "best": best, "reason": "no improvement"}
        build.run(
            f"fit{number}aa",
            parent="sweep1",
            metrics={"valid/logloss": [0.6, best, last]},
            events=[("facts", {"values": {"early_stopping": fact}})],
        )
    assert children(fitscribe) == ["fit1aa", "fit0aa", "fit2aa"]
    assert "  fit1aa         0.2645  1.5 s\n" in fitscribe("show", "sweep1").out


def children(fitscribe: Run) -> list[str]:
    """The ids of the children of the sweep, in the order in which its page has them."""
    lines = fitscribe("show", "sweep1").out.partition("Children")[2].splitlines()[2:5]
    return [line.split()[0] for line in lines]


def test_folds_keep_their_order(build: Builder, fitscribe: Run) -> None:
    build.run("cv1111", "cross_validate")
    for number, score in enumerate((0.3, 0.9, 0.5)):
        build.run(f"fold{number}", f"fold {number}", parent="cv1111", role="fold", metrics={"cv/r2": score})
    lines = fitscribe("show", "cv1111").out.partition("Children")[2].splitlines()[2:5]
    assert [line.split()[0] for line in lines] == ["fold0", "fold1", "fold2"]


def test_a_block_around_one_search_has_the_candidates_of_that(search: Builder, fitscribe: Run) -> None:
    search.run("block1", "block", role="group")
    search.run("inner1", "GridSearchCV", parent="block1", params={"cv": 5})
    search.run("cand01", "Ridge", parent="inner1", role="candidate", metrics={"cv/r2": 0.5})
    search.run("cand02", "Ridge", parent="inner1", role="candidate", metrics={"cv/r2": 0.6})
    assert "block1        block                2  " in fitscribe("ls").out
    shown = fitscribe("show", "block1").out
    assert "Children  2 runs" in shown and shown.index("cand02") < shown.index("cand01")


def test_numbers_of_a_column_have_the_same_decimals_unless_that_cuts_one_short(
    build: Builder, fitscribe: Run
) -> None:
    build.run("group1", "block", role="group")
    for child, points in {
        "train1": {"test/r2": 0.5, "fit_s": 0.0312, "loss": 12.5, "tiny": 0.0002},
        "train2": {"test/r2": 0.975, "fit_s": 0.0007104, "loss": 0.0003, "tiny": 1e-7},
        "train3": {"test/r2": float("nan"), "fit_s": 0.0, "loss": 3_000_000.0, "tiny": 0.0},
    }.items():
        build.run(child, parent="group1", params={"alpha": child}, metrics=points)
    lines = fitscribe("show", "group1").out.splitlines()
    rows = [line.split()[-6:-2] for line in lines[lines.index("Children  3 runs") + 2 :][:3]]
    assert rows == [
        ["0.975", "0.0003", "1e-07", "0.0007104"],
        ["0.500", "12.5", "0.0002", "0.0312"],
        ["nan", "3e+06", "0.0", "0.0"],
    ]
