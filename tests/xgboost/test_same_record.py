"""One script on every supported version: the same record, which lies beside this file.

`python tests/xgboost/test_same_record.py` writes it anew, with the version that is installed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("xgboost")
pytest.importorskip("sklearn")

import numpy as np
import xgboost as xgb

import fitscribe
from fitscribe.tracking import continued

EXPECTED = Path(__file__).with_name("same_record.json")
# What versions differ in by default is said: how trees are grown, and where the boosting starts.
PARAMS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "base_score": 0.5,
    "eta": 0.7,
    "max_depth": 2,
    "nthread": 1,
    "eval_metric": ["logloss", "auc"],
}


def trainings() -> None:
    """Train in every way there is."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(120, 3))
    y = (X[:, 0] + X[:, 1] ** 2 + generator.normal(size=120) > 1).astype(int)
    dtrain, valid = xgb.DMatrix(X[:80], label=y[:80]), xgb.DMatrix(X[80:], label=y[80:])
    evals = [(dtrain, "train"), (valid, "valid")]
    xgb.train(PARAMS, dtrain, 20, evals=evals, early_stopping_rounds=3, verbose_eval=False)
    best = xgb.callback.EarlyStopping(rounds=2, metric_name="logloss", save_best=True)
    xgb.train(PARAMS, dtrain, 20, evals=evals[1:], callbacks=[best], verbose_eval=False)
    xgb.cv(PARAMS, dtrain, 9, nfold=3, early_stopping_rounds=2)
    loop(dtrain, valid)
    shared = {"tree_method": "hist", "base_score": 0.5, "n_jobs": 1, "max_depth": 2}
    model = xgb.XGBClassifier(n_estimators=20, learning_rate=0.7, early_stopping_rounds=2, **shared)
    model.fit(X[:80], y[:80], eval_set=[(X[80:], y[80:])], verbose=False)
    xgb.XGBRFRegressor(n_estimators=3, **shared).fit(X[:80], X[:80, 0])


def loop(dtrain: Any, valid: Any) -> None:
    """Train a booster that is gone afterwards, which ends its run."""
    booster = xgb.Booster(PARAMS, [dtrain, valid])
    for number in range(4):
        booster.update(dtrain, number)
        booster.eval_set([(valid, "valid")], number)


def record() -> Any:
    """What the runs of the store have, without what says when and where they were made."""
    found = [
        {
            "name": run.name,
            "status": run.status,
            "params": {name: run.params[name] for name in sorted(run.changed or ())},
            "steps": {name: list(map(int, run.series(name).steps)) for name in sorted(run.metrics)},
            "series": {name: list(map(float, run.series(name).values)) for name in sorted(run.metrics)},
            "facts": run.facts,
            "datasets": run.datasets,
            "signature": run.signature,
            "kept": [[each["name"], each["kind"]] for each in run.artifacts],
            "models": [[each["name"], each["format"]] for each in run.models],
            "unseen": run.unseen,
        }
        for run in sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    ]
    return json.loads(json.dumps(found, default=str))


def unlike(expected: Any, found: Any, where: str = "record") -> list[str]:
    """Where two records differ; numbers may by what another processor adds up differently."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for key in sorted(expected.keys() | found.keys())
            for line in unlike(expected.get(key, "nothing"), found.get(key, "nothing"), f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for index, (one, other) in pairs for line in unlike(one, other, f"{where}[{index}]")]
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return [] if found == pytest.approx(expected, rel=1e-4) else [f"{where}: {expected} and {found}"]
    return [] if expected == found else [f"{where}: {expected} and {found}"]


def recorded() -> Any:
    """The record of the trainings, which go to the store of the environment."""
    fitscribe.autolog("xgboost", "sklearn", quiet=True)
    try:
        trainings()
    finally:
        fitscribe.disable()
    return record()


def test_every_version_leaves_the_same_record(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine the loop keeps an earlier state of its model.
    monkeypatch.setattr(continued, "_KEEPING_S", 60.0)
    expected = json.loads(EXPECTED.read_text("utf-8"))
    assert unlike(expected, recorded()) == []


def test_a_difference_is_seen() -> None:
    assert unlike([{"a": [1.0, 2]}], [{"a": [1.0, 3]}]) == ["record[0].a[1]: 2 and 3"]
    assert unlike({"a": 1.0}, {"b": 1.0}) and unlike([1], [1, 2]) and unlike(1.0, 1.1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FITSCRIBE_STORE"] = folder
        json.dump(recorded(), EXPECTED.open("w", encoding="utf-8"), indent=1, sort_keys=True)
    sys.exit(0)
