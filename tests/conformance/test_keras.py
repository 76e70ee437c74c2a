"""Keras' integrations prove what every integration must: for each of its packages that is installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside

for _backend in ("tensorflow", "torch", "jax"):
    if importlib.util.find_spec(_backend) is not None:
        os.environ.setdefault("KERAS_BACKEND", _backend)  # the processes of the suite inherit it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Of the same sums in another order the last digits differ.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def _data() -> tuple[Any, Any]:
    import numpy as np

    x = np.linspace(-1.0, 1.0, 64, dtype="float32").reshape(16, 4)
    return x, (np.arange(16) % 3).astype("int64")


def _model(root: str) -> Any:
    keras = importlib.import_module(root)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _calling(root: str, hook: str, inside: Inside | None) -> dict[str, Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        if inside is not None:
            inside()

    base = importlib.import_module(root).callbacks.Callback
    return {"callbacks": [type("Calling", (base,), {hook: call})()]}


def _weights(model: Any) -> Any:
    return lambda _: model.get_weights()


def _fit(root: str, inside: Inside | None) -> Case:
    model, (x, y) = _model(root), _data()
    given = _calling(root, "on_epoch_end", inside)
    return Case(
        model.fit,
        (x, y),
        {"batch_size": 8, "epochs": 1, "verbose": 0, "validation_data": (x, y), "shuffle": False, **given},
        result=lambda history: history.history,
    )


def _evaluate(root: str, inside: Inside | None) -> Case:
    model, (x, y) = _model(root), _data()
    return Case(
        model.evaluate,
        (x, y),
        {"verbose": 0, **_calling(root, "on_test_end", inside)},
        result=lambda values: [float(value) for value in values],
    )


def _trained(root: str, method: str, *, with_labels: bool, by: str = "fit") -> Case:
    model, (x, y) = _model(root), _data()

    def set_up() -> None:
        if by == "fit":
            model.fit(x, y, epochs=1, verbose=0)
        else:
            model.train_on_batch(x, y)

    quiet = {"verbose": 0} if method == "predict" else {}
    given = (x, y) if with_labels else (x,)
    return Case(getattr(model, method), given, quiet, result=_plain, setup=set_up)


def _plain(result: Any) -> Any:
    return [float(value) for value in result] if isinstance(result, list) else result


def _train_on_batch(root: str) -> Case:
    model, (x, y) = _model(root), _data()
    return Case(model.train_on_batch, (x, y), result=_weights(model))


def _save(root: str) -> Case:
    import tempfile
    from pathlib import Path

    model, (x, y) = _model(root), _data()
    path = str(Path(tempfile.mkdtemp()) / "model.keras")
    return Case(model.save, (path,), result=lambda _: 0, setup=lambda: model.fit(x, y, epochs=1, verbose=0))


def fit(inside: Inside | None) -> Case:
    return _fit("keras", inside)


def evaluate(inside: Inside | None) -> Case:
    return _evaluate("keras", inside)


def predict() -> Case:
    return _trained("keras", "predict", with_labels=False)


def train_on_batch() -> Case:
    return _train_on_batch("keras")


def test_on_batch() -> Case:
    return _trained("keras", "test_on_batch", with_labels=True, by="batch")


def save() -> Case:
    return _save("keras")


def legacy_fit(inside: Inside | None) -> Case:
    return _fit("tf_keras", inside)


def legacy_evaluate(inside: Inside | None) -> Case:
    return _evaluate("tf_keras", inside)


def legacy_predict() -> Case:
    return _trained("tf_keras", "predict", with_labels=False)


def legacy_train_on_batch() -> Case:
    return _train_on_batch("tf_keras")


def legacy_test_on_batch() -> Case:
    return _trained("tf_keras", "test_on_batch", with_labels=True, by="batch")


def legacy_save() -> Case:
    return _save("tf_keras")


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="keras is not installed")
class TestKeras(Conformance):
    integration = "keras = fitscribe_keras:keras"
    trainings = [
        Training("fit", fit),
        Training("evaluate", evaluate),
        Training("predict", predict, run_of="fit"),
        Training("batch", train_on_batch),
        Training("test_batch", test_on_batch, run_of="batch"),
        Training("save", save, run_of="fit"),
    ]


@pytest.mark.skipif(importlib.util.find_spec("tf_keras") is None, reason="tf_keras is not installed")
class TestLegacyKeras(Conformance):
    integration = "tf_keras = fitscribe_keras:tf_keras"
    trainings = [
        Training("fit", legacy_fit),
        Training("evaluate", legacy_evaluate),
        Training("predict", legacy_predict, run_of="fit"),
        Training("batch", legacy_train_on_batch),
        Training("test_batch", legacy_test_on_batch, run_of="batch"),
        Training("save", legacy_save, run_of="fit"),
    ]
