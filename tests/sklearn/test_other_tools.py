"""Tools that look at scikit-learn's classes themselves find there what they know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import fitscribe

CLASSES = (Pipeline, GridSearchCV.__mro__[1], LogisticRegression)
NAMES = ("predict", "predict_proba", "score", "fit_predict", "transform", "decision_function")


def raw() -> dict[tuple[type, str], Any]:
    """What stands in the dictionaries of the classes, past every protocol."""
    return {(cls, name): vars(cls)[name] for cls in CLASSES for name in NAMES if name in vars(cls)}


def test_a_descriptor_that_guards_a_method_stays_one() -> None:
    fitscribe.disable()
    before = raw()
    guarded = {key: each for key, each in before.items() if hasattr(each, "fn")}
    assert len(guarded) > 5
    fitscribe.autolog("sklearn")
    for key, descriptor in guarded.items():
        now = raw()[key]
        assert type(now) is type(descriptor)
        # As MLflow does: a proxy would not answer.
        function = object.__getattribute__(now, "fn")
        assert function == descriptor.fn and function is not descriptor.fn
        assert object.__getattribute__(now, "check") is descriptor.check
    fitscribe.disable()
    assert all(now is before[key] for key, now in raw().items())


def test_a_guarded_method_is_there_only_where_it_was(runs: Any) -> None:
    pipeline = Pipeline([("scale", StandardScaler())])
    assert not hasattr(pipeline, "predict") and hasattr(pipeline, "transform")
    with pytest.raises(AttributeError, match="'Pipeline' has no attribute 'predict'"):
        pipeline.predict([[0.0]])
    with pytest.raises(AttributeError, match="'Pipeline' has no attribute 'predict'"):
        Pipeline.predict(pipeline, [[0.0]])


SCRIPT = """
import sys

if sys.argv[1] == "first":
    import fitscribe; fitscribe.autolog()

import mlflow

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.sklearn.autolog(log_models=False)

if sys.argv[1] == "second":
    import fitscribe; fitscribe.autolog()

from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
model.predict(X)
print(len(mlflow.search_runs()), [run.name for run in fitscribe.search_runs()])
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["first", "second"])
def test_beside_the_autologging_of_mlflow(tmp_path: Path, place: str) -> None:
    pytest.importorskip("mlflow")
    (tmp_path / "train.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "train.py", place], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "1 ['Pipeline']", done.stderr
