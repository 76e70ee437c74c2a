"""A new release has renamed a parameter that fitscribe injects a callback by: no training is harmed by that.

The release is a copy of the installed LightGBM, with links to its library, of which one function is changed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe

lightgbm = pytest.importorskip("lightgbm")

SCRIPT = """
{line}
import lightgbm as lgb
import numpy as np
X = np.linspace(-1.0, 1.0, 90).reshape(30, 3) ** 3
rounds = []
booster = lgb.train(
    {{"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 2}},
    lgb.Dataset(X, np.arange(30) % 2),
    num_boost_round=4,
    hooks=[lambda env: rounds.append(env.iteration)],
)
print(rounds, booster.model_to_string())
"""
WHY = "lightgbm.engine:train: it has no parameter 'callbacks'"
NEWER = "lightgbm 99.0 is newer than the newest tested"


@pytest.fixture
def renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LightGBM whose `train` calls `callbacks` its `hooks`, first on the path from here on."""
    package = tmp_path / "site" / "lightgbm"
    package.mkdir(parents=True)
    installed = Path(lightgbm.__file__).parent
    for file in installed.iterdir():
        if file.suffix == ".py":
            shutil.copy(file, package)
        elif file.name not in ("VERSION.txt", "__pycache__"):
            (package / file.name).symlink_to(file)
    (package / "VERSION.txt").write_text("99.0")
    parts = re.split(r"(?m)^(?=def |class |@)", (package / "engine.py").read_text())
    (position,) = [index for index, part in enumerate(parts) if part.startswith("def train(")]
    parts[position] = re.sub(r"\bcallbacks\b", "hooks", parts[position])
    (package / "engine.py").write_text("".join(parts))
    paths = [str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return tmp_path


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)


def train(folder: Path, line: str) -> str:
    (folder / "train.py").write_text(SCRIPT.format(line=line))
    done = python("train.py", folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_training_is_what_it_is_without_fitscribe(renamed: Path) -> None:
    alone = train(renamed, "")
    assert alone.startswith("[0, 1, 2, 3] tree\n")
    assert train(renamed, "import fitscribe; fitscribe.autolog()") == alone


def test_the_run_has_what_could_be_seen_and_says_what_could_not(renamed: Path) -> None:
    train(renamed, "import fitscribe; fitscribe.autolog()")
    run = fitscribe.get_run("latest")
    assert run.status == "finished" and run.params["objective"] == "binary" and run.models
    (point,) = [point for point in run.coverage if point["id"] == "lightgbm.train"]
    assert (point["state"], point["reason"], point["untested"]) == ("observes only", WHY, True)
    assert run.framework_version == "99.0"


def test_doctor_says_so(renamed: Path) -> None:
    done = python("-m", "fitscribe.cli", "doctor", "--json", folder=renamed)
    assert done.returncode == 1
    (found,) = [each for each in json.loads(done.stdout)["frameworks"] if each["framework"] == "lightgbm"]
    assert found["version"] == "99.0" and found["problem"]
    assert found["summary"] == f"recorded, untested: {NEWER}, in part"
    states = {point["id"]: (point["state"], point["reason"]) for point in found["points"]}
    assert states.pop("lightgbm.train") == ("observes only", WHY)
    assert set(states.values()) == {("applied", NEWER)}
    shown = python("-m", "fitscribe.cli", "doctor", folder=renamed).stdout
    assert WHY in " ".join(shown.split())
