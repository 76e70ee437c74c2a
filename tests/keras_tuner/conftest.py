"""Small searches of KerasTuner's, and their runs."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Keras 3 asks for its backend as it is imported: the first one that is there.
if "KERAS_BACKEND" not in os.environ:
    _installed = [each for each in ("tensorflow", "torch", "jax") if importlib.util.find_spec(each)]
    if _installed:
        os.environ["KERAS_BACKEND"] = _installed[0]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

pytest.importorskip("keras_tuner")

import keras
import keras_tuner as kt
import numpy as np

import fitscribe

Runs = Callable[[], list[Any]]

# What KerasTuner and Keras warn of with newer neighbours.
IGNORED = (
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::UserWarning",
    "ignore::RuntimeWarning",
    "ignore::ResourceWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for line in IGNORED:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture
def runs(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record searches and fits during the test; calling it gives the searches so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("keras_tuner", "keras")

    def find() -> list[Any]:
        found = [run for run in fitscribe.search_runs() if run.role != "trial"]
        return sorted(found, key=lambda run: run.started or 0.0)

    yield find
    fitscribe.disable("keras_tuner", "keras")


@pytest.fixture
def only_search(runs: Runs) -> Callable[[], Any]:
    """The one search that the test has made, and nothing else."""

    def find() -> Any:
        (run,) = runs()
        return run

    return find


@pytest.fixture
def tuner(tmp_path: Path) -> Callable[..., Any]:
    """Make a tuner in a folder of the test's own; by default a random search of four trials."""

    def make(cls: Any = kt.RandomSearch, *args: Any, **settings: Any) -> Any:
        given = {"directory": tmp_path / "tuner", "project_name": "digits", **settings}
        if "oracle" not in given and cls not in (kt.Hyperband,):
            given = {"max_trials": 4, "seed": 3, **given}
        return cls(*args, **given)

    return make


@pytest.fixture
def parabola(tuner: Callable[..., Any]) -> Callable[..., Any]:
    """Make a tuner that trains nothing: it looks for the least of a parabola."""

    class Parabola(kt.RandomSearch):  # type: ignore[misc]
        def run_trial(self, trial: Any, *args: Any, **kwargs: Any) -> Any:
            x = trial.hyperparameters.Float("x", -1.0, 1.0)
            return (x - 0.5) ** 2

    def make(run_trial: Callable[..., Any] | None = None, **settings: Any) -> Any:
        if run_trial is None:
            return tuner(Parabola, **settings)
        return tuner(type("Searching", (kt.RandomSearch,), {"run_trial": run_trial}), **settings)

    return make


@pytest.fixture
def table() -> tuple[Any, Any]:
    """90 rows of 4 numbers, in 3 classes that can be told apart."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    x = rng.normal(size=(90, 4)).astype("float32")
    x[np.arange(90), y] += 2.0
    return x, y.astype("int64")


@pytest.fixture
def build() -> Callable[[Any], Any]:
    """A function that builds a small network, of which two things are to be found."""

    def build_model(hp: Any) -> Any:
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(hp.Int("units", 2, 8, step=2), activation="relu"),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile(
            optimizer=keras.optimizers.SGD(hp.Choice("lr", [0.3, 0.1, 0.01])),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model

    return build_model
