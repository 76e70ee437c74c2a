"""What a user does: an ordinary script, the line at one place or another, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe

pytest.importorskip("sklearn")

LINE = "import fitscribe; fitscribe.autolog()\n"
IMPORTS = """
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
"""
BODY = """
X, y = load_wine(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=20, random_state=0))
model.fit(X_train, y_train)
print(f"test accuracy {model.score(X_test, y_test):.3f}")
"""

SEARCH = """
from sklearn.model_selection import GridSearchCV

model = GridSearchCV(model, {"standardscaler__with_mean": [True, False]}, cv=3)
"""


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )


def test_line_on_top_below_the_imports_or_not_at_all_give_the_same_run(tmp_path: Path) -> None:
    searched = BODY.replace("model.fit", SEARCH + "model.fit")
    places = {
        "top": LINE + IMPORTS + searched,
        "below": IMPORTS + LINE.replace("; ", "\n\n") + searched,
        "none": IMPORTS + searched,
    }
    outputs = set()
    for place, text in places.items():
        (tmp_path / "train.py").write_text(text)
        command = ["train.py"] if place != "none" else ["-m", "fitscribe.cli", "run", "train.py"]
        outputs.add(run(*command, folder=tmp_path).stdout)
    assert len(outputs) == 1

    runs = [run for run in fitscribe.search_runs() if run.parent is None]
    assert len(runs) == 3
    first, second, third = runs
    assert first.params["estimator__randomforestclassifier__n_estimators"] == 20
    assert first.metrics["train/accuracy"] == 1.0
    for other in (second, third):
        assert other.metrics == first.metrics
        assert other.datasets == first.datasets
        assert other.signature == first.signature

    compared = run("-m", "fitscribe.cli", "compare", *(r.id for r in runs), folder=tmp_path).stdout
    assert compared.startswith("No difference but time.\n")
    candidates = [each.children[0].id for each in runs]
    compared = run("-m", "fitscribe.cli", "compare", *candidates, folder=tmp_path).stdout
    assert compared.startswith("No difference but time.\n")


def test_the_model_is_loaded_and_predicts_the_same(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LINE + IMPORTS + BODY + "print(list(model.predict(X_test)))\n")
    printed = run("train.py", folder=tmp_path).stdout.splitlines()[-1]
    from sklearn.datasets import load_wine
    from sklearn.model_selection import train_test_split

    X, y = load_wine(return_X_y=True, as_frame=True)
    X_test = train_test_split(X, y, stratify=y, random_state=0)[1]
    model = fitscribe.get_run("latest").load_model()
    assert str(list(model.predict(X_test))) == printed


def test_a_group_with_two_fits_keeps_their_parameters_apart(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        LINE
        + "from sklearn.linear_model import Ridge\n"
        + "with fitscribe.start_run('two'):\n"
        + "    Ridge(alpha=1.0).fit([[0.0], [1.0]], [0.0, 1.0])\n"
        + "    Ridge(alpha=2.0).fit([[0.0], [1.0]], [0.0, 1.0])\n"
    )
    run("train.py", folder=tmp_path)
    group = next(r for r in fitscribe.search_runs() if r.name == "two")
    assert [child.params["alpha"] for child in sorted(group.children, key=lambda c: c.started)] == [1.0, 2.0]
    assert "alpha" not in group.params


def test_four_fits_in_four_threads_are_four_complete_runs(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        LINE
        + "import threading\n"
        + "from sklearn.linear_model import Ridge\n"
        + "fit = lambda a: Ridge(alpha=a).fit([[0.0], [1.0]], [0.0, 1.0])\n"
        + "threads = [threading.Thread(target=fit, args=(float(a),)) for a in range(1, 5)]\n"
        + "[t.start() for t in threads]\n[t.join() for t in threads]\n"
    )
    run("train.py", folder=tmp_path)
    (sweep,) = fitscribe.search_runs("name = 'sweep of Ridge'")
    runs = sweep.children
    assert sorted(r.params["alpha"] for r in runs) == [1.0, 2.0, 3.0, 4.0]
    assert all(r.status == "finished" and "train/r2" in r.metrics and r.datasets for r in runs)


def test_suppress_and_disable(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        LINE
        + "from sklearn.linear_model import Ridge\n"
        + "data = [[0.0], [1.0]], [0.0, 1.0]\n"
        + "with fitscribe.suppress():\n    Ridge(alpha=1.0).fit(*data)\n"
        + "Ridge(alpha=2.0).fit(*data)\n"
        + "fitscribe.disable()\nRidge(alpha=3.0).fit(*data)\n"
        + "fitscribe.autolog()\nRidge(alpha=4.0).fit(*data)\n"
    )
    run("train.py", folder=tmp_path)
    assert sorted(r.params["alpha"] for r in fitscribe.search_runs()) == [2.0, 4.0]


def test_an_estimator_that_dies_leaves_a_failed_run_with_what_it_had(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        LINE
        + "from sklearn.linear_model import Ridge\n"
        + "try:\n    Ridge(alpha=5.0).fit([['a']], [1.0])\n"
        + "except ValueError as error:\n    print(type(error).__name__, error.__context__ is None)\n"
    )
    done = run("train.py", folder=tmp_path)
    (failed,) = fitscribe.search_runs()
    assert failed.status == "failed" and failed.params["alpha"] == 5.0
    assert "ValueError" in done.stdout


def test_secrets_in_arguments_are_masked(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LINE + "fitscribe.log_metric('x', 1)\n")
    run("train.py", "--api-key", "s3cr3t-value", "--lr=0.1", folder=tmp_path)
    written = b"".join(
        path.read_bytes() for path in Path(os.environ["FITSCRIBE_STORE"]).rglob("*") if path.is_file()
    )
    assert b"s3cr3t-value" not in written and b"--lr=0.1" in written
