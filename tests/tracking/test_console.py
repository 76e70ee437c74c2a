"""The one line that a training ends with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitscribe.tracking.console import say_ended

pytest.importorskip("sklearn")

HEAD = """
import fitscribe
fitscribe.autolog("sklearn")
import numpy as np
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.model_selection import cross_val_score
X = np.random.RandomState(0).rand(90, 3)
y = (X @ [1.0, 2.0, 3.0] > 3).astype(int)
"""
STEPS = """
model = SGDClassifier(random_state=0)
for _ in range(3):
    model.partial_fit(X[:60], y[:60], classes=[0, 1])
    model.score(X[60:], y[60:])
"""


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        (STEPS, ["test/accuracy", "test/balanced_accuracy"]),
        ("LinearRegression().fit(X, y)\n", ["train/r2", "train/rmse"]),
        ("cross_val_score(LinearRegression(), X, y)\n", ["cv/r2", "cv/r2_std"]),
    ],
    ids=["score of partial_fit", "regression", "cross-validation"],
)
def test_it_shows_the_metrics_that_say_most(tmp_path: Path, text: str, metrics: list[str]) -> None:
    (tmp_path / "train.py").write_text(HEAD + text)
    environment = {**os.environ, "FITSCRIBE_QUIET": ""}
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    (line,) = done.stderr.splitlines()
    shown = line.rpartition(" (")[0].split(", ")[1:]
    assert [each.split()[0] for each in shown] == metrics


@pytest.mark.parametrize(
    ("metrics", "shown"),
    [
        (
            {
                "epoch": 3.0,
                "lr": 0.1,
                "train/loss": 1.0,
                "train/loss[epoch]": 2.0,
                "train/samples_per_s": 9.0,
            },
            "train/loss[epoch] 2",
        ),
        (
            {"train_loss_step": 1.0, "train_loss_epoch": 2.0, "val_loss": 3.0},
            "val_loss 3, train_loss_epoch 2",
        ),
        ({"lr": 0.1, "train/loss": 1.0, "valid/loss": 2.0}, "valid/loss 2, train/loss 1"),
    ],
)
def test_a_training_with_epochs_is_told_by_its_losses(
    capsys: pytest.CaptureFixture[str], metrics: dict[str, float], shown: str
) -> None:
    say_ended(hint="see", name="Net", status="finished", seconds=2.0, metrics=metrics, site=shown)
    assert capsys.readouterr().err == f"fitscribe: Net finished in 2.0 s, {shown} (see)\n"


def test_of_a_search_the_folds_come_before_the_eval_sets_of_its_refit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    metrics = {"validation_0/error": 0.0, "cv/accuracy": 0.9, "validation_0/logloss": 0.1, "cv/roc_auc": 0.95}
    say_ended(hint="", name="Search", status="finished", seconds=2.0, metrics=metrics, site="search.py:1")
    assert "cv/accuracy 0.9, cv/roc_auc 0.95" in capsys.readouterr().err
