"""The script of examples/ as it stands: what is in its run, beside the numbers that it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from tests.lightning.examples import recorded

import fitscribe

SCRIPT = Path(__file__).parents[2] / "examples" / "lightning_digits.py"


@pytest.mark.slow
def test_what_the_script_prints_is_in_its_run(pl: Any, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), pl.__name__], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (run,) = fitscribe.search_runs()
    points = recorded(run)
    printed = [float(value) for value in re.findall(r"val_loss (\S+)", done.stdout)]
    assert [value for _, value in points["val_loss"]] == pytest.approx(printed, abs=1e-6)
    assert len(points["train_loss_step"]) == 11 * len(printed)
    ((loss, accuracy),) = re.findall(r"test_loss (\S+) test_accuracy (\S+)", done.stdout)
    assert run.metrics["test_loss"] == pytest.approx(float(loss), abs=1e-6)
    assert run.metrics["test_accuracy"] == pytest.approx(float(accuracy), abs=1e-6)
    assert {name: run.params[name] for name in ("width", "lr", "batch_size", "seed", "optimizer")} == {
        "width": 64,
        "lr": 0.01,
        "batch_size": 128,
        "seed": 0,
        "optimizer": "Adam",
    }
    (checkpoint,) = run.facts["checkpoints"]
    assert checkpoint["best_model_path"] == run.facts["test_checkpoint"]
    assert run.facts["early_stopping"]["watched"] == "val_loss"
    assert [each["role"] for each in run.datasets] == ["train", "valid", "test"]
    assert run.problems == []
