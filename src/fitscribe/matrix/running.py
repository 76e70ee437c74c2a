"""One cell: its environment is made, the framework is looked at in it, and the tests are run."""

from __future__ import annotations

import json
import os
import shutil
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fitscribe.matrix.generated import ONE_THREAD
from fitscribe.matrix.interpreters import interpreter
from fitscribe.matrix.processes import Ended, Processes, Stopped
from fitscribe.matrix.project import Project
from fitscribe.matrix.results import CHANGED, FAILED, NO_PYTHON, NOT_INSTALLED, PASSED, Row
from fitscribe.matrix.schema import Cell

_FAILURES_SHOWN = 10
_MESSAGE_SHOWN = 200

# What a cell is doing.
INSTALLS = "installs"
LOOKS = "looks at it"
TESTS = "tests"

Tell = Callable[[str, Path], None]


class Environment:
    """The environment of one cell, in a folder of its own that also keeps the log.

    Args:
        project: whose tests are run.
        cell: what is installed.
        folder: made anew.
        processes: what runs the commands.
    """

    def __init__(self, project: Project, cell: Cell, folder: Path, processes: Processes) -> None:
        self._project = project
        self._cell = cell
        self._folder = folder
        self._processes = processes
        self.log = folder / "log.txt"
        binaries = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        self._python = binaries / "python"
        ours = ("FITSCRIBE_", "PYTHON")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        self._environ = {
            **kept,
            **ONE_THREAD,
            **dict(cell.environ),
            "VIRTUAL_ENV": str(folder / "env"),
            "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}",
        }

    def run(self, tell: Tell) -> Row:
        """Do it all; the environment stays where something failed, to be looked at.

        Args:
            tell: told of each step as it begins, and where its output can be read.

        Raises:
            Stopped: the runner is told to end.
        """
        try:
            return self._steps(tell)
        except Stopped:
            raise
        except Exception as error:  # what one cell is too much for must not end the others
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.log.open("a", encoding="utf-8") as log:
                traceback.print_exc(file=log)
            return Row(FAILED, why=(f"the runner itself failed: {type(error).__name__}: {error}",))

    def _steps(self, tell: Tell) -> Row:
        began = time.monotonic()
        date = datetime.now(timezone.utc).date().isoformat()
        state = self._state()
        python = interpreter(self._cell.python)
        if python is None:
            return Row(NO_PYTHON, state, date=date, why=(f"there is no Python {self._cell.python} here",))
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        tell(INSTALLS, self.log)
        if not self._install(python):
            return Row(NOT_INSTALLED, state, date=date, why=(self._last_line(),))
        tell(LOOKS, self.log)
        seen = self._look()
        tell(TESTS, self.log)
        found = {**seen, **self._test(seen["why"])}
        if state != self._state():
            state = CHANGED
        row = Row(**found, state=state, date=date, seconds=round(time.monotonic() - began, 1))
        if row.is_green:
            shutil.rmtree(self._folder / "env")
        return row

    def _state(self) -> str:
        return self._project.states([self._cell])[self._cell.name]

    def _install(self, python: Path) -> bool:
        """Whether everything that the cell asks for could be installed."""
        wanted = self._project.installs(self._cell)
        steps: list[list[str | Path]] = [
            [python, "-m", "venv", self._folder / "env"],
            [self._python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
        ]
        return all(self._run(*step).code == 0 for step in steps)

    def _look(self) -> dict[str, Any]:
        """What the environment says of itself, as fields of a row; `why` says what is wrong with it."""
        from packaging.requirements import Requirement
        from packaging.utils import canonicalize_name

        asked = {canonicalize_name(Requirement(text).name) for text in self._cell.requirements}
        document = self._folder / "inside.json"
        names = sorted(asked | {"numpy", "wrapt"})
        ended = self._run(
            self._python, "-m", "fitscribe.matrix.inside", document, self._cell.framework, *names
        )
        if ended.code != 0:
            return {"why": (f"to import it ends with {ended.code}: {self._last_line()}",)}
        said = json.loads(document.read_text("utf-8"))
        points, error = len(said.pop("applied")), said.pop("error")
        return {**said, "points": points, "why": (f"does not import: {error}",) if error else ()}

    def _test(self, wrong: tuple[str, ...]) -> dict[str, Any]:
        """What came of the tests, as fields of a row; where something was wrong before, they are not run."""
        if wrong:
            return {"outcome": FAILED, "why": wrong}
        report = self._folder / "tests.xml"
        tests = self._project.tests(self._cell)
        ended = self._run(
            self._python, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *tests
        )
        counts, failures = _read_report(report)
        if ended.code != 0:
            wrong = tuple(failures[:_FAILURES_SHOWN]) or (
                f"pytest ends with {ended.code}: {self._last_line()}",
            )
        elif not counts["passed"]:
            wrong = ("no test has passed: all were skipped",)
        outcome = FAILED if wrong else PASSED
        return {**counts, "outcome": outcome, "why": wrong, "cpu_s": round(ended.cpu_s, 1)}

    def _run(self, *command: str | Path) -> Ended:
        return self._processes.run(command, folder=self._project.root, environ=self._environ, log=self.log)

    def _last_line(self) -> str:
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").strip().splitlines()]
        told = [line for line in lines if line.startswith("ERROR:")]
        return (told or lines or ["it says nothing"])[-1]


def _read_report(path: Path) -> tuple[dict[str, int], list[str]]:
    """How many tests passed, failed and were skipped, and which failed; none where pytest wrote no report."""
    if not path.is_file():
        return {"passed": 0, "failed": 0, "skipped": 0}, []
    cases = list(ElementTree.parse(path).iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    counts = {"passed": len(cases) - len(failed) - skipped, "failed": len(failed), "skipped": skipped}
    return counts, [_described(case) for case in failed]


def _described(case: ElementTree.Element) -> str:
    """A test that failed, and the first line of why."""
    problem = case.find("failure")
    problem = problem if problem is not None else case.find("error")
    message = problem.get("message", "") if problem is not None else ""
    why = message.strip().partition("\n")[0][:_MESSAGE_SHOWN]
    return f"{case.get('classname')}.{case.get('name')}: {why}"
