"""Loops whose steps are made by a `tf.function`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf
from tests.keras.loops.looping import (
    BATCHES,
    classifier,
    dataset,
    loss_of,
    read_a_metric,
    steps,
    table,
    unseen,
    values,
)

import fitscribe

Runs = Callable[[], list[Any]]
OnlyRun = Callable[[], Any]


class Tutorial:
    """The loop of TensorFlow's own tutorial for experts.

    Args:
        keras: the package.
        returns: whether a step returns its loss.
    """

    def __init__(self, keras: Any, *, returns: bool = True) -> None:
        self.keras = keras
        self.model = model = classifier(keras)
        self.optimizer = optimizer = keras.optimizers.Adam(0.01)
        self.train_loss = train_loss = keras.metrics.Mean(name="train_loss")
        self.train_accuracy = train_accuracy = keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
        loss_object = loss_of(keras)

        @tf.function
        def train_step(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                predictions = model(x, training=True)
                loss = loss_object(y, predictions)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            train_loss(loss)
            train_accuracy(y, predictions)
            if returns:
                return loss
            return None

        self.train_step = train_step

    def run(self, epochs: int = 2) -> list[tuple[float, float]]:
        """Train; loss and accuracy of each epoch."""
        train_ds, train_step = dataset(), self.train_step
        train_loss, train_accuracy = self.train_loss, self.train_accuracy
        printed = []
        for _ in range(epochs):
            train_loss.reset_state()
            train_accuracy.reset_state()
            for x, y in train_ds:
                train_step(x, y)
            printed.append((float(train_loss.result()), float(train_accuracy.result())))
        return printed


def test_a_step_that_returns_nothing_is_counted_and_its_metrics_are_recorded(
    keras: Any, only_run: OnlyRun
) -> None:
    printed = Tutorial(keras, returns=False).run()
    run = only_run()
    assert run.facts["steps"] == 2 * BATCHES
    assert values(run, "train_loss") == [loss for loss, _ in printed]
    assert values(run, "train_accuracy") == [accuracy for _, accuracy in printed]
    assert steps(run, "train_loss") == [BATCHES, 2 * BATCHES]
    assert values(run, "epoch") == [0, 1]
    assert "train_step() is a tf.function" in unseen(run)["the loss of the steps of train_step()"]


def test_what_a_step_returns_is_recorded(keras: Any, only_run: OnlyRun) -> None:
    tutorial, losses = Tutorial(keras), []
    train_step = tutorial.train_step
    for x, y in dataset():
        loss = train_step(x, y)
        losses.append(float(loss))
    run = only_run()
    assert values(run, "train/loss") == losses
    assert run.params["optimizer"] == "Adam"
    assert run.params["optimizer__learning_rate"] == 0.01
    assert (run.framework, run.framework_version) == (keras.__name__, keras.__version__)
    assert "test_functions.py" in run.site
    assert values(run, "learning_rate") == [0.01]
    assert "what else is computed within train_step()" in unseen(run)
    np.testing.assert_array_equal(run.load_model()(table()[0]), tutorial.model(table()[0]))


def stepping(keras: Any, returned: Callable[[Any, Any], Any], optimizer: Any = None) -> Any:
    w, optimizer = tf.Variable(1.0), optimizer or keras.optimizers.SGD(0.1)

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = w * w
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        return returned(loss, w)

    return step


@pytest.mark.parametrize("legacy", [False, True])
def test_a_rate_that_a_schedule_gives_is_that_of_the_step(
    keras: Any, only_run: OnlyRun, legacy: bool
) -> None:
    if legacy and not keras.__version__.startswith("2."):
        pytest.skip("Keras 3 has no legacy optimizers")
    optimizers = keras.optimizers.legacy if legacy else keras.optimizers
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    step = stepping(keras, lambda loss, w: loss, optimizers.SGD(schedule))
    for _ in range(2):
        step()
    run = only_run()
    assert steps(run, "learning_rate") == [1, 2]
    assert values(run, "learning_rate") == pytest.approx([0.1, 0.05])


def test_several_numbers_have_the_names_that_they_are_unpacked_to(keras: Any, only_run: OnlyRun) -> None:
    step = stepping(keras, lambda loss, w: (loss, loss + 1))
    cost, more = step()
    run = only_run()
    assert values(run, "train/cost") == [float(cost)]
    assert values(run, "train/more") == [float(more)]


def test_the_numbers_of_a_dict_have_its_keys(keras: Any, only_run: OnlyRun) -> None:
    step = stepping(keras, lambda loss, w: {"loss": loss, "parts": {"kl": loss + 1}, "w": tf.stack([w, w])})
    found = step()
    run = only_run()
    assert values(run, "train/loss") == [float(found["loss"])]
    assert values(run, "train/parts/kl") == [float(found["parts"]["kl"])]
    assert "train/w" not in run.metrics


def test_a_loss_that_is_added_to_a_sum_is_the_loss(keras: Any, only_run: OnlyRun) -> None:
    step, total = stepping(keras, lambda loss, w: loss), 0.0
    for _ in range(3):
        total += step()
    assert sum(values(only_run(), "train/loss")) == pytest.approx(float(total))


def test_a_function_that_makes_no_step_opens_no_run(keras: Any, runs: Runs) -> None:
    model = classifier(keras)
    evaluate = tf.function(lambda x: tf.reduce_mean(model(x)))
    evaluate(table()[0])
    assert runs() == []


def test_steps_in_a_loop_of_the_graph_are_counted(keras: Any, only_run: OnlyRun) -> None:
    w, optimizer = tf.Variable(1.0), keras.optimizers.SGD(0.1)

    @tf.function
    def several() -> Any:
        loss = tf.constant(0.0)
        for _ in tf.range(5):
            with tf.GradientTape() as tape:
                loss = w * w
            optimizer.apply_gradients([(tape.gradient(loss, w), w)])
        return loss

    losses = [float(several()) for _ in range(2)]
    run = only_run()
    assert run.facts["steps"] == 10
    assert steps(run, "train/loss") == [5, 10]
    assert values(run, "train/loss") == losses


def test_a_step_within_another_function_is_one(keras: Any, only_run: OnlyRun) -> None:
    inner = stepping(keras, lambda loss, w: loss)

    @tf.function
    def outer() -> Any:
        return inner() * 2.0

    losses = [float(outer()) for _ in range(3)]
    run = only_run()
    assert values(run, "train/loss") == losses
    assert run.facts["steps"] == 3


def test_a_strategy_has_one_run(keras: Any, only_run: OnlyRun) -> None:
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        model, optimizer = classifier(keras), keras.optimizers.SGD(0.1)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")

    def train_step(batch: Any) -> Any:
        x, y = batch
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_fn(y, model(x, training=True)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    @tf.function
    def distributed_train_step(batch: Any) -> Any:
        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(train_step, args=(batch,)), axis=None)

    losses = []
    for _ in range(2):
        for batch in strategy.experimental_distribute_dataset(dataset()):
            loss = distributed_train_step(batch)
            losses.append(float(loss))
    run = only_run()
    assert values(run, "train/loss") == losses
    assert values(run, "epoch") == [0, 1]


def test_a_method_that_is_a_function_steps(keras: Any, only_run: OnlyRun) -> None:
    class Trainer:
        def __init__(self) -> None:
            self.model = classifier(keras)
            self.optimizer = keras.optimizers.SGD(0.1)

        @tf.function
        def train_step(self, x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = loss_of(keras)(y, self.model(x))
            gradients = tape.gradient(loss, self.model.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))
            return {"loss": loss}

    trainer = Trainer()
    losses = [float(trainer.train_step(x, y)["loss"]) for x, y in dataset()]
    assert values(only_run(), "train/loss") == losses


def test_functions_that_run_eagerly_make_each_step_once(keras: Any, only_run: OnlyRun) -> None:
    step = stepping(keras, lambda loss, w: loss)
    losses = [float(step())]
    tf.config.run_functions_eagerly(True)
    try:
        losses += [float(step()) for _ in range(2)]
    finally:
        tf.config.run_functions_eagerly(False)
    assert values(only_run(), "train/loss") == losses


def test_a_metric_without_a_name_is_called_as_its_variable(keras: Any, runs: Runs) -> None:
    with fitscribe.start_run("mine"):
        value = read_a_metric(keras)
    (run,) = runs()
    assert values(run, "my_accuracy") == [value] == [0.5]
