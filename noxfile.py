# /// script
# dependencies = ["nox>=2025.2.9", "pyyaml>=6", "packaging>=21", "wrapt>=1.14,<3,!=2.2.0"]
# ///
"""Every check in an environment of its own. `nox --list` says what there is; `nox -s NAME` runs one.

The environments of frameworks come from compat_matrix.yaml, the one place where versions are declared.
Reading it takes the few packages named at the top, which nox installs where they are missing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "src"))

from fitscribe.matrix import Cell, environments  # noqa: E402 - needs the path above, where nothing is installed
from fitscribe.matrix.generated import BESIDE, tests_of  # noqa: E402

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "tests"]

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
# Waiting OpenMP threads on a busy machine make a second of training take a minute.
THREADS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
ONE_THREAD = dict.fromkeys([*THREADS, "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS"], "1")
CELLS = environments(ROOT / "compat_matrix.yaml")


def each(cells: list[Cell]) -> Any:
    """One session per cell, on the Python of the cell."""
    return nox.parametrize("python,cell", [nox.param(cell.python, cell, id=cell.name) for cell in cells])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite with the newest frameworks that this Python has; arguments go to pytest."""
    session.install("-e", ".[demo,test]", *BESIDE)
    session.run("pytest", *session.posargs, env=ONE_THREAD)


@nox.session
@each([cell for cell in CELLS if cell.framework])
def compat(session: nox.Session, cell: Cell) -> None:
    """The suite, or its part on one framework, with one version of that and what it needs beside it."""
    session.install(*cell.requirements, "-e", ".[test]", *BESIDE)
    session.run("pytest", "-m", "not slow", *(session.posargs or tests_of(cell)), env=ONE_THREAD)


@nox.session
@each([cell for cell in CELLS if not cell.framework])
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
    """What fitscribe costs, beside bare code and MLflow, into docs/benchmarks.md. It takes arguments."""
    session.install(
        "-e", ".[demo]", "torch==2.13.0", "keras==3.15.1", "xgboost-cpu==3.2.0", "lightgbm==4.7.0"
    )
    if "--without-mlflow" not in session.posargs:
        session.install("mlflow==3.17.2")
    session.run("python", "-m", "benchmarks", *session.posargs, env=ONE_THREAD)
