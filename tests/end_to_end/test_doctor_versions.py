"""What a user reads where scikit-learn is too old, or newer than anything fitscribe was tested with.

The scikit-learn that is installed here runs under the metadata of another version, found before its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")

import fitscribe

SCRIPT = """
import fitscribe
fitscribe.autolog({arguments})
from sklearn.linear_model import Ridge
print(Ridge(alpha=2.0).fit([[0.0], [1.0]], [0.0, 1.0]).coef_.shape)
"""
TOO_OLD = "sklearn 1.1.3 is not supported (needs >=1.2)"
NEWER = "sklearn 99.0 is newer than the newest tested"


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)


def doctor(folder: Path) -> tuple[int, str, Any]:
    """Exit code and text of `fitscribe doctor`, and what its JSON says of scikit-learn."""
    shown = python("-m", "fitscribe.cli", "doctor", folder=folder)
    given = python("-m", "fitscribe.cli", "doctor", "--json", folder=folder)
    assert shown.returncode == given.returncode and not shown.stderr, shown.stderr
    (of_sklearn,) = [f for f in json.loads(given.stdout)["frameworks"] if f["framework"] == "sklearn"]
    return shown.returncode, " ".join(shown.stdout.split()), of_sklearn


def pretend(version: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give scikit-learn another version for every process from here on."""
    metadata = folder / "site" / f"scikit_learn-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: scikit-learn\nVersion: {version}\n")
    # As of an editable installation, whose modules are elsewhere.
    metadata.with_name("direct_url.json").write_text('{"dir_info": {"editable": true}}')
    paths = [str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def train(folder: Path, arguments: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "train.py").write_text(SCRIPT.format(arguments=arguments))
    return python("train.py", folder=folder)


def test_doctor_where_it_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend("1.1.3", tmp_path, monkeypatch)
    code, shown, of_sklearn = doctor(tmp_path)
    assert code == 1
    assert f"sklearn 1.1.3: not recorded: {TOO_OLD}" in shown
    assert of_sklearn["version"] == "1.1.3" and of_sklearn["problem"] is True
    assert "was tested: 1." in of_sklearn["remedy"] and of_sklearn["remedy"] in shown


def test_a_script_where_it_is_too_old_trains_and_one_line_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend("1.1.3", tmp_path, monkeypatch)
    done = train(tmp_path)
    assert (done.returncode, done.stdout) == (0, "(1,)\n")
    assert done.stderr == f"fitscribe: {TOO_OLD}: its trainings are not recorded\n"
    assert not (tmp_path / "store").exists()


def test_a_script_that_asks_for_it_by_name_gets_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend("1.1.3", tmp_path, monkeypatch)
    done = train(tmp_path, "'sklearn'")
    assert done.returncode == 1 and done.stdout == ""
    assert f"UnsupportedFramework: {TOO_OLD}; tested with 1." in done.stderr
    assert "Install another version of scikit-learn" in done.stderr


def test_doctor_where_it_is_newer_than_anything_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend("99.0", tmp_path, monkeypatch)
    code, shown, of_sklearn = doctor(tmp_path)
    assert code == 0
    assert f"sklearn 99.0: recorded, untested: {NEWER}" in shown
    assert of_sklearn["problem"] is False
    (fit,) = [point for point in of_sklearn["points"] if point["id"] == "sklearn.estimator_fit"]
    assert (fit["state"], fit["reason"]) == ("applied", NEWER)


def test_a_run_of_an_untested_version_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend("99.0", tmp_path, monkeypatch)
    done = train(tmp_path)
    assert (done.returncode, done.stdout) == (0, "(1,)\n"), done.stderr
    run = fitscribe.get_run("latest")
    assert run.params["alpha"] == 2.0 and run.framework_version == "99.0"
    (fit,) = [point for point in run.coverage if point["id"] == "sklearn.estimator_fit"]
    assert fit["state"] == "applied" and fit["untested"] is True
    shown = python("-m", "fitscribe.cli", "show", "latest", folder=tmp_path)
    (line,) = [line for line in shown.stdout.splitlines() if "newer than the newest" in line]
    assert re.fullmatch(rf"  sklearn, [0-9]+ patch points applied: {NEWER}", line)


def test_strict_leaves_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend("99.0", tmp_path, monkeypatch)
    done = train(tmp_path, "strict=True")
    assert (done.returncode, done.stdout) == (0, "(1,)\n")
    assert "strict: sklearn 99.0 is not a tested version: its trainings are not recorded" in done.stderr
