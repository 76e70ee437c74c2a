# /// script
# dependencies = ["nox>=2025.2.9", "pyyaml>=6", "packaging>=21", "rich>=12", "wrapt>=1.14,<3,!=2.2.0"]
# ///
"""Every check in an environment of its own. `nox --list` says what there is; `nox -s NAME` runs one.

The environments of frameworks come from compat_matrix.yaml, the one place where versions are declared.
Reading it takes the few packages named at the top, which nox installs where they are missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "src"))

from fitscribe.matrix import Cell, environments  # noqa: E402 - needs the path above, where nothing is installed
from fitscribe.matrix.__main__ import main as matrix  # noqa: E402
from fitscribe.matrix.generated import BESIDE, ONE_THREAD, tests_of  # noqa: E402

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "tests"]

# The other trackers of docs/benchmarks.md.
PEERS = ["wandb==0.31.0", "dvclive==3.49.1", "trackio==0.43.0"]
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
CELLS = environments(ROOT / "compat_matrix.yaml")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite with the newest frameworks that this Python has; arguments go to pytest."""
    session.install("-e", ".[demo,test]", *BESIDE)
    session.run("pytest", *session.posargs, env=ONE_THREAD)


@nox.session(python=False)
def compat(session: nox.Session) -> None:
    """Run all cells of the matrix, two at a time, and keep what comes of them; `-- sklearn==1.4.2` for one.

    A cell that is green for the sources as they are is run again with `--again` alone; `--jobs N` at a time.
    """
    if matrix(["run", *session.posargs]):
        session.error("not every cell is green")


@nox.session(name="compat-new", python=False)
def compat_new(session: nox.Session) -> None:
    """Run what is newer than anything tested, of all frameworks or those named, and say what has moved."""
    if matrix(["new", *session.posargs]):
        session.error("something has moved")


def one_cell(cell: Cell) -> Callable[[nox.Session], None]:
    """A session with one version of a framework and what it needs beside it; arguments go to pytest."""

    def run(session: nox.Session) -> None:
        session.install(*cell.requirements, "-e", ".[test]", *BESIDE)
        variables = ONE_THREAD | dict(cell.environ)
        session.run("pytest", "-m", "not slow", *(session.posargs or tests_of(cell)), env=variables)

    run.__doc__ = (
        f"The tests of {cell.framework}, and its part of the conformance suite, with {cell.version}."
    )
    return run


for each_cell in CELLS:
    if each_cell.framework:
        nox.session(one_cell(each_cell), name=f"compat({each_cell.name})", python=each_cell.python)


@nox.session
@nox.parametrize(
    "python,cell", [nox.param(cell.python, cell, id=cell.name) for cell in CELLS if not cell.framework]
)
def core(session: nox.Session, cell: Cell) -> None:
    """The core alone, without NumPy and any framework."""
    session.install(*cell.requirements, "-e", ".[test]")
    session.run("pytest", "-m", "not slow", *(session.posargs or tests_of(cell)), env=ONE_THREAD)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, lint rules, which module may import which, and generated files that are up to date."""
    session.install("-e", ".[dev]")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("lint-imports")
    session.run("python", "-m", "fitscribe.matrix", "check")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict over the core and the integrations."""
    session.install("-e", ".[dev]")
    session.run("mypy")


@nox.session
def packaging(session: nox.Session) -> None:
    """Build the wheel and the sdist, install each and the checkout into fresh environments, and use them."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/packaging", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What fitscribe costs, beside bare code and MLflow, into docs/benchmarks.md. It takes arguments.

    With `--peers`: beside other trackers, in the second table.
    """
    session.install(
        "-e", ".[demo]", "torch==2.13.0", "keras==3.15.1", "xgboost-cpu==3.2.0", "lightgbm==4.7.0"
    )
    if "--peers" in session.posargs:
        session.install(*PEERS)
    elif "--without-mlflow" not in session.posargs:
        session.install("mlflow==3.17.2")
    session.run("python", "-m", "benchmarks", *session.posargs, env=ONE_THREAD)
