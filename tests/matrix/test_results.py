"""What came of the cells: what the file claims, and what pages and badges make of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from tests.matrix.test_generated import MATRIX

from fitscribe.matrix import Matrix, MatrixError, load
from fitscribe.matrix.pages import badges, results_table
from fitscribe.matrix.results import FAILED, Results, Row, load_results, save_results, unproved

GREEN = Row(
    "passed",
    state="aaa",
    fitscribe="0.1.0",
    python="3.10.13",
    system="Linux",
    machine="x86_64",
    date="2026-11-29",
    passed=7,
    skipped=1,
    cpu_s=61.25,
    installed={"boosty": "1.10", "numpy": "1.26.4", "wrapt": "1.14.2"},
    points=1,
    unapplied={"boosty.cv": "skipped: it is missing"},
)
RED = Row(
    FAILED,
    state="aaa",
    python="3.13.0",
    system="Linux",
    machine="x86_64",
    date="2026-11-29",
    passed=5,
    failed=2,
    why=("tests.test_train.test_it", "more"),
)


def of_2(row: Row, python: str) -> Row:
    return Row(**{**vars(row), "python": python, "installed": {"boosty": "2.0.1+cu132"}})


ALL = {
    "core-3.10": GREEN,
    "boosty-1.10": GREEN,
    "boosty-2.0.1": of_2(GREEN, "3.13.0"),
    "boosty-2.0.1-py3.12": of_2(GREEN, "3.12.1"),
}


@pytest.fixture
def matrix(tmp_path: Path) -> Matrix:
    path = tmp_path / "compat_matrix.yaml"
    path.write_text(MATRIX)
    return load(path)


def test_saved_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "compat_results.json"
    assert load_results(path) == Results({})
    results = Results({"boosty-1.10": GREEN, "boosty-2.0.1": RED}, complete=False)
    save_results(path, results)
    assert load_results(path) == results
    assert [file.name for file in tmp_path.iterdir()] == ["compat_results.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 1, "complete": true, "cells": {"a": {"colour": "red"}}}']
)
def test_a_file_that_holds_no_results(content: str, tmp_path: Path) -> None:
    path = tmp_path / "compat_results.json"
    path.write_text(content)
    with pytest.raises(MatrixError, match="does not hold the results of a matrix"):
        load_results(path)
    path.write_text('{"format": 9}')
    with pytest.raises(MatrixError, match="has format 9, not 1"):
        load_results(path)


def test_they_are_complete_where_all_are_of_one_state(matrix: Matrix) -> None:
    states = dict.fromkeys(ALL, "aaa")
    settled = Results({**ALL, "boosty-0.9": RED}).settled(matrix.cells, states)
    assert settled.complete and list(settled.rows) == [cell.name for cell in matrix.cells]
    assert not Results(ALL).settled(matrix.cells, {**states, "boosty-1.10": "bbb"}).complete
    assert not Results({"boosty-1.10": GREEN}).settled(matrix.cells, states).complete


def test_what_is_missing_is_wrong_only_where_they_claim_to_be_complete(matrix: Matrix) -> None:
    missing = "boosty-2.0.1 is tested, and was not run"
    some = {name: row for name, row in ALL.items() if name != "boosty-2.0.1"}
    assert unproved(matrix, Results(some)) == ([], [missing])
    assert unproved(matrix, Results(some, complete=True)) == ([missing], [])
    assert unproved(matrix, Results(ALL, complete=True)) == ([], [])
    candidates_apart = {name: row for name, row in ALL.items() if name != "boosty-2.0.1-py3.12"}
    assert unproved(matrix, Results(candidates_apart, complete=True)) == ([], [])


def test_what_is_red_is_wrong_in_any_case(matrix: Matrix) -> None:
    red = "boosty-2.0.1 is tested, and failed: tests.test_train.test_it"
    assert unproved(matrix, Results({**ALL, "boosty-2.0.1": RED})) == ([red], [])
    assert unproved(matrix, Results({**ALL, "boosty-2.0.1-py3.12": RED})) == ([], [])


def test_what_was_run_with_something_else_was_not_run(matrix: Matrix) -> None:
    other = Row(**{**vars(GREEN), "python": "3.11.2", "installed": {"boosty": "1.11"}})
    _, missing = unproved(matrix, Results({**ALL, "boosty-1.10": other}))
    assert missing == [
        "boosty-1.10 was run with boosty 1.11, not boosty==1.10",
        "boosty-1.10 was run with numpy of no known version, not numpy<2",
        "boosty-1.10 was run with Python 3.11.2, not 3.10",
    ]


def test_the_table_of_all_cells(matrix: Matrix) -> None:
    lines = results_table(matrix, Results({"boosty-1.10": GREEN, "boosty-2.0.1": RED})).splitlines()
    assert lines[0].startswith(
        "**The matrix has not been run as a whole yet**: 2 of 4 cells were run, 1 of them"
    )
    tests = "7 passed, 0 failed, 1 skipped"
    points = "1 of 2 (boosty.cv: skipped: it is missing)"
    when = "2026-11-29 on Linux x86_64, state aaa"
    red = "**failed**: tests.test_train.test_it"
    assert lines[4:] == [
        "| core |  | tested | 3.10 | not run yet |  |  |  |  |",
        f"| boosty | 1.10 | tested | 3.10.13 | passed | {tests} | {points} | 61 s | {when} |",
        f"| boosty | 2.0.1 | tested | 3.13.0 | {red} | 5 passed, 2 failed, 0 skipped |  | 0 s | {when} |",
        "| boosty | 2.0.1 | candidate | 3.12 | not run yet |  |  |  |  |",
    ]
    whole = results_table(matrix, Results(ALL, complete=True))
    assert whole.startswith(
        "The matrix is complete: 4 of 4 cells were run, none of them failed, all on one state"
    )


@pytest.mark.parametrize(
    ("rows", "message", "color"),
    [
        ({"boosty-1.10": GREEN}, "1 of 2 passed", "lightgrey"),
        ({"boosty-1.10": RED}, "failed", "red"),
        (ALL, "passed", "brightgreen"),
        ({**ALL, "boosty-2.0.1-py3.12": RED}, "passed", "brightgreen"),
    ],
)
def test_badges(rows: dict[str, Row], message: str, color: str, matrix: Matrix) -> None:
    (badge,) = badges(matrix, Results(rows)).splitlines()
    assert badge.startswith(f"![Boosty 1.10 – 2.0.1 {message}](")  # noqa: RUF001 - a range
    assert badge.endswith(f"-{color})")


def test_a_framework_of_which_nothing_was_run_has_no_badge(matrix: Matrix) -> None:
    assert badges(matrix, Results({})) == ""


def test_check_fails_where_a_version_is_called_tested_that_is_not(tmp_path: Path) -> None:
    (tmp_path / "src" / "fitscribe").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "compat_matrix.yaml").write_text(MATRIX)
    (tmp_path / "README.md").write_text("<!-- badges -->\n<!-- end -->\n")

    def command(action: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "fitscribe.matrix", action]
        return subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True)

    def results(rows: dict[str, Row], *, complete: bool) -> None:
        save_results(tmp_path / "compat_results.json", Results(rows, complete))
        assert command("write").returncode == 0

    results({"boosty-1.10": GREEN}, complete=False)
    done = command("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "not run yet as it is now: 2 of the cells that are called tested\n"
    results({"boosty-1.10": GREEN}, complete=True)
    done = command("check")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "core-3.10 is tested, and was not run",
        "boosty-2.0.1 is tested, and was not run",
        "run these cells (again), or make candidates of them",
    ]
    results(ALL, complete=True)
    done = command("check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    stored = json.loads((tmp_path / "compat_results.json").read_text())
    stored["cells"]["boosty-1.10"]["outcome"] = "failed"
    (tmp_path / "compat_results.json").write_text(json.dumps(stored))
    done = command("check")
    assert done.returncode == 1 and done.stdout == "README.md is stale\n"
    assert "boosty-1.10 is tested, and failed: unexplained" in done.stderr
