"""Wheel, sdist and editable install: each built, installed into a fresh environment and used there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from fitscribe import __version__ as VERSION

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(folder.name for folder in (ROOT / "integrations").glob("fitscribe_*"))
# As installed here, from this checkout.
ENTRY_POINTS = {
    entry.name: entry.value
    for entry in metadata.distribution("fitscribe").entry_points
    if entry.group in ("fitscribe.integrations", "fitscribe.companions")
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Run in the fresh environment, where neither NumPy nor any framework is installed.
USE_IT = """
import json, sys
from importlib import metadata, resources

import fitscribe
from fitscribe.engine.activation import declared

fitscribe.autolog()
with fitscribe.start_run("packaged") as run:
    fitscribe.log_param("answer", 42)
    fitscribe.log_metric("loss", 0.5)
fitscribe.disable()
stored = fitscribe.get_run("latest")

package = resources.files("fitscribe")
integration = resources.files("fitscribe_sklearn")
print(json.dumps({
    "same version": fitscribe.__version__ == metadata.version("fitscribe"),
    "typed": package.joinpath("py.typed").is_file() and integration.joinpath("py.typed").is_file(),
    "frameworks in _compat.json": "sklearn" in package.joinpath("_compat.json").read_text("utf-8"),
    "sitecustomize": package.joinpath("startup", "sitecustomize.py").is_file(),
    "entry points": {e.name: e.value for e in declared()},
    "integrations load without their frameworks": sorted({type(e.load()).__name__ for e in declared()}),
    "heavy modules": sorted({"numpy", "pandas", "sklearn", "torch"} & set(sys.modules)),
    "param": stored.params["answer"],
    "metric": stored.metrics["loss"],
}))
"""


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command away from the checkout; its output, or a failure that shows it."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "FITSCRIBE_")) and key != "VIRTUAL_ENV"
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist, the wheel built from that sdist, and the checkout itself for the editable install."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist, "editable": ROOT}


def test_wheel_holds_what_runs_and_nothing_else(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["wheel"]) as wheel:
        names = wheel.namelist()
    for needed in (
        "fitscribe/__init__.py",
        "fitscribe/py.typed",
        "fitscribe/_compat.json",
        "fitscribe/startup/sitecustomize.py",
        "fitscribe/ui/static/index.html",
        "fitscribe/ui/static/run/page.js",
        *(f"{name}/{file}" for name in PACKAGES for file in ("__init__.py", "py.typed")),
    ):
        assert needed in names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"fitscribe", *PACKAGES}
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_sdist_holds_what_tests_and_builds(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "compat_matrix.yaml", "noxfile.py"} <= names
    assert "tests/packaging/test_distributions.py" in names
    assert not [name for name in names if name.startswith((".venv", ".git/", ".fitscribe"))]


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_installs_and_works(kind: str, built: dict[str, Path], tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    editable = ["-e"] if kind == "editable" else []
    run(python, "-m", "pip", "install", "--quiet", *editable, built[kind], cwd=tmp_path)

    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("")
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    answer = run(python, "-W", "error", "-c", USE_IT, cwd=project, **places)
    assert json.loads(answer.splitlines()[-1]) == {
        "same version": True,
        "typed": True,
        "frameworks in _compat.json": True,
        "sitecustomize": True,
        "entry points": ENTRY_POINTS,
        "integrations load without their frameworks": ["Integration"],
        "heavy modules": [],
        "param": 42,
        "metric": 0.5,
    }
    assert VERSION in run(scripts / "fitscribe", "--version", cwd=project, **places)
    assert "packaged" in run(scripts / "fitscribe", "ls", cwd=project, **places)
    assert "answer" in run(scripts / "fitscribe", "show", "latest", cwd=project, **places)
