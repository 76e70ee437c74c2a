"""What `fitscribe show` prints of lineage, steps, tables, curves over a parameter, and early stopping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.kept import LEARNING, STRUCTURE

from .conftest import Builder, Result

Run = Callable[..., Result]

LINEAGE = {
    "nodes": [
        {
            "id": "d1",
            "by": "pandas.read_csv",
            "of": [],
            "container": "pandas.DataFrame",
            "shape": [150, 5],
            "path": "städte.csv",
            "size": 4_606,
            "fingerprint": "3f2a99aa" * 4,
            "facts": {},
        },
        {
            "id": "d2",
            "by": "train_test_split (train)",
            "of": ["d1"],
            "container": "pandas.DataFrame",
            "shape": [120, 4],
            "facts": {"test_size": 0.2, "random_state": 0},
        },
        {
            "id": "d3",
            "by": "StandardScaler.transform",
            "of": ["d2", "d1"],
            "container": "numpy.ndarray",
            "shape": [120, 4],
            "facts": {},
        },
    ],
    "roles": {"train": "d3"},
}
FOLDS = {"columns": ["fold", "test_score"], "rows": [[i, 0.9 + i / 1000] for i in range(25)]}
STOPPING = {
    "watched": "valid/score",
    "patience": 10,
    "tolerance": 1e-4,
    "best_iteration": 25,
    "best": 0.93,
    "last_iteration": 35,
    "stopped_early": True,
    "reason": "no improvement for 10 iterations",
}


def record(name: str, kind: str, data: Any) -> tuple[str, dict[str, Any]]:
    return ("artifact", {"name": name, "kind": kind, "data": data})


@pytest.fixture
def shown(build: Builder, fitscribe: Run) -> Callable[..., list[str]]:
    """The lines of the page of a run with these events."""

    def show(*events: tuple[str, dict[str, Any]], arguments: tuple[str, ...] = ()) -> list[str]:
        build.run("aaaaaaaaaa", events=list(events)).close()
        found = fitscribe("show", "aaaaaaaaaa", *arguments)
        assert found.code == 0, found.err
        return [" ".join(line.split()) for line in found.out.splitlines()]

    return show


def test_lineage_goes_back_to_the_file(shown: Callable[..., list[str]]) -> None:
    lines = shown(record("lineage", "lineage", LINEAGE))
    start = lines.index("Lineage")
    assert lines[start + 1 : start + 4] == [
        "train StandardScaler.transform and 1 more ndarray 120 × 4",
        "← train_test_split (train) (test_size=0.2, random_state=0) DataFrame 120 × 4",
        "← pandas.read_csv städte.csv, 4.6 kB 3f2a99aa",
    ]


def test_steps_have_their_time_and_what_they_give(shown: Callable[..., list[str]]) -> None:
    lines = shown(record("structure", "structure", STRUCTURE))
    start = lines.index("Steps")
    assert lines[start + 2 : start + 5] == [
        "· Pipeline 1.5 s",
        "scale StandardScaler 4.2 ms 120 × 4: a, b, c, d and 2 more with_mean=False",
        "svc SVC",
    ]


def test_a_long_table_is_cut_unless_asked_for_in_full(shown: Callable[..., list[str]]) -> None:
    lines = shown(record("folds", "table", FOLDS))
    start = lines.index("Folds")
    assert lines[start + 1] == "fold test_score"
    assert lines[start + 21] == "19 0.919"
    assert lines[start + 22] == "5 more rows with --full"


def test_a_table_in_full(shown: Callable[..., list[str]]) -> None:
    lines = shown(record("folds", "table", FOLDS), arguments=("--full",))
    assert "24 0.924" in lines


def test_a_curve_has_its_spread(shown: Callable[..., list[str]]) -> None:
    lines = shown(record("learning_curve", "curve", LEARNING))
    start = lines.index("Learning curve")
    assert lines[start + 1 : start + 4] == [
        "rows train valid",
        "10 1.0 ± 0.0 0.5",
        "100 0.95 ± 0.01 0.875",
    ]


def test_early_stopping_says_why_it_ended(shown: Callable[..., list[str]]) -> None:
    lines = shown(("facts", {"values": {"early_stopping": STOPPING, "n_iter_": 35}}))
    start = lines.index("Early stopping")
    assert lines[start + 1] == "stopped early at iteration 35: no improvement for 10 iterations"
    assert lines[start + 2] == (
        "watched valid/score, patience 10, tolerance 0.0001, best 0.93 at iteration 25"
    )
    assert not any("early_stopping" in line for line in lines)


def test_a_solver_that_converges_has_not_stopped_early(shown: Callable[..., list[str]]) -> None:
    ended = {"last_iteration": 15, "stopped_early": True, "reason": "converged within tol=0.0001"}
    lines = shown(("facts", {"values": {"early_stopping": ended}}))
    assert lines[lines.index("How it ended") + 1] == "at iteration 15: converged within tol=0.0001"


@pytest.mark.parametrize("kind", ["lineage", "structure", "table", "curve", "calibration"])
def test_damaged_records_say_so_and_cost_nothing_else(shown: Callable[..., list[str]], kind: str) -> None:
    lines = shown(record("test/odd_one", kind, {"columns": 3, "nodes": 3, "steps": [{}], "series": 1}))
    assert lines[lines.index("Odd one (test)") + 1] == "its data cannot be read"
