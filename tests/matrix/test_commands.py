"""The commands that run cells, with the environments themselves left out: what they choose, keep and say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from tests.matrix.test_generated import MATRIX

from fitscribe.matrix import Cell, commands, runner
from fitscribe.matrix.__main__ import main
from fitscribe.matrix.releases import LookupFailed
from fitscribe.matrix.results import FAILED, PASSED, Results, Row, load_results, save_results

CELLS = ["core-3.10", "boosty-1.10", "boosty-2.0.1", "boosty-2.0.1-py3.12"]


class Environments:
    """Stands in for the environments: what was run in them, and what comes of each cell."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.rows: dict[str, Row] = {}
        self.ended_at = ""

    def __call__(
        self, project: Any, cells: list[Cell], keep: Callable[[Cell, Row], None], **how: Any
    ) -> None:
        states = project.states(cells)
        for cell in cells:
            if cell.name == self.ended_at:
                raise KeyboardInterrupt
            self.ran.append(cell.name)
            row = self.rows.get(cell.name, Row(PASSED, passed=1))
            keep(cell, Row(**{**vars(row), "state": states[cell.name]}))


@pytest.fixture
def environments(monkeypatch: pytest.MonkeyPatch) -> Iterator[Environments]:
    made = Environments()
    monkeypatch.setattr(runner, "each_in_an_environment", made)
    monkeypatch.setattr(commands, "each_in_an_environment", made)
    yield made


@pytest.fixture
def matrix(tmp_path: Path) -> str:
    (tmp_path / "compat_matrix.yaml").write_text(MATRIX)
    (tmp_path / "pyproject.toml").touch()
    return str(tmp_path / "compat_matrix.yaml")


def test_all_of_them_once(
    environments: Environments, matrix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--matrix", matrix]) == 0
    assert sorted(environments.ran) == sorted(CELLS)
    results = load_results(tmp_path / "compat_results.json")
    assert results.complete and list(results.rows) == CELLS
    environments.ran.clear()
    assert main(["run", "--matrix", matrix]) == 0
    assert environments.ran == []
    assert "4 of 4 cells are green for these sources: not run again" in capsys.readouterr().out
    assert main(["run", "--matrix", matrix, "--again", "boosty==1.10"]) == 0
    assert environments.ran == ["boosty-1.10"]


def test_pages_are_written_as_each_cell_ends(
    environments: Environments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # fitscribe's own checkout, as small as it gets.
    (tmp_path / "src" / "fitscribe").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").touch()
    page = tmp_path / "docs" / "compatibility.md"
    page.write_text("<!-- results -->\n<!-- end -->\n")
    (tmp_path / "compat_matrix.yaml").write_text(MATRIX)
    monkeypatch.chdir(tmp_path)
    assert main(["write"]) == 0
    environments.ended_at = "boosty-2.0.1"
    assert main(["run"]) == 130
    assert environments.ran == ["core-3.10", "boosty-1.10"]
    assert "2 of 4 cells were run" in page.read_text()
    assert main(["check"]) == 0


def test_one_that_is_red_is_named_and_run_again(
    environments: Environments, matrix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    environments.rows["boosty-1.10"] = Row(FAILED, why=("tests.test_it",))
    assert main(["run", "--matrix", matrix]) == 1
    assert "not green: boosty-1.10. Logs: " in capsys.readouterr().out
    environments.ran.clear()
    environments.rows.clear()
    assert main(["run", "--matrix", matrix]) == 0
    assert environments.ran == ["boosty-1.10"]


def test_a_run_that_is_ended_goes_on_with_what_is_left(
    environments: Environments, matrix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments.ended_at = "boosty-2.0.1"
    assert main(["run", "--matrix", matrix]) == 130
    assert "ended; the same command goes on with what is left" in capsys.readouterr().out
    assert not load_results(tmp_path / "compat_results.json").complete
    done = list(environments.ran)
    assert done == ["core-3.10", "boosty-1.10"]
    environments.ended_at = ""
    assert main(["run", "--matrix", matrix]) == 0
    assert sorted(environments.ran) == sorted(CELLS)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["run", "bosty"], "the matrix has no 'bosty': did you mean 'boosty'?"),
        (["new", "bosty"], "the matrix has no framework 'bosty' that is tested: did you mean 'boosty'?"),
        (["new", "other"], "the matrix has no framework 'other' that is tested: there are boosty"),
    ],
)
def test_a_name_that_is_none(
    arguments: list[str], problem: str, matrix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--matrix", matrix]) == 1
    assert capsys.readouterr().err == f"{problem}\n"


def test_what_is_newer_is_run_and_what_moved_is_told(
    environments: Environments,
    matrix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []
    monkeypatch.setattr(
        commands, "available", lambda name, python: asked.append((name, python)) or ["2.1", "3.0rc1"]
    )
    before = Row(PASSED, unapplied={"boosty.cv": "skipped: gone"})
    save_results(tmp_path / "compat_results.json", Results({"boosty-2.0.1": before}))
    gone = {"boosty.cv": "skipped: gone", "boosty.train": "observes only: no 'callbacks'"}
    differs = {"boosty.fit a.B.fit": "it has no parameter 'y'"}
    moved = Row(FAILED, unapplied=gone, unmet=differs, why=("tests.test_it: no",))
    environments.rows["boosty-3.0rc1"] = moved
    environments.rows["boosty-2.1"] = before
    assert main(["new", "--matrix", matrix]) == 1
    assert asked == [("boosty", "3.13")] and environments.ran == ["boosty-2.1", "boosty-3.0rc1"]
    assert capsys.readouterr().out.splitlines() == [
        "boosty: newer than 2.0.1: 2.1, 3.0rc1",
        "boosty-2.1, against 2.0.1: nothing has moved",
        "boosty-3.0rc1, against 2.0.1: moved",
        "  patch point lost: boosty.train: observes only: no 'callbacks'",
        "  reliance that differs: boosty.fit a.B.fit: it has no parameter 'y'",
        "  tests.test_it: no",
    ]
    assert list(load_results(tmp_path / "compat_results.json").rows) == ["boosty-2.0.1"]


def test_an_index_that_does_not_answer_is_said(
    environments: Environments,
    matrix: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def none(name: str, python: str) -> list[str]:
        raise LookupFailed("pip finds no versions of boosty: ERROR: offline")

    monkeypatch.setattr(commands, "available", none)
    assert main(["new", "--matrix", matrix]) == 1
    assert capsys.readouterr().out == "boosty: pip finds no versions of boosty: ERROR: offline\n"
