"""What is said of how a training ended, and of its epochs and steps, where that is not as usual."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Make = Callable[..., Any]


def raising(keras: Any, epoch: int) -> Any:
    class Raising(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_epoch_begin(self, number: int, logs: Any = None) -> None:
            if number == epoch:
                raise RuntimeError("the script's own")

    return Raising()


def test_nothing_is_restored_and_no_epoch_counted_that_an_exception_cut_short(
    keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    stop = keras.callbacks.EarlyStopping("loss", patience=9, restore_best_weights=True)
    with pytest.raises(RuntimeError, match="own"):
        classifier().fit(*table, epochs=6, verbose=0, callbacks=[stop, raising(keras, 3)])
    run = only_run()
    fact = run.facts["early_stopping"]
    assert (run.status, run.facts["epochs"]) == ("failed", 3)
    assert fact["restored"] is False and fact["reason"] == "an exception ended it"


def test_a_callback_of_the_script_may_be_called_as_one_of_keras(
    keras: Any, classifier: Make, table: Any, only_run: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    own = type("EarlyStopping", (keras.callbacks.Callback,), {"__module__": "__main__"})
    classifier().fit(*table, epochs=2, verbose=0, callbacks=[own()])
    run = only_run()
    assert run.facts["epochs"] == 2 and "early_stopping" not in run.facts
    assert "fitscribe" not in capfd.readouterr().err


def test_what_else_lowers_the_rate_is_no_plateau(
    keras: Any, classifier: Make, table: Any, only_run: Any
) -> None:
    class Decaying(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            keras.backend.set_value(self.model.optimizer.learning_rate, 0.1 / (batch + 2)) if hasattr(
                keras.backend, "set_value"
            ) else self.model.optimizer.learning_rate.assign(0.1 / (batch + 2))

    plateau = keras.callbacks.ReduceLROnPlateau("loss", patience=50)
    classifier().fit(*table, epochs=3, verbose=0, callbacks=[Decaying(), plateau])
    assert only_run().facts["reduced_learning_rate"]["times"] == 0


def test_steps_of_an_execution_that_is_cut_short_are_counted_as_they_are(
    keras: Any, table: Any, only_run: Any
) -> None:
    if keras.backend.backend() == "torch":
        pytest.skip("Keras does not execute several steps at once on PyTorch")
    x, y = table
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", steps_per_execution=4)
    model.fit(x[:88], y[:88], batch_size=8, epochs=2, verbose=0)
    run = only_run()
    assert int(model.optimizer.iterations) == 22
    assert list(run.series("train/loss").steps) == [11, 22]


def test_a_list_of_callbacks_that_is_used_again_says_nothing_of_the_next_training(
    keras: Any, classifier: Make, table: Any, runs: Any
) -> None:
    again = keras.callbacks.CallbackList(
        [], add_history=True, model=(model := classifier()), epochs=2, steps=3
    )
    model.fit(*table, epochs=4, initial_epoch=2, verbose=0, callbacks=again)
    (run,) = runs()
    assert run.params["epochs"] == 4 and run.facts["epochs"] == 4


@pytest.mark.parametrize("takes_all", [True, False])
def test_a_model_with_a_fit_of_its_own_is_recorded_by_the_call_that_it_makes(
    keras: Any, table: Any, only_run: Any, takes_all: bool
) -> None:
    class Own(keras.Model):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(3, activation="softmax")

        def call(self, inputs: Any, training: bool = False) -> Any:
            return self.dense(inputs)

        if takes_all:

            def fit(self, *args: Any, **kwargs: Any) -> Any:
                return super().fit(*args, **kwargs)

        else:

            def fit(self, data: Any, rounds: int) -> Any:
                return super().fit(*data, epochs=2 * rounds, batch_size=30, verbose=0)

        def evaluate(self, x: Any, y: Any) -> Any:
            return super().evaluate(x, y, verbose=0)

    x, y = table
    model = Own()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    fit = (
        (lambda: model.fit(x[:90], y[:90], epochs=4, batch_size=30, verbose=0))
        if takes_all
        else lambda: model.fit((x[:90], y[:90]), 2)
    )
    history = fit()
    loss, _ = model.evaluate(x[90:].copy(), y[90:].copy())
    run = only_run()
    assert list(run.series("train/loss").values) == pytest.approx(history.history["loss"])
    assert (run.params["epochs"], run.params["batch_size"]) == (4, 30)
    assert run.metrics["test/loss"] == pytest.approx(loss)
    assert not any("observes" in each["why"] for each in run.unseen)


def test_logits_are_no_probabilities_though_they_look_like_some(
    keras: Any, table: Any, only_run: Any
) -> None:
    x, _ = table
    target = (np.arange(len(x)) % 2).astype("int64")
    ones = keras.initializers.Constant(0.3)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer=ones, trainable=False),
        ]
    )
    model.compile(
        "sgd", keras.losses.BinaryCrossentropy(from_logits=True), metrics=[keras.metrics.BinaryAccuracy()]
    )
    model.fit(x[:90], target[:90], verbose=0)
    x_test, y_test = x[90:].copy(), target[90:].copy()
    model.evaluate(x_test, y_test, verbose=0)
    values = np.asarray(model.predict(x_test, verbose=0))
    assert ((values > 0) & (values < 0.5)).all()
    run = only_run()
    assert run.metrics["test/recall"] == 1.0 and run.metrics["test/accuracy"] == pytest.approx(y_test.mean())
