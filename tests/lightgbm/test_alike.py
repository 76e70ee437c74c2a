"""One script, one record: these are the same with every version that is supported."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import pytest

PARAMS = {
    "objective": "binary",
    "metric": "auc",
    "eta": 0.2,
    "reg_lambda": 1.0,
    "verbosity": -1,
    "num_threads": 1,
}
MEASURED = ("best", "best_iteration", "best_step", "wasted_iterations")
IMPORTANCES = ["feature_importance/gain", "feature_importance/split"]


def record(run: Any) -> dict[str, Any]:
    """What a run holds, but for measured values and for defaults, which versions add to."""
    stopping = run.facts.get("early_stopping", {})
    return {
        "name": run.name,
        "given": {name: run.params[name] for name in run.changed},
        "series": {name: len(run.series(name).values) for name in run.metrics},
        "facts": sorted(run.facts),
        "early stopping": {name: value for name, value in stopping.items() if name not in MEASURED},
        "data": [(each["role"], each["description"]["shape"]) for each in run.datasets],
        "artifacts": sorted(each["name"] for each in run.artifacts),
        "models": [(each["name"], each["format"]) for each in run.models],
        "unseen": run.unseen + run.problems,
    }


def test_a_training(only_run: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    callbacks = [lgb.log_evaluation(0), lgb.early_stopping(50, verbose=False)]
    lgb.train(PARAMS, train, 6, valid_sets=[train, valid], valid_names=["a", "b"], callbacks=callbacks)
    assert record(only_run()) == {
        "name": "lightgbm.train",
        "given": {
            "objective": "binary",
            "metric": "auc",
            "learning_rate": 0.2,
            "lambda_l2": 1.0,
            "verbosity": -1,
            "num_threads": 1,
            "num_iterations": 6,
            "callbacks": ["log_evaluation", "early_stopping"],
        },
        "series": {"a/auc": 6, "b/auc": 6},
        "facts": ["depth", "directions", "early_stopping", "leaves", "trees"],
        "early stopping": {
            "watched": "b/auc",
            "direction": "max",
            "patience": 50,
            "tolerance": 0.0,
            "last_iteration": 6,
            "stopped_early": False,
            "reason": "ran out of iterations (num_iterations=6)",
        },
        "data": [("train", [200, 4]), ("b", [100, 4])],
        "artifacts": [*IMPORTANCES, "lineage"],
        "models": [("model", "lightgbm/text")],
        "unseen": [],
    }


def test_a_cross_validation(only_run: Any, sets: Any) -> None:
    lgb.cv(PARAMS, lgb.Dataset(sets.X_train, sets.y_train), 4, nfold=2, eval_train_metric=True)
    assert record(only_run()) == {
        "name": "lightgbm.cv",
        "given": {
            "objective": "binary",
            "metric": "auc",
            "learning_rate": 0.2,
            "lambda_l2": 1.0,
            "verbosity": -1,
            "num_threads": 1,
            "num_iterations": 4,
            "nfold": 2,
            "eval_train_metric": True,
        },
        "series": {"cv/auc": 4, "cv/auc_std": 4, "train/auc": 4, "train/auc_std": 4},
        "facts": ["directions", "folds"],
        "early stopping": {},
        "data": [("train", [200, 4])],
        "artifacts": ["lineage"],
        "models": [],
        "unseen": [],
    }


@pytest.mark.filterwarnings("ignore:Overriding the parameters from Reference Dataset")
def test_a_loop(runs: Any, sets: Any) -> None:
    booster = lgb.Booster(PARAMS, lgb.Dataset(sets.X_train, sets.y_train, params={"verbosity": -1}))
    booster.add_valid(lgb.Dataset(sets.X_valid, sets.y_valid, reference=booster.train_set), "b")
    for _ in range(3):
        booster.update()
        booster.eval_valid()
    (run,) = runs()
    found = record(run)
    assert found["series"] == {"b/auc": 3}
    assert found["data"] == [("train", [200, 4]), ("b", [100, 4])]
    assert found["facts"] == ["depth", "directions", "leaves", "trees"]
    assert set(found["artifacts"]) == {*IMPORTANCES, "lineage"}
    assert found["unseen"] == []
