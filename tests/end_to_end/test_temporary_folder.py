"""The script chooses where its temporary files go, also after models of it were saved."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe

START = """
import os, sys, tempfile
import fitscribe
fitscribe.autolog(quiet=True)
import numpy as np
X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] > 0).astype(int)
"""
FITS = {
    "sklearn": "from sklearn.tree import DecisionTreeClassifier\nDecisionTreeClassifier().fit(X, y)",
    "lightgbm": "import lightgbm\nlightgbm.LGBMClassifier(n_estimators=2, verbosity=-1, n_jobs=1).fit(X, y)",
    "xgboost": "import xgboost\nxgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(X, y)",
    "keras": """
import keras
tempfile.tempdir = None  # some of its backends make temporary files when they are imported
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(X, y, verbose=0)
""",
}
END = """
from fitscribe.tracking import launch
launch._finish()  # git has been asked, too
assert tempfile.tempdir is None, tempfile.tempdir
os.environ["TMPDIR"] = sys.argv[1]
print(tempfile.mkdtemp())
"""


@pytest.mark.parametrize("framework", FITS)
def test_the_place_for_temporary_files_is_not_fixed(tmp_path: Path, framework: str) -> None:
    if importlib.util.find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed")
    chosen, used = tmp_path / "chosen", tmp_path / "used"
    chosen.mkdir()
    used.mkdir()
    script = tmp_path / "train.py"
    script.write_text(START + FITS[framework] + END)
    done = subprocess.run(
        [sys.executable, str(script), str(chosen)],
        env={**os.environ, "FITSCRIBE_STORE": str(tmp_path / "store"), "TMPDIR": str(used)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == chosen
    (run,) = fitscribe.search_runs(store=tmp_path / "store")
    assert run.status == "finished" and list((tmp_path / "store").glob("runs/*/artifacts/model/*"))
    assert not list(used.glob("fitscribe-*"))
