"""KerasTuner's integration proves what every integration must."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside

if "KERAS_BACKEND" not in os.environ:
    _installed = [each for each in ("tensorflow", "torch", "jax") if importlib.util.find_spec(each)]
    if _installed:
        os.environ["KERAS_BACKEND"] = _installed[0]

pytest.importorskip("keras_tuner")


def _tuner(inside: Inside | None = None) -> Any:
    import keras_tuner

    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    space = keras_tuner.HyperParameters()
    space.Float("x", -1.0, 1.0)

    class Parabola(keras_tuner.RandomSearch):  # type: ignore[misc]
        kept = folder

        def search(self, *args: Any, **kwargs: Any) -> list[float]:
            super().search(*args, **kwargs)
            return [trial.score for trial in self.oracle.trials.values()]

        def on_trial_begin(self, trial: Any) -> None:
            if inside is not None and trial.trial_id == "1":
                inside()

        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            return float((trial.hyperparameters.values["x"] - 0.5) ** 2)

        def load_model(self, trial: Any) -> Any:
            return dict(trial.hyperparameters.values)

    return Parabola(max_trials=3, seed=1, hyperparameters=space, directory=folder.name)


def search(inside: Inside | None) -> Case:
    return Case(_tuner(inside).search, (), {"verbose": 0}, result=list)


def load() -> Case:
    from keras_tuner.engine.trial import Trial

    tuner = _tuner()
    trial = Trial(tuner.oracle.get_space(), trial_id="0")
    return Case(tuner.load_model, (trial,), result=dict, setup=lambda: tuner.search(verbose=0))


# The check counts every run that is there.
_INSIDE = ("nested", "nested_thread_pool", "nested_joblib", "nested_fork")
HAS_CHILDREN = dict.fromkeys(_INSIDE, "a search makes a run for each of its trials, which are its children")


class TestKerasTuner(Conformance):
    integration = "keras_tuner = fitscribe_keras_tuner:integration"
    trainings = [
        Training("search", search, limits=HAS_CHILDREN),
        Training("trial", search, name="trial", run_of="search", limits=HAS_CHILDREN),
        Training("trial_end", search, name="trial_end", run_of="search", limits=HAS_CHILDREN),
        Training("load", load, run_of="search"),
    ]
