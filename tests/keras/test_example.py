"""The example on real digits: its run holds the numbers that it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe

EXAMPLE = Path(__file__).parents[2] / "examples" / "keras_digits.py"


def test_the_run_holds_what_the_script_prints(own_store: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("keras")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(EXAMPLE)],
        env={**os.environ, "FITSCRIBE_QUIET": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    epochs, best, loss, accuracy, f1 = map(
        float, re.findall(r"(?<!_)\b\d+(?:\.\d+)?", done.stdout.replace("f1", ""))
    )
    run = fitscribe.get_run("latest")
    assert run.name == "digits" and run.facts["epochs"] == epochs
    assert run.facts["early_stopping"]["best"] == pytest.approx(best, abs=1e-6)
    assert run.metrics["test/loss"] == pytest.approx(loss, abs=1e-6)
    assert run.metrics["test/accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert run.metrics["test/f1_macro"] == pytest.approx(f1, abs=1e-6)
    records = {each["name"] for each in run.artifacts}
    assert {"test/confusion_matrix", "test/roc", "test/pr", "lineage", "modules"} <= records
