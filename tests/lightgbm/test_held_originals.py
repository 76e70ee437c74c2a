"""`lightgbm.train`, held in a wrapper or container from before autolog(): by another tool, or the script."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm as lgb
import lightgbm.sklearn
import pytest
from lightgbm import engine as boosting

import fitscribe
from fitscribe import engine

PARAMS = {"objective": "binary", "verbosity": -1, "num_threads": 1}


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
    """LightGBM as MLflow leaves it; looked at again after the test."""
    original = boosting.train
    theirs = as_mlflow_does(original), as_mlflow_does(original)
    monkeypatch.setattr(lgb, "train", theirs[0])
    monkeypatch.setattr(lightgbm.sklearn, "train", theirs[1])
    # Where MLflow keeps what it took the place of.
    monkeypatch.setattr(lgb, "_gorilla_original_train", original, raising=False)
    yield theirs
    fitscribe.disable()
    assert (lgb.train, lightgbm.sklearn.train) == theirs
    assert boosting.train is vars(lgb)["_gorilla_original_train"] is original


@pytest.fixture
def started(request: pytest.FixtureRequest) -> Any:
    """Record LightGBM from here on, which is later than what the test has made before."""
    return lambda: request.getfixturevalue("runs")


def test_a_training_through_another_tool_is_one_run(wrapped: Any, runs: Any, sets: Any) -> None:
    train, valid = sets.datasets()
    result: dict[str, Any] = {}
    callbacks = [lgb.early_stopping(2, verbose=False), lgb.record_evaluation(result)]
    booster = lgb.train(PARAMS, train, 60, valid_sets=[valid], valid_names=["valid"], callbacks=callbacks)
    (run,) = runs()
    assert run.name == "lightgbm.train" and run.params["num_iterations"] == 60
    assert list(run.series("valid/binary_logloss").values) == result["valid"]["binary_logloss"]
    assert run.facts["early_stopping"]["best_iteration"] == booster.best_iteration
    assert len(callbacks) == 2


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_an_estimator_through_another_tool_has_its_series_once(wrapped: Any, runs: Any, sets: Any) -> None:
    model = lgb.LGBMClassifier(n_estimators=5, verbosity=-1, n_jobs=1)
    model.fit(sets.X_train, sets.y_train, eval_set=[(sets.X_valid, sets.y_valid)])
    (run,) = runs()
    assert (
        list(run.series("valid_0/binary_logloss").values) == model.evals_result_["valid_0"]["binary_logloss"]
    )
    assert not [name for name in run.metrics if name.startswith("booster_2/")]


@pytest.mark.parametrize("hold", ["partial", "closure", "container"])
def test_a_training_by_a_held_original_is_said(
    hold: str, started: Any, sets: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fitscribe.engine.guard._reported", set())
    holders = {
        "partial": functools.partial(lgb.train),
        "closure": as_mlflow_does(lgb.train),
        "container": {"train": lgb.train}["train"],
    }
    runs = started()
    for _ in range(2):
        holders[hold](PARAMS, sets.datasets()[0], 3)
    assert runs() == []
    said = [line for line in capsys.readouterr().err.splitlines() if "lightgbm.train was not seen" in line]
    assert len(said) == 1 and "call autolog() first" in said[0]


def test_a_cross_validation_by_a_held_original_is_said(
    started: Any, sets: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fitscribe.engine.guard._reported", set())
    held = functools.partial(lgb.cv, PARAMS)
    runs = started()
    held(sets.datasets()[0], 3, nfold=2)
    assert runs() == [] and "lightgbm.cv was not seen" in capsys.readouterr().err


def test_a_run_that_is_open_around_it_says_so_once(started: Any, sets: Any) -> None:
    held = functools.partial(lgb.train, PARAMS)
    started()
    with fitscribe.start_run("by hand"):
        held(sets.datasets()[0], 4)
    (run,) = fitscribe.search_runs()
    assert run.name == "by hand"
    assert [each["what"] for each in run.unseen if "lightgbm" in each["what"]] == [
        "a training by lightgbm.train"
    ]


def test_boosters_of_folds_are_neither_loops_nor_said(
    runs: Any, sets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    train, _ = sets.datasets()
    folds = lgb.CVBooster()
    folds.boosters.append(lgb.Booster(PARAMS, train))
    folds.update()
    assert runs() == [] and "not seen" not in capsys.readouterr().err


def test_doctor_names_the_holder(started: Any) -> None:
    held = as_mlflow_does(lgb.train)
    started()
    reason = next(each.reason for each in engine.coverage() if each.id == "lightgbm.train")
    assert f"a closure of {held.__module__}.{held.__qualname__}" in reason


SCRIPT = """
import sys

if sys.argv[1] == "first":
    import fitscribe; fitscribe.autolog()

import mlflow

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.lightgbm.autolog(log_models=False)

if sys.argv[1] == "second":
    import fitscribe; fitscribe.autolog()

import lightgbm as lgb
import numpy as np

X = np.random.default_rng(0).normal(size=(100, 3))
y = (X[:, 0] > 0).astype(int)
data = lgb.Dataset(X, y)
stop = lgb.early_stopping(2)
lgb.train({"objective": "binary", "verbose": -1}, data, 4, [data], ["seen"], callbacks=[stop])
lgb.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y, eval_set=[(X[:50], y[:50])])
for run in sorted(fitscribe.search_runs(), key=lambda run: run.started):
    curve = next(name for name in run.metrics if name.endswith("binary_logloss"))
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
        "fitscribe lightgbm.train seen/binary_logloss 4 True",
        "fitscribe LGBMClassifier valid_0/binary_logloss 3 False",
        "mlflow 2 metrics.seen-binary_logloss metrics.valid_0-binary_logloss",
    ], done.stderr
