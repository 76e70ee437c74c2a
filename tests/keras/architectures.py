"""Models of every kind that Keras has, in all of its versions."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np

keras: Any = importlib.import_module("tf_keras" if importlib.util.find_spec("tf_keras") else "keras")
layers: Any = keras.layers


def sequential() -> Any:
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(3, name="classes"),
        ]
    )


def deferred() -> Any:
    """Built by the data."""
    return keras.Sequential([layers.Dense(8, name="hidden"), layers.BatchNormalization(), layers.Dense(3)])


def functional() -> Any:
    """Several inputs in a dict, a shared layer, a model within, several outputs."""
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(8, name="deep")], name="inner")
    shared = layers.Dense(8, activation="relu", name="shared")
    both = layers.Concatenate(name="both")([shared(left), shared(right)])
    mixed = inner(layers.Dense(8, name="mix")(both))
    outputs = [layers.Dense(3, name="classes")(mixed), layers.Dense(1, name="value")(mixed)]
    return keras.Model({"left": left, "right": right}, outputs)


def recurrent() -> Any:
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    states = layers.Embedding(20, 6, name="embedding")(inputs)
    states = layers.Bidirectional(layers.LSTM(5), name="both_ways")(states)
    return keras.Model(inputs, layers.Dropout(0.5)(states))


class Scaled(layers.Layer):  # type: ignore[misc]
    """A layer of the user's, with a weight and an argument."""

    def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="scale")

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


class Subclassed(keras.Model):  # type: ignore[misc]
    """A model of the user's that says what it is made of."""

    def __init__(self, units: int = 8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.hidden = layers.Dense(units, activation="relu", name="hidden")
        self.scaled = Scaled(3.0, name="scaled")
        self.classes = layers.Dense(3, name="classes")

    def call(self, inputs: Any) -> Any:
        return self.classes(self.scaled(self.hidden(inputs)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


class Silent(keras.Model):  # type: ignore[misc]
    """A model of the user's of which Keras writes what it knows by itself."""

    def __init__(self, units: int = 3) -> None:
        super().__init__()
        self.units = units
        self.classes = layers.Dense(units, name="classes")

    def call(self, inputs: Any) -> Any:
        return self.classes(inputs) * self.units


class Holding(keras.Model):  # type: ignore[misc]
    """A model that is made with a thing that Keras cannot write."""

    def __init__(self, thing: Any) -> None:
        super().__init__()
        self.units = thing.units
        self.classes = layers.Dense(thing.units, name="classes")

    def call(self, inputs: Any) -> Any:
        return self.classes(inputs)


def twice(x: Any) -> Any:
    """An activation of the user's."""
    return x * 2


def squared(true: Any, predicted: Any) -> Any:
    """A loss of the user's."""
    return (predicted[:, 0] - predicted[:, 0]) ** 2 + (predicted[:, 1] - 1.0) ** 2


def data_for(model: Any, rows: int = 40) -> tuple[Any, Any]:
    """Inputs and targets for any of these models."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 4)).astype("float32")
    names = {layer.name for layer in model.layers}
    if "left" in names:
        targets = [rng.normal(size=(rows, width)).astype("float32") for width in (3, 1)]
        return {"left": x, "right": x[::-1].copy()}, targets
    if "tokens" in names:
        return rng.integers(0, 20, size=(rows, 7)), rng.normal(size=(rows, 10)).astype("float32")
    return x, rng.normal(size=(rows, 3)).astype("float32")


def trained(model: Any, loss: Any = "mse") -> tuple[Any, Any]:
    """The model after a short training, and what it was trained on."""
    x, y = data_for(model)
    losses = [loss] * len(y) if isinstance(y, list) else loss
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=losses)
    model.fit(x, y, epochs=1, batch_size=8, verbose=0)
    return model, x


def predicted(model: Any, x: Any) -> list[Any]:
    """What a model predicts, as a list of arrays."""
    found = model.predict(x, verbose=0)
    return list(found) if isinstance(found, (list, tuple)) else [found]


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether predictions are equal to the last bit."""
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
