# /// script
# dependencies = ["nox>=2024.10", "pyyaml>=6", "packaging>=21"]
# ///
"""Every check in an environment of its own. `nox --list` says what there is; `nox -s NAME` runs one.

The environments of frameworks come from compat_matrix.yaml, the one place where versions are declared.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "src"))

from fitscribe.matrix import environments  # noqa: E402 - needs the path above, where nothing is installed

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "types", "tests"]

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
# Waiting OpenMP threads on a busy machine make a second of training take a minute.
ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
CELLS = environments(ROOT / "compat_matrix.yaml")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The whole suite with the newest frameworks that this Python has; arguments go to pytest."""
    session.install("-e", ".[demo,test]", "pandas", "polars")
    session.run("pytest", *session.posargs, env=ONE_THREAD)


@nox.session
@nox.parametrize("cell", [nox.param(cell, id=cell.name) for cell in CELLS])
def compat(session: nox.Session, cell: object) -> None:
    """The suite, conformance included, with one older framework of compat_matrix.yaml and what it needs beside it."""
    session.install(*cell.requirements, "-e", ".[test]")
    session.run("pytest", "-m", "not slow", *session.posargs, env=ONE_THREAD)


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
    """What fitscribe costs, beside bare code and MLflow, into docs/benchmarks.md; arguments go to `python -m benchmarks`."""
    session.install("-e", ".[demo]")
    if "--without-mlflow" not in session.posargs:
        session.install("mlflow==3.17.2")
    session.run("python", "-m", "benchmarks", *session.posargs, env=ONE_THREAD)
