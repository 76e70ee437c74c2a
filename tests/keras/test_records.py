"""The same script has the same record on every backend and version, whatever kind of model and input it has.

The numbers that are expected stand here once: weights are given, and nothing is shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

# What Keras itself computed on TensorFlow; other backends round otherwise.
LOSSES = [1.054715, 0.950621]
SERIES = {
    "epoch",
    "epoch_seconds",
    "learning_rate",
    "train/accuracy",
    "train/batch_accuracy",
    "train/batch_loss",
    "train/loss",
    "valid/accuracy",
    "valid/loss",
}


def data() -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    y = np.arange(60) % 3
    x = rng.normal(size=(60, 4)).astype("float32")
    x[np.arange(60), y] += 2.0
    return x, y.astype("int64")


def sequential(keras: Any) -> Any:
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax", name="classes")])


def functional(keras: Any) -> Any:
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax", name="classes")(inputs))


def subclassed(keras: Any) -> Any:
    class Own(keras.Model):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.classes = keras.layers.Dense(3, activation="softmax", name="classes")

        def call(self, inputs: Any) -> Any:
            return self.classes(inputs)

    model = Own()
    model(np.zeros((1, 4), "float32"))
    return model


def prepared(keras: Any, make: Any) -> Any:
    model = make(keras)
    model.set_weights([np.linspace(-0.1, 0.1, 12).reshape(4, 3), np.zeros(3)])
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def as_arrays(keras: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "batch_size": 20}


def as_tensors_in_a_dataset(keras: Any, x: Any, y: Any) -> dict[str, Any]:
    tf = pytest.importorskip("tensorflow")
    return {"x": tf.data.Dataset.from_tensor_slices((x, y)).batch(20)}


def as_a_generator(keras: Any, x: Any, y: Any) -> dict[str, Any]:
    def batches() -> Iterator[Any]:
        while True:
            for at in range(0, 60, 20):
                yield x[at : at + 20], y[at : at + 20]

    return {"x": batches(), "steps_per_epoch": 3}


def as_a_sequence(keras: Any, x: Any, y: Any) -> dict[str, Any]:
    base = getattr(keras.utils, "PyDataset", None) or keras.utils.Sequence

    class Batches(base):  # type: ignore[misc,valid-type]
        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            return x[index * 20 : index * 20 + 20], y[index * 20 : index * 20 + 20]

    return {"x": Batches()}


@pytest.mark.parametrize("given", [as_arrays, as_tensors_in_a_dataset, as_a_generator, as_a_sequence])
@pytest.mark.parametrize("make", [sequential, functional, subclassed])
def test_records_are_equal(make: Any, given: Any, keras: Any, only_run: Any) -> None:
    x, y = data()
    model = prepared(keras, make)
    model.fit(**given(keras, x, y), epochs=2, shuffle=False, verbose=0, validation_data=(x[:20], y[:20]))
    run = only_run()
    assert set(run.metrics) == SERIES
    assert {name: list(run.series(name).steps) for name in sorted(SERIES)} == {
        "epoch": [1, 4],
        "epoch_seconds": [3, 6],
        "learning_rate": [1, 4],
        "train/accuracy": [3, 6],
        "train/batch_accuracy": [1, 2, 3, 4, 5, 6],
        "train/batch_loss": [1, 2, 3, 4, 5, 6],
        "train/loss": [3, 6],
        "valid/accuracy": [3, 6],
        "valid/loss": [3, 6],
    }
    assert list(run.series("train/loss").values) == pytest.approx(LOSSES, rel=1e-5)
    assert run.params["optimizer"] == "SGD" and run.params["loss"] == "sparse_categorical_crossentropy"
    assert run.params["epochs"] == 2 and run.params["steps_per_epoch"] == 3
    assert run.facts["parameters"] == 15 and run.facts["trainable_parameters"] == 15
    assert {each["role"] for each in run.datasets} == {"train", "valid"}
    assert run.signature is not None and run.status == "finished"


def test_several_outputs_have_losses_of_their_own(keras: Any, only_run: Any) -> None:
    x, y = data()
    inputs = keras.Input((4,), name="row")
    model = keras.Model(
        inputs,
        {
            "kind": keras.layers.Dense(3, activation="softmax", name="kind")(inputs),
            "size": keras.layers.Dense(1, name="size")(inputs),
        },
    )
    model.compile(
        "sgd", {"kind": "sparse_categorical_crossentropy", "size": "mse"}, metrics={"kind": ["accuracy"]}
    )
    history = model.fit(x, {"kind": y, "size": x[:, 0]}, epochs=2, batch_size=20, verbose=0)
    run = only_run()
    for name, values in history.history.items():
        assert list(run.series(f"train/{name}").values) == pytest.approx(values)
    assert {"train/kind_loss", "train/size_loss", "train/kind_accuracy"} <= set(run.metrics)


def test_a_step_of_the_users_own_is_recorded_as_it_is(keras: Any, only_run: Any) -> None:
    class Own(keras.Model):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.classes = keras.layers.Dense(3, activation="softmax")

        def call(self, inputs: Any) -> Any:
            return self.classes(inputs)

        def train_step(self, *given: Any) -> Any:
            found = super().train_step(*given)
            if isinstance(found, dict):
                return {**found, "d_loss": found["loss"]}
            logs, state = found  # on JAX
            return {**logs, "d_loss": logs["loss"]}, state

    x, y = data()
    model = Own()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, verbose=0)
    run = only_run()
    assert run.name == "Own"
    assert run.metrics["train/d_loss"] == pytest.approx(run.metrics["train/loss"], rel=0.5)
