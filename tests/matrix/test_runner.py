"""Cells are chosen by name, run several at a time and not twice; nothing goes on when somebody ends it."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from rich.console import Console
from tests.matrix.test_generated import MATRIX

from fitscribe.matrix import Cell, Matrix, load, running
from fitscribe.matrix.interpreters import interpreter
from fitscribe.matrix.processes import Processes, Stopped
from fitscribe.matrix.progress import Progress
from fitscribe.matrix.project import Project, project_of
from fitscribe.matrix.results import FAILED, PASSED, Row
from fitscribe.matrix.runner import at_a_time, chosen, due
from fitscribe.matrix.running import Environment, Tell

OLDER, NEWER, CANDIDATE = "boosty-1.10", "boosty-2.0.1", "boosty-2.0.1-py3.12"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "compat_matrix.yaml").write_text(MATRIX)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'fitscribe-boosty'\n")
    (tmp_path / "fitscribe_boosty.py").write_text("integration = None\n")
    return project_of(tmp_path / "compat_matrix.yaml")


@pytest.fixture
def matrix(project: Project) -> Matrix:
    return load(project.matrix)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], ["core-3.10", OLDER, NEWER, CANDIDATE]),
        (["boosty==1.10"], [OLDER]),
        (["boosty==2.0.1"], [NEWER, CANDIDATE]),
        ([CANDIDATE, "core"], [CANDIDATE, "core-3.10"]),
        (["boosty", OLDER], [OLDER, NEWER, CANDIDATE]),
    ],
)
def test_chosen_by_name(names: list[str], found: list[str], matrix: Matrix) -> None:
    assert [cell.name for cell in chosen(matrix, names)] == found


def test_a_name_that_is_none(matrix: Matrix) -> None:
    with pytest.raises(
        LookupError, match=r"the matrix has no 'boosty==1\.1': did you mean 'boosty==1\.10'\?"
    ):
        chosen(matrix, ["boosty==1.1"])
    with pytest.raises(LookupError, match="the matrix has no 'x': there are core-3.10, core, boosty-1.10, "):
        chosen(matrix, ["x"])


def test_what_is_green_for_these_sources_is_not_due(matrix: Matrix, project: Project) -> None:
    cells = matrix.cells
    states = project.states(cells)
    rows = {cell.name: Row(PASSED, state=states[cell.name]) for cell in cells}
    assert due(cells, rows, project) == []
    red = Row(FAILED, state=states[OLDER])
    assert [cell.name for cell in due(cells, {**rows, OLDER: red}, project)] == [OLDER]
    (project.root / "fitscribe_boosty.py").write_text("integration = 1\n")
    assert due(cells, rows, project) != []


def test_what_takes_longest_comes_first_and_the_unknown_before_it(matrix: Matrix, project: Project) -> None:
    rows = {OLDER: Row(FAILED, cpu_s=5.0), NEWER: Row(FAILED, cpu_s=50.0)}
    assert [cell.name for cell in due(matrix.cells, rows, project)] == ["core-3.10", CANDIDATE, NEWER, OLDER]


def test_the_state_is_that_of_the_sources_and_of_the_cell(matrix: Matrix, project: Project) -> None:
    before = project.states(matrix.cells)
    assert len(set(before.values())) == len(matrix.cells)
    for name in ("compat_results.json", "_compat.json", ".hidden/file", "__pycache__/fitscribe_boosty.pyc"):
        (project.root / name).parent.mkdir(exist_ok=True)
        (project.root / name).write_text("{}")
    assert project.states(matrix.cells) == before
    project.matrix.write_text(MATRIX.replace("numpy<2", "numpy<2.1"))
    after = project.states(load(project.matrix).cells)
    assert [name for name in before if before[name] != after[name]] == [OLDER]
    (project.root / "new.py").touch()
    assert not set(project.states(matrix.cells).values()) & set(before.values())


def test_ours_depends_on_the_tests_of_its_framework_alone(tmp_path: Path) -> None:
    for name in (
        "src/a.py",
        "tests/boosty/test_train.py",
        "tests/conformance/test_boosty.py",
        "tests/other/test.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "compat_matrix.yaml").write_text(MATRIX)
    ours = Project(tmp_path, tmp_path / "compat_matrix.yaml", True)
    cells = chosen(load(ours.matrix), [OLDER])
    before = ours.states(cells)
    (tmp_path / "tests/other/test.py").write_text("2")
    assert ours.states(cells) == before
    (tmp_path / "tests/boosty/test_train.py").write_text("2")
    assert ours.states(cells) != before


def run(cells: list[Cell], work: Callable[[Cell, Tell], Row], *, jobs: int) -> tuple[dict[str, Row], str]:
    """The rows that were kept, and what was written for people."""
    rows: dict[str, Row] = {}
    written = io.StringIO()
    at_a_time(
        cells,
        work,
        jobs=jobs,
        console=Console(file=written, width=120),
        keep=lambda cell, row: rows.update({cell.name: row}),
        stop=lambda: None,
    )
    return rows, written.getvalue()


def test_several_run_at_a_time(matrix: Matrix) -> None:
    together = threading.Barrier(2, timeout=60)

    def work(cell: Cell, tell: Tell) -> Row:
        tell("tests", Path("no/log.txt"))
        together.wait()  # passes with two of them only
        return (
            Row(PASSED, passed=3, cpu_s=2.0) if cell.version != "1.10" else Row(FAILED, why=("test_it [x]",))
        )

    rows, written = run(matrix.cells, work, jobs=2)
    assert rows.keys() == {cell.name for cell in matrix.cells}
    assert "boosty-1.10" in written and "failed" in written and "    test_it [x]\n" in written
    assert written.count("passed  3 passed, 0 failed, 0 skipped, 2 s of CPU") == 3


def test_a_terminal_shows_what_is_going_on(matrix: Matrix, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("tests/a.py ...... [ 17%]\ntests/b.py ...... [ 42%]\n")
    written = io.StringIO()
    first, second, *_ = matrix.cells
    with Progress(Console(file=written, force_terminal=True, width=100), 4) as progress:
        progress.begins(first, "installs", tmp_path / "none yet")
        progress.begins(second, "tests", log)
        progress.ends(first, Row(FAILED, why=("test_it",)))
    shown = written.getvalue()
    assert "1 of 4 cells, 1 failed, 0:0" in shown
    assert " 42 %  0:0" in shown and f" {second.name} " in shown


def test_what_is_done_is_kept_where_somebody_ends_it(matrix: Matrix, tmp_path: Path) -> None:
    processes = Processes()
    rows: dict[str, Row] = {}
    started = tmp_path / "started"
    code = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"

    def work(cell: Cell, tell: Tell) -> Row:
        if cell.name == "core-3.10":
            return Row(PASSED)
        command = [sys.executable, "-c", code]
        processes.run(command, folder=tmp_path, environ=dict(os.environ), log=tmp_path / cell.name)
        raise AssertionError("it was ended before")

    def keep(cell: Cell, row: Row) -> None:
        rows[cell.name] = row
        while not started.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        at_a_time(
            matrix.cells, work, jobs=2, console=Console(file=io.StringIO()), keep=keep, stop=processes.stop
        )
    assert list(rows) == ["core-3.10"]
    with pytest.raises(Stopped):
        processes.run(["true"], folder=tmp_path, environ={}, log=tmp_path / "late")


def test_a_command_and_what_it_took(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; print('said');"
        "subprocess.run([sys.executable, '-c', 'sum(range(10**7))']); sys.exit(3)"
    )
    log = tmp_path / "log"
    ended = Processes().run([sys.executable, "-c", code], folder=tmp_path, environ=dict(os.environ), log=log)
    assert ended.code == 3 and ended.cpu_s > 0.05 and log.read_text() == "said\n"


def test_the_python_of_this_process_is_found() -> None:
    version = "{}.{}".format(*sys.version_info)
    found = interpreter(version)
    assert found is not None and found.name == f"python{version}"
    assert interpreter("3.2") is None


def test_what_is_too_much_for_the_runner_is_a_red_row(
    matrix: Matrix, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cell,) = chosen(matrix, [OLDER])
    environment = Environment(project, cell, project.root / "cell", Processes())
    monkeypatch.setattr(running, "interpreter", lambda version: 1 / 0)
    row = environment.run(lambda step, log: None)
    assert row.outcome == FAILED and row.why == (
        "the runner itself failed: ZeroDivisionError: division by zero",
    )
    assert "Traceback" in environment.log.read_text()


def test_a_python_that_is_not_there(
    matrix: Matrix, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cell,) = chosen(matrix, [OLDER])
    monkeypatch.setattr(running, "interpreter", lambda version: None)
    row = Environment(project, cell, project.root / "cell", Processes()).run(lambda step, log: None)
    assert (row.outcome, row.why) == ("no such Python", ("there is no Python 3.10 here",))
    assert not (project.root / "cell").exists()


def test_what_cannot_be_installed(matrix: Matrix, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(project.root))
    (cell,) = chosen(matrix, [OLDER])
    monkeypatch.setattr(running, "interpreter", lambda version: Path(sys.executable))
    steps: list[str] = []
    row = Environment(project, cell, project.root / "cell", Processes()).run(
        lambda step, log: steps.append(step)
    )
    assert row.outcome == "not installed" and steps == ["installs"]
    (why,) = row.why  # what builds the project comes first
    assert why.startswith("ERROR: No matching distribution found for setuptools")
