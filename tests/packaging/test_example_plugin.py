"""The example of somebody else's integration is built, installed and tested as a distribution of its own."""

from __future__ import annotations

import json
import shutil
import sys
import venv
from pathlib import Path

import pytest
from tests.packaging.test_distributions import ROOT, run

pytest.importorskip("yaml", reason="only developers read the matrix")

EXAMPLE = ROOT / "examples" / "fitscribe-minisom"
MATRIX = "src/fitscribe_minisom/compat_matrix.yaml"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the example, elsewhere, with its one version on the Python of this process."""
    from fitscribe.matrix import load

    copy = tmp_path / "fitscribe-minisom"
    shutil.copytree(
        EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".nox", "compat_results.json")
    )
    (cell,) = load(copy / MATRIX).tested
    text = (copy / MATRIX).read_text()
    here = "{}.{}".format(*sys.version_info)
    (copy / MATRIX).write_text(text.replace(f"python: {cell.python}", f"python: {here}"))
    return copy


def test_its_matrix_is_compiled() -> None:
    path = str(EXAMPLE.relative_to(ROOT) / MATRIX)
    run(sys.executable, "-m", "fitscribe.matrix", "check", path, cwd=ROOT, PYTHONPATH=str(ROOT / "src"))


def test_from_a_wheel(plugin: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for project in (ROOT, plugin):
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels]
        run(*build, project, cwd=tmp_path)
    (own,) = wheels.glob("fitscribe-*.whl")
    (built,) = wheels.glob("fitscribe_minisom-*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", f"{own}[testing]", built, "minisom", "numpy", cwd=tmp_path)
    tests = plugin / "tests"
    shutil.rmtree(plugin / "src")  # what is tested is what was installed
    run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=plugin)

    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    doctor = "from fitscribe.cli import main; main(['doctor', '--json'])"
    found = json.loads(
        run(python, "-c", doctor, cwd=plugin, FITSCRIBE_STORE=str(tmp_path / "store"), **places)
    )
    (minisom,) = [each for each in found["frameworks"] if each["framework"] == "minisom"]
    assert [point["state"] for point in minisom["points"]] == ["applied"] and not minisom["problem"]


def test_its_cells_are_run_by_the_same_runner(plugin: Path) -> None:
    (plugin / "tests" / "test_conformance.py").unlink()  # which has just been run
    command = [sys.executable, "-m", "fitscribe.matrix", "run", "--matrix", plugin / MATRIX]
    said = run(*command, cwd=plugin)
    assert "minisom-" in said and "passed" in said
    results = json.loads((plugin / "compat_results.json").read_text())
    (row,) = results["cells"].values()
    assert results["complete"] and row["outcome"] == "passed" and row["failed"] == 0 and row["passed"] > 5
    assert row["points"] == 1 and not row["unapplied"] and row["cpu_s"] > 0
    assert "1 of 1 cells are green for these sources: not run again" in run(*command, cwd=plugin)
