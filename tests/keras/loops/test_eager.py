"""Loops around `GradientTape` that run as they are written."""

from __future__ import annotations

import gc
import weakref
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
    fit,
    fit_gan,
    loss_of,
    step_beside_a_compiled_model,
    steps,
    table,
    unseen,
    values,
)

import fitscribe

Runs = Callable[[], list[Any]]
OnlyRun = Callable[[], Any]


def test_each_step_has_the_loss_that_the_script_has(keras: Any, only_run: OnlyRun) -> None:
    losses = fit(keras, classifier(keras), keras.optimizers.SGD(0.1))
    run = only_run()
    assert values(run, "train/loss") == losses
    assert steps(run, "train/loss") == list(range(1, 2 * BATCHES + 1))
    assert run.status == "finished"


def test_passes_over_the_dataset_are_epochs(keras: Any, only_run: OnlyRun) -> None:
    losses = fit(keras, classifier(keras), keras.optimizers.SGD(0.1), epochs=3)
    run = only_run()
    assert values(run, "epoch") == [0, 1, 2]
    assert steps(run, "epoch") == [1, 1 + BATCHES, 1 + 2 * BATCHES]
    means = [np.mean(losses[first : first + BATCHES]) for first in range(0, 3 * BATCHES, BATCHES)]
    assert values(run, "train/loss[epoch]") == pytest.approx(means)
    assert (run.facts["epochs"], run.facts["steps"]) == (3, 3 * BATCHES)


def test_a_pass_in_the_middle_of_another_is_no_epoch(keras: Any, only_run: OnlyRun) -> None:
    model, optimizer, validation = classifier(keras), keras.optimizers.SGD(0.1), dataset()
    for x, y in dataset():
        with tf.GradientTape() as tape:
            loss = loss_of(keras)(y, model(x))
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        for val_x, _ in validation:
            model(val_x)
    assert values(only_run(), "epoch") == [0]


def test_optimizer_model_and_rate_are_recorded(keras: Any, only_run: OnlyRun) -> None:
    model = classifier(keras)
    fit(keras, model, keras.optimizers.Adam(0.01))
    run = only_run()
    assert run.name.startswith("Sequential")
    assert run.params["optimizer"] == "Adam"
    assert run.params["optimizer__learning_rate"] == 0.01
    assert values(run, "learning_rate") == [0.01]
    assert run.facts["parameters"] == model.count_params()
    kept = run.load_model()
    np.testing.assert_array_equal(kept(table()[0]), model(table()[0]))


def test_a_model_that_is_compiled_for_something_else_changes_no_names(keras: Any, only_run: OnlyRun) -> None:
    keras.backend.clear_session()
    gc.collect()  # the models of other tests, which nothing leads to
    step_beside_a_compiled_model(keras)
    run = only_run()
    assert run.params["optimizer"] == "SGD"
    assert values(run, "learning_rate") == pytest.approx([0.1])


def test_a_rate_that_a_schedule_gives_is_that_of_the_step(keras: Any, only_run: OnlyRun) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    fit(keras, classifier(keras), keras.optimizers.SGD(schedule), epochs=2)
    run = only_run()
    found = dict(zip(steps(run, "learning_rate"), values(run, "learning_rate"), strict=True))
    assert {1, 1 + BATCHES} <= set(found)
    assert found == {step: pytest.approx(0.1 * 0.5 ** (step - 1)) for step in found}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("tape.gradient(loss_d, w)", "loss_d"),
        ("tape.gradient(target=objective, sources=w)", "objective"),
        ("tape.gradient(losses['d'], w)", "d"),
        ("tape.gradient(\n    [cost],\n    w,\n)", "cost"),
    ],
)
def test_a_loss_is_called_as_the_script_calls_it(
    keras: Any, only_run: OnlyRun, line: str, name: str, tmp_path: Any
) -> None:
    body = f"""
w = tf.Variable(1.0)
optimizer = keras.optimizers.SGD(0.1)
with tf.GradientTape() as tape:
    loss_d = objective = cost = w * w
    losses = {{"d": w * w}}
g = {line}
optimizer.apply_gradients([(g[0] if isinstance(g, list) else g, w)])
"""
    path = tmp_path / "script.py"
    path.write_text(body)
    exec(compile(body, str(path), "exec"), {"tf": tf, "keras": keras, "__name__": "script"})
    assert values(only_run(), f"train/{name}") == [1.0]


