"""Keras on whatever backend is installed, small models and data for it, and runs of them."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fitscribe

# Keras 3 asks for its backend as it is imported: the first one that is there.
if "KERAS_BACKEND" not in os.environ:
    _installed = [each for each in ("tensorflow", "torch", "jax") if importlib.util.find_spec(each)]
    if _installed:
        os.environ["KERAS_BACKEND"] = _installed[0]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
# Legacy Keras is imported as `tf_keras`, and `tf.keras` is that where the environment says so.
ROOT = "tf_keras" if importlib.util.find_spec("tf_keras") else "keras"

pytest.importorskip(ROOT)

import numpy as np  # noqa: E402 - after the backend is chosen

Runs = Callable[[], list[Any]]

# What Keras, and what it brings, warn of with newer neighbours.
IGNORED = (
    "ignore::DeprecationWarning",
    "ignore::FutureWarning",
    "ignore::UserWarning",
    "ignore::ResourceWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for line in IGNORED:
                item.add_marker(pytest.mark.filterwarnings(line))


@pytest.fixture(scope="session")
def keras() -> Any:
    """The package of Keras that is tested here."""
    return importlib.import_module(ROOT)


@pytest.fixture
def runs(keras: Any, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record Keras during the test; calling it gives the runs so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog(ROOT)
    yield lambda: sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    fitscribe.disable(ROOT)


@pytest.fixture
def only_run(runs: Runs) -> Callable[[], Any]:
    """The one run that the test has made."""

    def find() -> Any:
        (run,) = runs()
        return run

    return find


@pytest.fixture
def table() -> tuple[Any, Any]:
    """120 rows of 4 numbers, in 3 classes that can be told apart."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = rng.normal(size=(120, 4)).astype("float32")
    x[np.arange(120), y] += 2.0
    return x, y.astype("int64")


@pytest.fixture
def classifier(keras: Any) -> Callable[..., Any]:
    """Make a small classifier of three classes with the same weights each time, compiled."""

    def make(**settings: Any) -> Any:
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(8, activation="relu", name="hidden"),
                keras.layers.Dense(3, activation="softmax", name="classes"),
            ]
        )
        model.compile(
            **{
                "optimizer": keras.optimizers.SGD(0.1),
                "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"],
                **settings,
            }
        )
        return model

    return make
