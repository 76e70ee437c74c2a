"""Small data and models for TensorFlow, and the loops that people write around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

ROWS, BATCH = 40, 8
BATCHES = ROWS // BATCH


def table() -> tuple[Any, Any]:
    """Rows of four numbers, and one of three classes for each."""
    x = np.random.default_rng(1).normal(size=(ROWS, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int64") + (x[:, 1] > 0)


def dataset(batch: int = BATCH) -> Any:
    """Batches of such rows."""
    return tf.data.Dataset.from_tensor_slices(table()).batch(batch)


def classifier(keras: Any, *, units: int = 8) -> Any:
    """A small network, with its weights."""
    layers = keras.layers
    return keras.Sequential(
        [keras.Input(shape=(4,)), layers.Dense(units, activation="relu"), layers.Dense(3)]
    )


def loss_of(keras: Any) -> Any:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def fit(keras: Any, model: Any, optimizer: Any, epochs: int = 2) -> list[float]:
    """Train eagerly; the loss of each step."""
    loss_fn, losses = loss_of(keras), []
    train_dataset = dataset()
    for _ in range(epochs):
        for x, y in train_dataset:
            with tf.GradientTape() as tape:
                loss = loss_fn(y, model(x, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            losses.append(float(loss))
    return losses


def step_beside_a_compiled_model(keras: Any) -> None:
    """Make one step while there is a model that was compiled for ``fit``."""
    baseline = classifier(keras)
    baseline.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss_of(keras))
    model, sgd = classifier(keras), keras.optimizers.SGD(0.1)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(table()[0]))
    gradients = tape.gradient(loss, model.trainable_variables)
    sgd.apply_gradients(zip(gradients, model.trainable_variables, strict=True))


def values(run: Any, name: str) -> list[float]:
    """The values of a series."""
    return list(run.series(name).values)


def steps(run: Any, name: str) -> list[int]:
    """The steps of a series."""
    return list(run.series(name).steps)


def unseen(run: Any) -> dict[str, str]:
    """What the run says that it has not seen, with the reasons."""
    return {each["what"]: each["why"] for each in run.unseen}


def fit_gan(keras: Any, generator: Any, discriminator: Any) -> list[tuple[float, float]]:
    """Train two networks against each other; the losses of each step."""
    generator_optimizer, discriminator_optimizer = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.02)
    losses = []
    for x, _ in dataset():
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            gen_loss = tf.reduce_mean(generator(x) ** 2)
            disc_loss = tf.reduce_mean((discriminator(x) - 1) ** 2)
        gen_gradients = gen_tape.gradient(gen_loss, generator.trainable_variables)
        disc_gradients = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
        generator_optimizer.apply_gradients(zip(gen_gradients, generator.trainable_variables, strict=True))
        discriminator_optimizer.apply_gradients(
            zip(disc_gradients, discriminator.trainable_variables, strict=True)
        )
        losses.append((float(gen_loss), float(disc_loss)))
    return losses


def read_a_metric(keras: Any) -> float:
    """Compute and read a metric that has no name of its own."""
    my_accuracy = keras.metrics.BinaryAccuracy()
    my_accuracy.update_state([1.0, 0.0], [1.0, 1.0])
    return float(my_accuracy.result())
