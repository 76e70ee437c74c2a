"""A run of which every kind of event is recorded, and what of each the pages know to show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.loops import BATCH, MODULES, STATE
from tests.kept import LEARNING, STRUCTURE

from fitscribe.store import Store

from .hostile import run_of

_LINEAGE = {
    "nodes": [
        {"id": "d1", "by": "pandas.read_csv", "of": [], "shape": [150, 5], "path": "a.csv", "size": 4606},
        {"id": "d2", "by": "split", "of": ["d1", "d1"], "shape": [120, 4], "facts": {"test_size": 0.2}},
    ],
    "roles": {"train": "d2"},
}
_STOPPING = {
    "watched": "valid/score",
    "direction": "max",
    "patience": 10,
    "tolerance": 1e-4,
    "best_iteration": 25,
    "best": 0.93,
    "last_iteration": 35,
    "wasted_iterations": 10,
    "stopped_early": True,
    "reason": "no improvement for 10 iterations",
}
_TARGET = {
    "container": "pandas.Series",
    "shape": [426],
    "dtype": "int64",
    "bytes": 3408,
    "classes": {"no": 159, "yes": 267},
    "distinct": 2,
    "fingerprint": "ab" * 16,
}
_DATASET = {
    "name": "people",
    "container": "pandas.DataFrame",
    "shape": [426, 2],
    "columns": ["age", "income"],
    "dtypes": ["float64", "float64"],
    "density": 0.25,
    "bytes": 6816,
    "missing": 5,
    "missing_by_column": {"age": 5},
    "min": 0.5,
    "max": 80.0,
    "mean": 40.0,
    "fingerprint": "cd" * 16,
    "target": _TARGET,
}
_FACTS = {
    "n_iter_": 14,
    "epochs": 4,
    "steps": 48,
    "planned_epochs": 10,
    "best_index_": 1,
    "best_trial": {"trial": 3},
    "parameters": 178,
    "trainable_parameters": 170,
    "modules": {"net": {"type": "Sequential", "parameters": 178}},
    "early_stopping": _STOPPING,
    "checkpoints": [
        {
            "monitor": "val_loss",
            "mode": "min",
            "best_model_path": "a.pt",
            "last_model_path": "b.pt",
            "kept": [{"path": "a.pt", "score": 0.25, "bytes": 100}],
        }
    ],
}
_RECORDS: dict[str, tuple[str, Any]] = {
    "test/confusion_matrix": ("confusion_matrix", {"labels": ["no", "yes"], "counts": [[156, 3], [0, 267]]}),
    "feature_importance": ("feature_importance", {"features": ["a", "b"], "values": [0.5, 0.25], "of": 9}),
    "coefficients": (
        "coefficients",
        {"features": ["a", "b"], "values": [[0.5, 0.2], [1.0, 2.0]], "classes": ["no", "yes"], "of": 9},
    ),
    "test/roc": ("roc", {"curves": [{"label": "yes", "fpr": [0.0, 1.0], "tpr": [0.0, 1.0], "auc": 0.5}]}),
    "lineage": ("lineage", _LINEAGE),
    "structure": ("structure", STRUCTURE),
    "folds": ("table", {"columns": ["fold", "score"], "rows": [[0, 0.9], [1, 0.91]]}),
    "learning_curve": ("curve", LEARNING),
    "test/calibration": ("calibration", {"predicted": [0.1, 0.9], "observed": [0.2, 0.8], "counts": [5, 7]}),
    "modules": (
        "modules",
        {
            **MODULES,
            "unbuilt": 2,
            "uninitialized": 3,
            "modules": [
                {
                    **MODULES["modules"][0],
                    "cut": 2,
                    "calls": 3,
                    "output_shape": [[None, 4]],
                    "connected_to": ["input"],
                    "built": False,
                }
            ],
        },
    ),
    "checkpoint/a": (
        "checkpoint",
        {"path": "a.pt", "saves": 2, "step": 3, "time": 1.7e9, "size": 100, "holds": STATE},
    ),
    "checkpoints": (
        "checkpoints",
        {"saves": 40, "first": {"path": "a", "step": 1}, "last": {"path": "b", "step": 9}, "why": "too many"},
    ),
}
_LAUNCH = {
    "launch": {
        "id": "launch",
        "started": 1.7e9,
        "source": {
            "kind": "script",
            "path": "train.py",
            "argv": ["train.py", "--epochs", "3"],
            "folder": "/home/me",
            "git": {
                "commit": "abcdef" * 6,
                "branch": "main",
                "dirty": True,
                "untracked": ["a"],
                "untracked_more": 3,
                "remote": "git@example.org:me",
            },
        },
        "variables": {"OMP_NUM_THREADS": "1"},
    },
    "environment": {
        "python": "3.12.1",
        "implementation": "cpython",
        "platform": "Linux",
        "cpu": {"model": "A chip", "count": 8},
        "gpus": [{"name": "A card", "memory": 80_000_000_000}],
        "memory": 16_000_000_000,
        "distributions": {"numpy": "2.4.6"},
    },
}


def everything() -> list[dict[str, Any]]:
    """The events of the run, without its beginning and its end."""
    return [
        {"event": "params", "values": {"C": 0.5, "depth": 6, "shape": {"$tuple": [1, 2]}}, "changed": ["C"]},
        {"event": "tags", "values": {"team": "vision", "starred": True}},
        {"event": "notes", "text": "first try"},
        {"event": "dataset", "role": "train", "description": _DATASET},
        {
            "event": "signature",
            "signature": {
                "inputs": [{"name": "age", "type": "float64", "missing": True}],
                "outputs": {"shape": [None, 2], "type": "float32"},
                "batch": BATCH,
            },
        },
        {"event": "facts", "values": _FACTS},
        {
            "event": "model",
            "name": "model",
            "path": "artifacts/model.pkl",
            "format": "pickle",
            "size": 2700,
            "description": {"parameters": 5},
        },
        *(
            {"event": "artifact", "name": name, "kind": kind, "data": data}
            for name, (kind, data) in _RECORDS.items()
        ),
        {"event": "artifact", "name": "note.txt", "kind": "file", "path": "artifacts/note.txt", "size": 5},
        {"event": "unseen", "what": "test/roc_auc", "why": "not finite"},
        {"event": "problem", "where": "a", "error": "b"},
        {"event": "lost", "points": 4, "why": "no room"},
        {"event": "coverage", "points": [{"id": "a.fit", "state": "skipped", "reason": "x", "count": 2}]},
        {"event": "cost", "cpu_s": 0.015},
        {
            "event": "child",
            "id": "child",
            "events": [
                {"event": "run", "time": 1.7e9, "name": "child", "role": "candidate", "parent": "run"},
                {"event": "params", "time": 1.7e9, "values": {"C": 1}},
                {"event": "points", "time": 1.7e9, "values": {"score": [[0, 1.7e9, 0.5]]}},
                {"event": "end", "time": 1.7e9, "status": "finished", "error": None},
            ],
        },
    ]


def write_everything(store: Store, events: list[dict[str, Any]]) -> Path:
    """Write the run, and one beside it to compare it with; returns the first one's folder."""
    run_of(store, "other", *everything(), launch="launch")
    write_launch(store, _LAUNCH)
    return run_of(store, "run", *events, launch="launch", framework="sklearn", point="a.fit", site="x.py:1")


def launch() -> dict[str, dict[str, Any]]:
    """What the files of its launch say, by their names."""
    return json.loads(json.dumps(_LAUNCH))  # type: ignore[no-any-return] # of the same form


def write_launch(store: Store, files: dict[str, Any]) -> None:
    """Write the files of the launch."""
    folder = store.launch_folder("launch")
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in files.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
