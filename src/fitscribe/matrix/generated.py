"""The texts that follow from a compatibility matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fitscribe.engine.compat import FORMAT, KnownBad
from fitscribe.matrix.document import MatrixError
from fitscribe.matrix.schema import Cell, Framework, Matrix

COMMAND = "python -m fitscribe.matrix write"

# What the tests use beside any framework: frames to describe and tables to log, figures.
BESIDE = ("matplotlib", "pandas", "polars")

# What of the suite needs neither NumPy nor a framework.
CORE_TESTS = ("tests/engine", "tests/matrix", "tests/store", "tests/tracking")

# Where a test of the core needs a framework, it takes this one: its environments run the whole suite.
_OF_THE_SUITE = "sklearn"

# The packages that one framework comes in share its tests and its page.
_TESTED_WITH = {"pytorch_lightning": "lightning", "tf_keras": "keras", "tensorflow": "keras"}

_BEGIN = "<!-- versions -->"
_END = "<!-- end -->"

_TOX = f"""\
# Generated from compat_matrix.yaml by `{COMMAND}`. Do not edit.
# `tox -e ENV` runs the suite in one environment; noxfile.py has the same ones, and the other checks.

[tox]
min_version = 4
env_list =
    {{names}}

[testenv]
extras = test
# Waiting OpenMP threads on a busy machine make a second of training take a minute.
set_env =
    OMP_NUM_THREADS = 1
    OPENBLAS_NUM_THREADS = 1
    MKL_NUM_THREADS = 1
    TF_NUM_INTEROP_THREADS = 1
    TF_NUM_INTRAOP_THREADS = 1
"""


def compiled(matrix: Matrix) -> str:
    """The JSON that the running fitscribe reads, see `fitscribe.engine.compat`."""
    frameworks = {each.name: _compiled(each) for each in (*matrix.frameworks, *matrix.companions)}
    return json.dumps({"format": FORMAT, "frameworks": frameworks}, indent=1, ensure_ascii=False) + "\n"


def _compiled(framework: Framework) -> dict[str, Any]:
    compat = framework.compat
    points: dict[str, dict[str, Any]] = {}
    for name, point in compat.points.items():
        supported = {"supported": point.supported} if point.supported else {}
        points[name] = {**supported, **_bad(point.known_bad)}
    return {
        "distributions": compat.distributions,
        "supported": compat.supported,
        "tested": compat.tested,
        **_bad(compat.known_bad),
        "points": points,
    }


def _bad(known_bad: tuple[KnownBad, ...]) -> dict[str, Any]:
    return {"known_bad": [bad._asdict() for bad in known_bad]} if known_bad else {}


def tox_ini(matrix: Matrix) -> str:
    """A tox.ini with one environment per cell."""
    names = {cell.name: tox_name(cell) for cell in matrix.cells}
    parts = [_TOX.format(names="\n    ".join(names.values()))]
    for cell in matrix.cells:
        parts.append(f"\n[testenv:{names[cell.name]}]\n")
        what = cell.name if cell.framework else "the core alone, without NumPy and any framework"
        parts.append(f"description = {what}, on Python {cell.python}\n")
        parts.append(f"base_python = python{cell.python}\n")
        needed = (*cell.requirements, *(BESIDE if cell.framework else ()))
        if needed:
            parts.append("deps =\n" + "".join(f"    {requirement}\n" for requirement in needed))
        tests = " ".join(tests_of(cell))
        where = f":{tests}" if tests else ""
        parts.append(f'commands = pytest -m "not slow" {{posargs{where}}}\n')
    return "".join(parts)


def tests_of(cell: Cell) -> tuple[str, ...]:
    """What of the suite an environment runs; nothing where that is all of it."""
    if not cell.framework:
        return CORE_TESTS
    if cell.framework == _OF_THE_SUITE:
        return ()
    name = _TESTED_WITH.get(cell.framework, cell.framework)
    return (f"tests/{name}", f"tests/conformance/test_{name}.py")


def tox_name(cell: Cell) -> str:
    """The name of a cell in tox.ini, such as ``py310-sklearn1.4.2``."""
    python = f"py{cell.python.replace('.', '')}"
    return f"{python}-{cell.framework}{cell.version}" if cell.framework else f"{python}-core"


def versions_table(matrix: Matrix, only: str = "") -> str:
    """The versions as a Markdown table.

    Args:
        matrix: what to show.
        only: the name of a framework; by default the table has them all.
    """
    rows = ["| framework | supported | tested with | exceptions |", "|---|---|---|---|"]
    for framework in (*matrix.frameworks, *matrix.companions):
        if only in ("", framework.name, _TESTED_WITH.get(framework.name)):
            tested = ", ".join(f"{cell.version} (Python {cell.python})" for cell in framework.cells)
            tested = tested or ", ".join(framework.compat.tested)
            cells = [framework.title, f"`{framework.compat.supported}`", tested, _exceptions(framework)]
            rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


def _exceptions(framework: Framework) -> str:
    found = [f"not `{bad.versions}`: {bad.reason}" for bad in framework.compat.known_bad]
    for name, point in framework.compat.points.items():
        if point.supported:
            found.append(f"{name}: `{point.supported}`")
        found += [f"{name}: not `{bad.versions}`: {bad.reason}" for bad in point.known_bad]
    return "; ".join(found) or "none"


def with_table(path: Path, matrix: Matrix) -> str | None:
    """The text of a page with its table of versions as it should be.

    Args:
        path: a Markdown file. One named after a framework, such as ``docs/sklearn.md``, shows that one alone,
            in all packages that it comes in.
        matrix: what to show.

    Returns:
        None where the page has no table.

    Raises:
        MatrixError: the end of the table is not marked.
    """
    text = path.read_text("utf-8")
    before, begin, rest = text.partition(f"{_BEGIN}\n")
    if not begin:
        return None
    _, end, after = rest.partition(_END)
    if not end:
        line = before.count("\n") + 1
        raise MatrixError(f"{path}:{line}: {_BEGIN} has no {_END} below it")
    known = {framework.name for framework in matrix.frameworks}
    name = path.stem.replace("-", "_")
    table = versions_table(matrix, name if name in known else "")
    return f"{before}{begin}{table}\n{_END}{after}"
