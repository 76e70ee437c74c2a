"""`xgboost.train`, held in a wrapper or a container from before autolog(): by another tool, or the script."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xgboost as xgb
import xgboost.sklearn
from xgboost import training

import fitscribe
from fitscribe import engine

LOGISTIC = {"objective": "binary:logistic", "eta": 0.5, "max_depth": 2}


def as_mlflow_does(function: Any) -> Any:
    """A wrapper that holds the original in its closure, and looks like it."""

    @functools.wraps(function)
    def safe_patch_function(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return safe_patch_function


@pytest.fixture(autouse=True)
def off() -> None:
    fitscribe.disable()


@pytest.fixture
def wrapped(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """XGBoost as MLflow leaves it; looked at again after the test."""
    original = training.train
    theirs = as_mlflow_does(original), as_mlflow_does(original)
    monkeypatch.setattr(xgb, "train", theirs[0])
    monkeypatch.setattr(xgboost.sklearn, "train", theirs[1])
    # Where MLflow keeps what it took the place of.
    monkeypatch.setattr(xgb, "_gorilla_original_train", original, raising=False)
    yield theirs
    fitscribe.disable()
    assert (xgb.train, xgboost.sklearn.train) == theirs
    assert training.train is vars(xgb)["_gorilla_original_train"] is original


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Any:
    """Record XGBoost from here on, which is later than what the test has made before."""
    return lambda: request.getfixturevalue("runs")


def test_a_training_through_another_tool_is_one_run(wrapped: Any, runs: Any, sets: Any) -> None:
    dtrain, dvalid = sets.matrices()
    result: dict[str, Any] = {}
    booster = xgb.train(
        LOGISTIC, dtrain, 30, evals=[(dvalid, "valid")], early_stopping_rounds=2, evals_result=result
    )
    (run,) = runs()
    assert run.name == "xgboost.train" and run.params["num_boost_round"] == 30
    assert list(run.series("valid/logloss").values) == result["valid"]["logloss"]
    assert run.facts["early_stopping"]["best_iteration"] == booster.best_iteration


def test_an_estimator_through_another_tool_has_its_series_once(wrapped: Any, runs: Any, sets: Any) -> None:
    model = xgb.XGBClassifier(n_estimators=5)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)], verbose=False)
    (run,) = runs()
    values = model.evals_result()["validation_0"]["logloss"]
    assert list(run.series("validation_0/logloss").values) == values
    assert not [name for name in run.metrics if name.startswith("booster_2/")]


@pytest.mark.parametrize("hold", ["partial", "closure", "container"])
def test_a_training_by_a_held_original_is_said_and_is_no_loop(
    hold: str, started: Any, sets: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fitscribe.engine.guard._reported", set())
    holders = {
        "partial": functools.partial(xgb.train),
        "closure": as_mlflow_does(xgb.train),
        "container": {"train": xgb.train}["train"],
    }
    runs = started()
    for _ in range(2):
        holders[hold](LOGISTIC, sets.matrices()[0], 3)
    assert runs() == []
    said = [line for line in capsys.readouterr().err.splitlines() if "xgboost.train was not seen" in line]
    assert len(said) == 1 and "call autolog() first" in said[0]


def test_a_run_that_is_open_around_it_says_so_once(started: Any, sets: Any) -> None:
    held = functools.partial(xgb.train, LOGISTIC)
    started()
    with fitscribe.start_run("by hand"):
        held(sets.matrices()[0], 4, obj=lambda margin, dtrain: (margin * 0 + 1, margin * 0 + 1))
    (run,) = fitscribe.search_runs()
    assert run.name == "by hand"
    assert [each["what"] for each in run.unseen if "xgboost" in each["what"]] == [
        "a training by xgboost.train"
    ]


def test_loops_of_the_script_are_runs_all_the_same(started: Any, sets: Any) -> None:
    held = functools.partial(xgb.train, LOGISTIC)
    runs = started()
    dtrain, _ = sets.matrices()

    class Other(xgb.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if epoch == 1:
                mine = xgb.Booster(LOGISTIC, [dtrain])
                mine.update(dtrain, 0)
            return False

    held(dtrain, 3, callbacks=[Other()])
    (run,) = runs()
    assert run.name == "xgboost.Booster"


def test_what_is_suppressed_is_not_said(
    started: Any, sets: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fitscribe.engine.guard._reported", set())
    held = functools.partial(xgb.train, LOGISTIC)
    started()
    with fitscribe.suppress():
        held(sets.matrices()[0], 2)
    assert "not seen" not in capsys.readouterr().err


def test_doctor_names_the_holder(started: Any) -> None:
    held = as_mlflow_does(xgb.train)
    started()
    reason = next(each.reason for each in engine.coverage() if each.id == "xgboost.train")
    assert f"a closure of {held.__module__}.{held.__qualname__}" in reason


SCRIPT = """
import sys

if sys.argv[1] == "first":
    import fitscribe; fitscribe.autolog()

import mlflow

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.xgboost.autolog(log_models=False)

if sys.argv[1] == "second":
    import fitscribe; fitscribe.autolog()

import numpy as np
import xgboost as xgb

X = np.random.default_rng(0).normal(size=(100, 3))
y = (X[:, 0] > 0).astype(int)
data = xgb.DMatrix(X, label=y)
xgb.train({"objective": "binary:logistic"}, data, 4, evals=[(data, "seen")], early_stopping_rounds=2)
xgb.XGBClassifier(n_estimators=3).fit(X, y, eval_set=[(X, y)])
for run in sorted(fitscribe.search_runs(), key=lambda run: run.started):
    curve = next(name for name in run.metrics if name.endswith("logloss"))
    print("fitscribe", run.name, curve, len(run.series(curve).values), "early_stopping" in run.facts)
found = mlflow.search_runs()
print("mlflow", len(found), *sorted(name for name in found if name.endswith("logloss")))
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["first", "second"])
def test_beside_the_autologging_of_mlflow(tmp_path: Path, place: str) -> None:
    pytest.importorskip("mlflow")
    (tmp_path / "train.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "train.py", place], cwd=tmp_path, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("fitscribe", "mlflow"))]
    assert lines == [
        "fitscribe xgboost.train seen/logloss 4 True",
        "fitscribe XGBClassifier validation_0/logloss 3 False",
        "mlflow 2 metrics.seen-logloss metrics.validation_0-logloss",
    ], done.stderr