def test_the_optimizers_of_a_gan_have_one_run(keras: Any, only_run: OnlyRun) -> None:
    generator, discriminator = classifier(keras), classifier(keras, units=4)
    printed = fit_gan(keras, generator, discriminator)
    run = only_run()
    assert list(zip(values(run, "train/gen_loss"), values(run, "train/disc_loss"), strict=True)) == printed
    assert {name for name in run.metrics if "loss" in name and "[" not in name} == {
        "train/gen_loss",
        "train/disc_loss",
    }
    assert run.params["generator_optimizer__learning_rate"] == 0.01
    assert run.params["discriminator_optimizer__learning_rate"] == 0.02
    assert values(run, "learning_rate/discriminator_optimizer") == [0.02]
    for name, model in (("generator", generator), ("discriminator", discriminator)):
        np.testing.assert_array_equal(run.load_model(name)(table()[0]), model(table()[0]))


def test_accumulated_gradients_make_one_step(keras: Any, only_run: OnlyRun) -> None:
    model, optimizer, printed = classifier(keras), keras.optimizers.SGD(0.1), []
    loss_fn, gathered, losses = loss_of(keras), None, []
    for number, (x, y) in enumerate(dataset(4), 1):
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x))
        gradients = tape.gradient(loss, model.trainable_variables)
        before = gathered or [tf.zeros_like(each) for each in gradients]
        gathered = [one + other for one, other in zip(before, gradients, strict=True)]
        losses.append(float(loss))
        if number % 5 == 0:
            gathered = [each / 5 for each in gathered]
            optimizer.apply_gradients(zip(gathered, model.trainable_variables, strict=True))
            printed.append(sum(losses) / 5)
            gathered, losses = None, []
    run = only_run()
    assert values(run, "train/loss") == printed
    assert run.facts["gradients_per_step"] == 5


