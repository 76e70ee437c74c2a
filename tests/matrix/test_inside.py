"""What an environment says of the frameworks that are really installed in it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from fitscribe.engine.compat import load_compat
from fitscribe.engine.gate import judge
from fitscribe.engine.versions import installed_version
from fitscribe.matrix import load

ROOT = Path(__file__).resolve().parents[2]
# Keras needs to be told its backend.
FRAMEWORKS = {
    framework.name: framework
    for framework in load(ROOT / "compat_matrix.yaml").frameworks
    if "keras" not in framework.name
}


def look(framework: str, folder: Path, *distributions: str) -> Any:
    file = folder / "inside.json"
    command = [sys.executable, "-m", "fitscribe.matrix.inside", str(file), framework, *distributions]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(file.read_text())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_gate_judges_real_frameworks(name: str, tmp_path: Path) -> None:
    compat = FRAMEWORKS[name].compat
    installed = installed_version(compat.distributions)
    if installed is None:
        pytest.skip(f"{name} is not installed")
    assert load_compat(name, None) == compat
    found = look(name, tmp_path, "fitscribe", "no-such-thing")
    assert found["error"] == "" and found["fitscribe"] == version("fitscribe")
    assert found["installed"] == {"fitscribe": version("fitscribe")}
    assert found["applied"]
    for point in compat.points:
        verdict = judge(name, installed, compat, point=point)
        if verdict.state == "applied":
            assert f"{name}.{point}" in found["applied"], found["unapplied"]
        elif f"{name}.{point}" in found["unapplied"]:
            assert found["unapplied"][f"{name}.{point}"] == f"skipped: {verdict.reason}"


def test_a_framework_that_does_not_import(tmp_path: Path) -> None:
    (tmp_path / "xgboost.py").write_text("print('noise'); raise RuntimeError('broken\\nbuild')\n")
    assert look("xgboost", tmp_path)["error"] == "RuntimeError: broken"


def test_the_core_alone(tmp_path: Path) -> None:
    found = look("", tmp_path, "wrapt")
    assert found["installed"] == {"wrapt": version("wrapt")}
    assert found["python"] == sys.version.split()[0] and not found["applied"]
