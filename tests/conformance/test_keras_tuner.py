"""KerasTuner's integration proves what every integration must."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Callable
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

    class Parabola(keras_tuner.RandomSearch):  # type: ignore[misc]
        kept = folder

        def on_trial_begin(self, trial: Any) -> None:
            if inside is not None and trial.trial_id == "1":
                inside()

        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> float:
            return float((trial.hyperparameters.Float("x", -1.0, 1.0) - 0.5) ** 2)

        def load_model(self, trial: Any) -> Any:
            return dict(trial.hyperparameters.values)

    return Parabola(max_trials=3, seed=1, directory=folder.name)


def _scores(tuner: Any) -> Callable[[Any], Any]:
    return lambda _: [trial.score for trial in tuner.oracle.trials.values()]


def search(inside: Inside | None) -> Case:
    tuner = _tuner(inside)
    return Case(tuner.search, (), {"verbose": 0}, result=_scores(tuner))


def load() -> Case:
    tuner = _tuner()
    return Case(
        tuner.load_model,
        (_Late(tuner),),
        result=lambda values: values,
        setup=lambda: tuner.search(verbose=0),
    )


class _Late:
    """The first trial of a search that is yet to be made."""

    def __init__(self, tuner: Any) -> None:
        self._tuner = tuner

    @property
    def trial_id(self) -> str:
        return str(self._trial.trial_id)

    @property
    def hyperparameters(self) -> Any:
        return self._trial.hyperparameters

    @property
    def _trial(self) -> Any:
        return self._tuner.oracle.get_best_trials(1)[0]


class TestKerasTuner(Conformance):
    integration = "keras_tuner = fitscribe_keras_tuner:integration"
    trainings = [
        Training("search", search),
        Training("trial", search, name="trial", run_of="search"),
        Training("trial_end", search, name="trial_end", run_of="search"),
        Training("load", load, run_of="search"),
    ]
