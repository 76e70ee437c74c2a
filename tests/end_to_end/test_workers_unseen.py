"""Trainings in worker processes that nobody records are not lost without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

SCRIPT = """
import fitscribe; fitscribe.autolog()

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True)

def one(c):
    return LogisticRegression(C=c, max_iter=500).fit(X, y).score(X, y)

joblib.Parallel(2)(joblib.delayed(one)(c) for c in (1, 2))
"""
SAID = "fitscribe: 2 worker processes not seen: started without `fitscribe run`"


def said(folder: Path, *command: str) -> str:
    (folder / "train.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=True)
    return done.stderr


def test_the_script_is_told_at_its_end(tmp_path: Path) -> None:
    assert said(tmp_path, "train.py").startswith(SAID)


def test_nothing_is_said_where_they_are_seen(tmp_path: Path) -> None:
    assert "not seen" not in said(tmp_path, "-m", "fitscribe.cli", "run", "train.py")


def test_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    assert said(tmp_path, "train.py") == ""
