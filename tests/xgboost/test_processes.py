"""Real scripts in processes of their own: killed, run without the one line, with every alias."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("xgboost")
pytest.importorskip("sklearn")

import fitscribe

DATA = """
import numpy as np
X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] > 0) * 1.0
"""
KILLED = f"""
import os, signal
import fitscribe
fitscribe.autolog()
import xgboost as xgb
{DATA}
class Kill(xgb.callback.TrainingCallback):
    def before_iteration(self, model, epoch, evals_log):
        if epoch == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

dtrain = xgb.DMatrix(X, label=y)
xgb.train({{}}, dtrain, 20, evals=[(dtrain, "train")], callbacks=[Kill()], verbose_eval=False)
"""
ALIASES = f"""
from xgboost import DMatrix, train
from xgboost.training import train as of_module
import xgboost as xgb
import xgboost.sklearn
{DATA}
import fitscribe
fitscribe.autolog()
for function in (train, of_module, xgb.train, xgboost.sklearn.train):
    function({{}}, DMatrix(X, label=y), 2)
"""
WITHOUT_A_LINE = f"""
import xgboost as xgb
{DATA}
xgb.train({{"max_depth": 2}}, xgb.DMatrix(X, label=y), 2)
xgb.XGBRegressor(n_estimators=2).fit(X, y)
"""


def run(script: str, folder: Path, *command: str) -> int:
    """Run a script in a folder of its own; what it returned."""
    path = folder / "script.py"
    path.write_text(script)
    env = {**os.environ, "FITSCRIBE_QUIET": "1"}
    done = subprocess.run([sys.executable, *command, str(path)], env=env, cwd=folder, timeout=120)
    return done.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_process_that_is_killed_has_every_round_before(own_store: Path, tmp_path: Path) -> None:
    assert run(KILLED, tmp_path) < 0
    (found,) = fitscribe.search_runs()
    assert found.status == "crashed" and list(found.series("train/rmse").steps) == [0, 1, 2, 3, 4]


def test_every_alias_that_was_taken_before_the_one_line(own_store: Path, tmp_path: Path) -> None:
    assert run(ALIASES, tmp_path) == 0
    assert len([each for each in fitscribe.search_runs() if each.name == "xgboost.train"]) == 4


def test_a_script_without_the_one_line(own_store: Path, tmp_path: Path) -> None:
    assert run(WITHOUT_A_LINE, tmp_path, "-m", "fitscribe.cli", "run") == 0
    assert sorted(each.name for each in fitscribe.search_runs()) == ["XGBRegressor", "xgboost.train"]
