"""A plain script that knows nothing of fitscribe: read, split, scale, fit, predict, print two metrics."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")

import fitscribe

SCRIPT = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

data = pd.read_csv("cells.csv")
X, y = data.drop(columns="diagnosis"), data["diagnosis"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=3, stratify=y)
scaler = StandardScaler()
X_train_scaled = scaler.fit_transform(X_train)
X_test_scaled = scaler.transform(X_test)
model = LogisticRegression()
model.fit(X_train_scaled, y_train)
y_pred = model.predict(X_test_scaled)
probabilities = model.predict_proba(X_test_scaled)
print(repr(float(accuracy_score(y_test, y_pred))))
print(repr(float(f1_score(y_test, y_pred, average="macro"))))
"""
COMMANDS = {
    "run": ("", ["-m", "fitscribe.cli", "run", "train.py"]),
    "line": ("import fitscribe; fitscribe.autolog()\n", ["train.py"]),
    "below": ("", ["train.py"]),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer(as_frame=True)
    frame = loaded.data.assign(diagnosis=loaded.target.map({0: "malignant", 1: "benign"}))
    frame.to_csv(tmp_path / "cells.csv", index=False)
    return tmp_path


def execute(command: list[str], folder: Path) -> list[float]:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    return [float(line) for line in done.stdout.split()]


@pytest.mark.parametrize("way", list(COMMANDS))
def test_the_run_holds_what_the_script_found_out(folder: Path, way: str) -> None:
    text, command = COMMANDS[way]
    script = text + SCRIPT
    if way == "below":
        script = SCRIPT.replace("\ndata =", "\nimport fitscribe; fitscribe.autolog()\ndata =")
    (folder / "train.py").write_text(script)
    accuracy, f1_macro = execute(command, folder)

    (run,) = fitscribe.search_runs()
    assert run.metrics["test/accuracy"] == accuracy
    assert run.metrics["test/f1_macro"] == f1_macro
    assert len(run.series("test/accuracy").values) == 1
    assert {"test/f1", "test/log_loss", "test/roc_auc", "test/balanced_accuracy"} <= set(run.metrics)
    records = {each["name"]: each.get("data") for each in run.artifacts}
    assert {"test/confusion_matrix", "test/roc", "test/pr", "test/calibration"} <= set(records)
    assert records["test/confusion_matrix"]["labels"] == ["benign", "malignant"]
    assert [each["role"] for each in run.datasets] == ["train", "test"]
    assert run.params["split__test_size"] == 0.25 and run.params["split__stratified"] is True
    assert run.status == "finished" and run.unseen == []

    line = ancestry(records["lineage"], "test")
    assert [each["by"] for each in line][:2] == ["StandardScaler.transform", "train_test_split (test)"]
    assert line[-1]["by"] == "pandas.read_csv"
    assert Path(line[-1]["path"]).name == "cells.csv"
    assert line[-1]["size"] == (folder / "cells.csv").stat().st_size
    assert ancestry(records["lineage"], "train")[-1] == line[-1]


def ancestry(lineage: dict[str, Any], role: str) -> list[dict[str, Any]]:
    nodes = {node["id"]: node for node in lineage["nodes"]}
    line = [nodes[lineage["roles"][role]]]
    while line[-1]["of"]:
        line.append(nodes[line[-1]["of"][0]])
    return line


def test_the_command_line_shows_it(folder: Path) -> None:
    (folder / "train.py").write_text(COMMANDS["line"][0] + SCRIPT)
    accuracy, _ = execute(COMMANDS["line"][1], folder)
    done = subprocess.run(
        [sys.executable, "-m", "fitscribe.cli", "show", "latest", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(done.stdout)["metrics"]["test/accuracy"] == accuracy


def test_results_are_the_same_without_fitscribe(folder: Path) -> None:
    (folder / "train.py").write_text(SCRIPT + "print(*model.coef_.ravel().tolist())\n")
    assert execute(["train.py"], folder) == execute(COMMANDS["run"][1], folder)
