"""What a model was compiled with, read without calling anything of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

from fitscribe_keras.compiled import compiled_params, learning_rate
from fitscribe_keras.packages import is_keras_2

X = np.zeros((64, 4), "float32")
Y = np.zeros((64, 1), "float32")
Classifier = Callable[..., Any]


@pytest.fixture
def made(keras: Any) -> Classifier:
    """Make a model of one number, compiled with what is given."""

    def make(**settings: Any) -> Any:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile(**{"loss": "mse", **settings})
        return model

    return make


def test_an_optimizer_by_its_name_has_the_settings_of_its_class(made: Classifier) -> None:
    values, changed = compiled_params(made(optimizer="adam"))
    assert values["optimizer"] == "Adam"
    expected = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}
    assert {name: values[f"optimizer__{name}"] for name in expected} == expected
    assert values["optimizer__clipnorm"] is None
    assert [name for name in changed if name.startswith("optimizer")] == ["optimizer"]


def test_settings_that_were_chosen_are_marked(keras: Any, made: Classifier) -> None:
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True, clipnorm=1.0)
    values, changed = compiled_params(made(optimizer=optimizer))
    assert values["optimizer"] == "SGD"
    assert values["optimizer__learning_rate"] == 0.05
    assert values["optimizer__momentum"] == 0.9
    assert set(changed) >= {
        f"optimizer__{name}" for name in ("learning_rate", "momentum", "nesterov", "clipnorm")
    }
    assert "optimizer__weight_decay" not in changed


def test_the_names_and_workings_of_an_optimizer_are_no_settings(keras: Any, made: Classifier) -> None:
    values, _ = compiled_params(made(optimizer=keras.optimizers.Adam(name="mine")))
    assert not {"optimizer__name", "optimizer__jit_compile", "optimizer__ema_momentum"} & set(values)
    averaging = keras.optimizers.Adam(use_ema=True, ema_momentum=0.5)
    assert compiled_params(made(optimizer=averaging))[0]["optimizer__ema_momentum"] == 0.5


def test_a_schedule_is_described_by_its_class_and_settings(keras: Any, made: Classifier) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    values, changed = compiled_params(made(optimizer=keras.optimizers.SGD(schedule)))
    assert values["optimizer__learning_rate"] == "ExponentialDecay"
    assert values["optimizer__learning_rate__initial_learning_rate"] == 0.1
    assert values["optimizer__learning_rate__decay_steps"] == 10
    assert values["optimizer__learning_rate__staircase"] is False
    assert "optimizer__learning_rate__decay_rate" in changed
    assert "optimizer__learning_rate__staircase" not in changed


def test_an_optimizer_of_the_script_is_read_and_not_called(keras: Any, made: Classifier) -> None:
    class Mine(keras.optimizers.SGD):  # type: ignore[misc]
        def __init__(self, warmth: float = 1.0, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.warmth = warmth

        def get_config(self) -> Any:
            raise AssertionError

    values, changed = compiled_params(made(optimizer=Mine(warmth=2.0, learning_rate=0.5)))
    assert (values["optimizer"], values["optimizer__warmth"]) == ("Mine", 2.0)
    assert values["optimizer__learning_rate"] == 0.5
    assert set(changed) >= {"optimizer__warmth", "optimizer__learning_rate"}
    assert "optimizer__momentum" not in changed


def test_the_optimizer_within_one_that_scales_the_loss_is_the_optimizer(keras: Any, made: Classifier) -> None:
    scaling = (
        getattr(keras.optimizers, "LossScaleOptimizer", None) or keras.mixed_precision.LossScaleOptimizer
    )
    values, changed = compiled_params(made(optimizer=scaling(keras.optimizers.Adam(0.01))))
    assert values["optimizer"] == "Adam"
    assert values["optimizer__learning_rate"] == 0.01
    assert values["optimizer__wrapper"].startswith("LossScaleOptimizer")
    assert "optimizer__wrapper" in changed
    assert set(changed) <= set(values)


def test_several_optimizers_within_one_are_all_recorded(keras: Any, made: Classifier) -> None:
    if not hasattr(keras.optimizers, "MultiOptimizer"):
        pytest.skip("this Keras has none")
    first, second = keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.5)
    several = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(first, {"dense/.*": second}))
    values, _ = compiled_params(made(optimizer=several))
    assert values["optimizer"] == "MultiOptimizer"
    assert "optimizer__learning_rate" not in values
    assert {values[name] for name in values if name in ("optimizer__1", "optimizer__2")} >= {"SGD"}
    assert learning_rate(several) is None


def test_optimizers_under_names_of_the_models_own_are_recorded(keras: Any) -> None:
    class Adversarial(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.g_optimizer = keras.optimizers.Adam(0.01)
            self.d_optimizer = keras.optimizers.SGD(0.1)

    values, _ = compiled_params(Adversarial())
    assert (values["g_optimizer"], values["g_optimizer__learning_rate"]) == ("Adam", 0.01)
    assert (values["d_optimizer"], values["d_optimizer__learning_rate"]) == ("SGD", 0.1)
    assert "loss" not in values


def test_optimizers_of_the_old_kind_are_read(keras: Any, made: Classifier) -> None:
    legacy = getattr(keras.optimizers, "legacy", None)
    if legacy is None or not is_keras_2(keras.__name__):
        pytest.skip("Keras 3 has none")
    model = made(optimizer=legacy.Adam(learning_rate=0.01, beta_1=0.8))
    model.fit(X, Y, verbose=0)
    values, changed = compiled_params(model)
    assert (values["optimizer"], values["optimizer__learning_rate"]) == ("Adam", 0.01)
    assert values["optimizer__beta_1"] == 0.8
    assert "optimizer__beta_2" not in changed
    assert learning_rate(model.optimizer) == 0.01


def test_a_loss_is_recorded_by_its_name(keras: Any, made: Classifier) -> None:
    def my_loss(y_true: Any, y_pred: Any) -> Any:
        return y_pred

    assert compiled_params(made(loss="mse"))[0]["loss"] == "mse"
    assert compiled_params(made(loss=my_loss))[0]["loss"] == "my_loss"
    assert compiled_params(made(loss=keras.losses.mean_squared_error))[0]["loss"] == "mean_squared_error"


def test_a_loss_object_is_recorded_with_its_settings(keras: Any, made: Classifier) -> None:
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    values, changed = compiled_params(made(loss=loss))
    assert values["loss"] == "BinaryCrossentropy"
    assert values["loss__from_logits"] is True
    assert values["loss__label_smoothing"] == 0.0
    assert "loss__from_logits" in changed
    assert not {"loss__label_smoothing", "loss__reduction"} & set(changed)


def test_losses_of_several_outputs_are_recorded_by_output(keras: Any) -> None:
    inputs = keras.Input((4,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs) for name in ("a", "b")}
    model = keras.Model(inputs, outputs)
    model.compile(
        loss={"a": "mse", "b": keras.losses.Huber(delta=2.0)},
        loss_weights={"a": 1.0, "b": 0.5},
        metrics={"a": ["mae"], "b": [keras.metrics.RootMeanSquaredError(name="rmse")]},
    )
    values, changed = compiled_params(model)
    assert values["loss"] == {"a": "mse", "b": "Huber"}
    assert values["loss__b__delta"] == 2.0
    assert values["loss_weights"] == {"a": 1.0, "b": 0.5}
    assert values["metrics"] == {"a": ["mae"], "b": ["rmse"]}
    assert set(changed) >= {"loss", "loss__b__delta", "loss_weights", "metrics"}


def test_metrics_are_recorded_by_the_names_of_their_series(keras: Any, made: Classifier) -> None:
    def my_metric(y_true: Any, y_pred: Any) -> Any:
        return y_pred

    model = made(
        metrics=["mae", my_metric, keras.metrics.RootMeanSquaredError(name="rmse")], weighted_metrics=["mse"]
    )
    values, _ = compiled_params(model)
    assert values["metrics"] == ["mae", "my_metric", "rmse"]
    assert values["weighted_metrics"] == ["mse"]
    assert "metrics" not in compiled_params(made())[0]


def test_where_and_how_it_computes_is_recorded(keras: Any, made: Classifier) -> None:
    values, changed = compiled_params(made())
    assert values["backend"] == keras.backend.backend()
    assert values["dtype_policy"] == "float32"
    assert values["run_eagerly"] is False
    assert values["steps_per_execution"] == 1
    assert "distribution" not in values
    assert not {"run_eagerly", "steps_per_execution", "dtype_policy", "jit_compile"} & set(changed)
    values, changed = compiled_params(made(run_eagerly=True))
    assert values["run_eagerly"] is True
    assert "run_eagerly" in changed


def test_mixed_precision_is_recorded(keras: Any, made: Classifier) -> None:
    mixed_precision = keras.mixed_precision
    mixed_precision.set_global_policy("mixed_float16")
    try:
        values, changed = compiled_params(made(optimizer="sgd"))
    finally:
        mixed_precision.set_global_policy("float32")
    assert values["dtype_policy"] == "mixed_float16"
    assert values["optimizer"] == "SGD"
    assert {"dtype_policy", "optimizer__wrapper"} <= set(changed)


def test_a_distribution_is_recorded(keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("another backend")
    tensorflow = pytest.importorskip("tensorflow")
    with tensorflow.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    values, changed = compiled_params(model)
    assert (values["distribution"], values["distribution__replicas"]) == ("MirroredStrategy", 1)
    assert "distribution" in changed
    assert learning_rate(model.optimizer) == 0.01


def test_a_model_that_was_not_compiled_has_what_it_has(keras: Any) -> None:
    values, _ = compiled_params(keras.Sequential([keras.layers.Dense(1)]))
    assert "optimizer" not in values
    assert values["backend"] == keras.backend.backend()


def test_what_is_read_of_a_model_changes_nothing(keras: Any, made: Classifier) -> None:
    model = made(optimizer=keras.optimizers.Adam())
    before = {name: dict(vars(each)) for name, each in (("model", model), ("optimizer", model.optimizer))}
    modules = set(sys.modules)
    compiled_params(model)
    learning_rate(model.optimizer)
    assert {
        name: dict(vars(each)) for name, each in (("model", model), ("optimizer", model.optimizer))
    } == before
    assert set(sys.modules) == modules


def test_the_learning_rate_is_the_one_of_the_next_step(keras: Any, made: Classifier) -> None:
    model = made(optimizer=keras.optimizers.SGD(0.1))
    assert learning_rate(model.optimizer) == 0.1
    model.optimizer.learning_rate = 0.025
    assert learning_rate(model.optimizer) == 0.025
    assert learning_rate(None) is None


def test_the_learning_rate_of_a_schedule_is_followed(keras: Any, made: Classifier) -> None:
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1, 3], [0.4, 0.2, 0.1])
    model = made(optimizer=keras.optimizers.SGD(schedule))
    seen = [learning_rate(model.optimizer)]

    class Rates(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(learning_rate(self.model.optimizer))

    model.fit(X, Y, batch_size=32, epochs=2, verbose=0, callbacks=[Rates()])
    assert seen == [0.4, 0.2, 0.1]


def test_a_function_that_gives_the_rate_is_not_called(keras: Any, made: Classifier) -> None:
    if is_keras_2(keras.__name__):
        pytest.skip("the optimizers of Keras 2 take none")
    asked = []

    def rate() -> float:
        asked.append(1)
        return 0.3

    model = made(optimizer=keras.optimizers.SGD(rate))
    asked.clear()
    assert learning_rate(model.optimizer) is None
    assert compiled_params(model)[0]["optimizer__learning_rate"] == "rate"
    assert not asked


def test_within_an_epoch_the_rate_is_right_or_not_there(keras: Any, made: Classifier) -> None:
    model = made(optimizer=keras.optimizers.SGD(0.1))
    model.optimizer.learning_rate = 0.5
    seen = []

    class Rates(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append(learning_rate(self.model.optimizer))

    model.fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=[Rates()])
    assert len(seen) == 8
    assert set(seen) <= {0.5, None}