@pytest.mark.parametrize("as_input", [tf.identity, tf.Variable])
def test_gradients_of_inputs_are_of_no_loss(keras: Any, only_run: OnlyRun, as_input: Any) -> None:
    model, optimizer, loss_fn, losses = classifier(keras), keras.optimizers.SGD(0.1), loss_of(keras), []

    def slope(x: Any, y: Any) -> Any:
        x = as_input(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = loss_fn(y, model(x))
        return tape.gradient(loss, x)

    for x, y in dataset():
        slope(100 * x, y)
    for x, y in dataset():
        x += tf.sign(slope(x, y))
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        losses.append(float(loss))
    run = only_run()
    assert values(run, "train/loss") == losses
    assert "gradients_per_step" not in run.facts


def test_gradients_of_a_copy_count_for_the_model_that_they_are_applied_to(
    keras: Any, only_run: OnlyRun
) -> None:
    model, copy, optimizer, losses = classifier(keras), classifier(keras), keras.optimizers.SGD(0.1), []
    for x, y in dataset():
        copy.set_weights(model.get_weights())
        with tf.GradientTape() as tape:
            loss = loss_of(keras)(y, copy(x))
        gradients = tape.gradient(loss, copy.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        losses.append(float(loss))
    assert values(only_run(), "train/loss") == losses


def test_losses_of_two_optimizers_of_one_name_are_told_apart(keras: Any, only_run: OnlyRun) -> None:
    models = classifier(keras), classifier(keras, units=4)
    one, other = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.2)
    losses: tuple[list[float], list[float]] = [], []
    for x, y in dataset():
        applied = []
        for model, optimizer, own in zip(models, (one, other), losses, strict=True):
            with tf.GradientTape() as tape:
                loss = loss_of(keras)(y, model(x))
            applied.append((optimizer, tape.gradient(loss, model.trainable_variables), model))
            own.append(float(loss))
        for optimizer, gradients, model in applied:
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    run = only_run()
    assert values(run, "train/loss") == losses[0]
    assert values(run, "train/optimizer_2/loss") == losses[1]


def test_folds_are_trainings_of_their_own(keras: Any, runs: Runs) -> None:
    losses = [fit(keras, classifier(keras), keras.optimizers.SGD(0.1), epochs=1) for _ in range(3)]
    (sweep,) = [run for run in runs() if run.parent is None]
    assert [values(run, "train/loss") for run in sweep.children] == losses


def test_a_second_stage_goes_on_with_the_training(keras: Any, only_run: OnlyRun) -> None:
    model = classifier(keras)
    losses = fit(keras, model, keras.optimizers.SGD(0.1), epochs=1)
    losses += fit(keras, model, keras.optimizers.SGD(0.01), epochs=1)
    assert values(only_run(), "train/loss") == losses


def test_a_loop_within_a_block_is_a_child_of_its_run(keras: Any, runs: Runs) -> None:
    with fitscribe.start_run("mine") as mine:
        losses = fit(keras, classifier(keras), keras.optimizers.SGD(0.1))
    (run,) = runs()
    (child,) = run.children
    assert (run.id, child.parent.id) == (mine.id, mine.id)
    assert values(child, "train/loss") == losses


def test_fits_make_no_runs_of_loops(keras: Any, runs: Runs) -> None:
    model = classifier(keras)
    model.compile(optimizer="sgd", loss=loss_of(keras), run_eagerly=True)
    model.fit(*table(), epochs=2, verbose=0)
    model.train_on_batch(*table())
    found = runs()
    assert len(found) == 2
    assert all("train/loss[epoch]" not in run.metrics and "steps" not in run.facts for run in found)


def test_nothing_is_recorded_once_it_is_disabled(keras: Any, runs: Runs) -> None:
    model, optimizer = classifier(keras), keras.optimizers.SGD(0.1)
    losses = fit(keras, model, optimizer, epochs=1)
    fitscribe.disable()
    fit(keras, model, optimizer, epochs=1)
    (run,) = runs()
    assert values(run, "train/loss") == losses


def test_nothing_of_the_scripts_is_kept(keras: Any, runs: Runs) -> None:
    model, optimizer = classifier(keras), keras.optimizers.SGD(0.1)
    fit(keras, model, optimizer)
    known = [weakref.ref(model), weakref.ref(optimizer)]
    del model, optimizer
    keras.backend.clear_session()
    gc.collect()
    assert [each() for each in known] == [None, None]
    assert runs()[0].status == "finished"


def test_an_error_of_the_scripts_is_left_as_it_is(keras: Any, only_run: OnlyRun) -> None:
    model, optimizer = classifier(keras), keras.optimizers.SGD(0.1)
    losses = fit(keras, model, optimizer, epochs=1)
    with pytest.raises(ValueError, match="No gradients"):
        optimizer.apply_gradients([(None, each) for each in model.trainable_variables])
    assert values(only_run(), "train/loss") == losses


def test_gradients_of_more_than_one_number_are_said(keras: Any, only_run: OnlyRun) -> None:
    w, optimizer = tf.Variable([1.0, 2.0]), keras.optimizers.SGD(0.1)
    with tf.GradientTape() as tape:
        loss = w * w
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    assert "something else than one number" in unseen(only_run())["the loss"]


def test_weights_are_the_same_with_and_without(keras: Any, runs: Runs) -> None:
    def train() -> list[Any]:
        keras.utils.set_random_seed(3)
        model = classifier(keras)
        fit(keras, model, keras.optimizers.Adam(0.01))
        return [np.asarray(each) for each in model.get_weights()]

    recorded = train()
    assert runs()
    fitscribe.disable()
    for one, other in zip(recorded, train(), strict=True):
        np.testing.assert_array_equal(one, other)
