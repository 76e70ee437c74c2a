"""What the chaos suite shares: how many rounds it plays, a store that holds everything, scripts."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Script = Callable[..., "subprocess.CompletedProcess[str]"]

# One run of every kind: a fit with its evaluation and its model, a search with kept children, a sweep, logs.
RECORDING = """
import sys
import fitscribe
from fitscribe.store import Store
fitscribe.autolog()
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
X, y = load_iris(return_X_y=True, as_frame=True)
model = LogisticRegression(C=0.5).fit(X[::2], y[::2])
accuracy_score(y[1::2], model.predict(X[1::2]))
GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(X, y)
for alpha in (0.1, 1.0):
    Ridge(alpha=alpha).fit(X, y)
with fitscribe.start_run("by hand", tags={"kind": "hand"}, notes="what was tried") as run:
    run.log_params({"C": 1.5, "shape": (1, 2), "path": None})
    for step in range(40):
        run.log_metric("loss", 1 / (step + 1), step)
    run.log_table({"x": [1, 2], "y": ["a", "b"]}, "table")
    run.log_text("hello", "note")
    run.log_dict({"a": [1, 2]}, "settings")
    run.log_artifact(sys.argv[1], "folder")
    run.log_dataset(X, "iris")
    run.log_model({"weights": [1.0, 2.0]})
    run.log_child("child", params={"C": 1}, metrics={"score": 0.5}, series={"folds": [0.1, 0.9]})
with fitscribe.start_run("thrown away") as run:
    run.log_metric("loss", 1.0)
Store.locate().trash([run.id])
"""


def rounds(usual: int) -> int:
    """How many rounds to play: as many as take a moment, or `FITSCRIBE_CHAOS_ROUNDS` of each kind."""
    return int(os.environ.get("FITSCRIBE_CHAOS_ROUNDS", usual))


@pytest.fixture
def dice() -> random.Random:
    """Chance that is the same each time; `FITSCRIBE_CHAOS_SEED` plays other rounds."""
    seed = int(os.environ.get("FITSCRIBE_CHAOS_SEED", "20240607"))
    print(f"FITSCRIBE_CHAOS_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Run Python code as users do, in a process of its own that swallows what goes wrong."""

    def run(code: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        return play(code, tmp_path, *arguments, check=check)

    return run


def play(
    code: str, folder: Path, *arguments: object, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a folder, with the environment of users and a few variables."""
    everything = {**os.environ, **environment}
    everything.pop("FITSCRIBE_RERAISE", None)
    file = folder / "script.py"
    file.write_text(code)
    done = subprocess.run(
        [sys.executable, str(file), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=everything,
        timeout=120,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds a run of every kind; to be copied."""
    pytest.importorskip("sklearn")
    folder = tmp_path_factory.mktemp("recorded")
    kept = folder / "kept"
    (kept / "deep").mkdir(parents=True)
    (kept / "deep" / "file.txt").write_text("text")
    (kept / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    subprocess.run(["git", "init", "-q", str(folder)], check=False, capture_output=True)
    play(
        RECORDING,
        folder,
        kept,
        FITSCRIBE_STORE=str(folder / "store"),
        FITSCRIBE_CACHE=str(folder / "cache"),
        FITSCRIBE_KEY="0" * 64,
        FITSCRIBE_QUIET="1",
    )
    return folder / "store"
