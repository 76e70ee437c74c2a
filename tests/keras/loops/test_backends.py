"""Optimizers of Keras' in loops on other backends than TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

OnlyRun = Callable[[], Any]


@pytest.fixture
def backend(keras: Any) -> str:
    name = keras.backend.backend()
    if name == "tensorflow":
        pytest.skip("of TensorFlow's loops there are tests of their own")
    return str(name)


def apply_three_times(keras: Any) -> Any:
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.5)
    ones = [keras.ops.ones(each.shape) for each in model.trainable_variables]
    for _ in range(3):
        optimizer.apply(ones, model.trainable_variables)
    return model


def test_each_application_is_a_step(keras: Any, backend: str, only_run: OnlyRun) -> None:
    model = apply_three_times(keras)
    run = only_run()
    assert run.facts["steps"] == 3
    assert run.params["optimizer__learning_rate"] == 0.5
    np.testing.assert_array_equal(run.load_model().get_weights()[0], model.get_weights()[0])
    (why,) = [each["why"] for each in run.unseen if each["what"] == "the loss"]
    assert "fitscribe.log_metric" in why


def test_a_loop_of_torchs_own_is_no_loop_of_keras(keras: Any, backend: str, only_run: OnlyRun) -> None:
    if backend != "torch":
        pytest.skip("it needs the backend torch")
    import torch

    import fitscribe

    fitscribe.autolog("keras", "torch")
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = model(torch.ones(2, 4)).mean()
        loss.backward()
        optimizer.step()
    assert only_run().facts["steps"] == 3


def test_what_is_computed_without_a_state_is_not_seen(keras: Any, backend: str, runs: Any) -> None:
    if backend != "jax":
        pytest.skip("it needs the backend jax")
    import jax

    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build(model.trainable_variables)
    variables = [each.value for each in model.trainable_variables]
    ones = [keras.ops.ones(each.shape) for each in variables]
    step = jax.jit(optimizer.stateless_apply)
    for _ in range(3):
        variables, _ = step([each.value for each in optimizer.variables], ones, variables)
    assert runs() == []
