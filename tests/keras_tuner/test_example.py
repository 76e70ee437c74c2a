"""The script of examples/ as it stands: what is in its runs, beside the numbers that it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

import fitscribe

SCRIPT = Path(__file__).parents[2] / "examples" / "keras_tuner_search.py"


@pytest.mark.slow
def test_what_the_script_prints_is_in_its_runs(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (search,) = [run for run in fitscribe.search_runs() if run.role != "trial"]
    ((trial, score),) = re.findall(r"trial (\S+) val_accuracy (\S+)", done.stdout)
    assert search.facts["best_trial"]["trial"] == trial
    assert search.metrics["score"] == pytest.approx(float(score), abs=1e-6)
    assert len(search.children) == 6
    assert all(len(each.series("valid/accuracy").values) == 10 for each in search.children)
    (best,) = [each for each in search.children if each.facts["trial_id"] == trial]
    ((accuracy,),) = [re.findall(r"test accuracy (\S+)", done.stdout)]
    assert float(accuracy) in [pytest.approx(value, abs=1e-6) for value in best.metrics.values()]
    assert search.problems == best.problems == []
