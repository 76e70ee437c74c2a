"""The files that follow from a compatibility matrix as a whole."""

from __future__ import annotations

import json
from typing import Any

from packaging.version import Version

from fitscribe.engine.compat import FORMAT, KnownBad
from fitscribe.matrix.schema import Cell, Framework, Matrix

COMMAND = "python -m fitscribe.matrix write"

# What the tests use beside any framework: frames to describe and tables to log, figures.
BESIDE = ("matplotlib", "pandas", "polars")

# Waiting OpenMP threads on a busy machine make a second of training take a minute.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}

# What of the suite needs neither NumPy nor a framework.
CORE_TESTS = ("tests/engine", "tests/matrix", "tests/store", "tests/tracking")

# Where a test needs some framework, it takes this one.
_OF_THE_SUITE = "sklearn"
_BESIDE_ITS_OWN = (
    "tests/companions",
    "tests/lineage",
    "tests/end_to_end",
    "tests/conformance/test_companions.py",
)

# The packages that one framework comes in share its tests and its page.
FAMILIES = {"pytorch_lightning": "lightning", "tf_keras": "keras", "tensorflow": "keras"}

_TOX = """\
# Generated from compat_matrix.yaml by `{command}`. Do not edit.
# `tox -e ENV` runs the tests of one environment; noxfile.py has the same ones, and the other checks.
# With another Python than its own a version goes by two of its numbers: `tox -e py311-sklearn14`.

[tox]
min_version = 4
env_list =
    {names}

[testenv]
extras = test
# Waiting OpenMP threads on a busy machine make a second of training take a minute.
set_env =
    {variables}
deps =
{deps}
commands =
{commands}
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
    factors: dict[str, Cell] = {}
    for cell in matrix.cells:
        if cell.framework:
            factors.setdefault(_factor(cell), cell)
    indented = "\n    "
    variables = [f"{name} = {value}" for name, value in ONE_THREAD.items()]
    variables += [
        f"{factor}: {name} = {value}" for factor, cell in factors.items() for name, value in cell.environ
    ]
    deps = [f"    {factor}: {each}" for factor, cell in factors.items() for each in _needed(cell)]
    parts = [
        _TOX.format(
            command=COMMAND,
            names=indented.join(names.values()),
            variables=indented.join(variables),
            deps="\n".join(deps),
            commands="\n".join(f"    {factor}: {_pytest(cell)}" for factor, cell in factors.items()),
        )
    ]
    for cell in matrix.cells:
        parts.append(f"\n[testenv:{names[cell.name]}]\n")
        what = cell.name if cell.framework else "the core alone, without NumPy and any framework"
        parts.append(f"description = {what}, on Python {cell.python}\n")
        parts.append(f"base_python = python{cell.python}\n")
        needed = _needed(cell)
        parts.append("deps =" + "".join(f"\n    {requirement}" for requirement in needed) + "\n")
        if cell.environ:
            own = "".join(f"    {name} = {value}\n" for name, value in cell.environ)
            parts.append(f"set_env =\n    {{[testenv]set_env}}\n{own}")
        parts.append(f"commands = {_pytest(cell)}\n")
    return "".join(parts)


def _needed(cell: Cell) -> tuple[str, ...]:
    return (*cell.requirements, *(BESIDE if cell.framework else ()))


def _pytest(cell: Cell) -> str:
    return f'pytest -m "not slow" {{posargs:{" ".join(tests_of(cell))}}}'


def _factor(cell: Cell) -> str:
    """What tox takes for a version with any Python, such as ``sklearn14``."""
    version = Version(cell.version)
    return f"{cell.framework}{version.major}{version.minor}"


def tests_of(cell: Cell) -> tuple[str, ...]:
    """What of the suite an environment runs: the tests of its framework, those of conformance included."""
    if not cell.framework:
        return CORE_TESTS
    name = FAMILIES.get(cell.framework, cell.framework)
    own = (f"tests/{name}", f"tests/conformance/test_{name}.py")
    return (*own, *_BESIDE_ITS_OWN) if name == _OF_THE_SUITE else own


def tox_name(cell: Cell) -> str:
    """The name of a cell in tox.ini, such as ``py310-sklearn1.4.2``."""
    python = f"py{cell.python.replace('.', '')}"
    return f"{python}-{cell.framework}{cell.version}" if cell.framework else f"{python}-core"
