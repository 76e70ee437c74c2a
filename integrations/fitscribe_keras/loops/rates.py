"""The learning rate that a step was made with."""

from __future__ import annotations

from typing import Any

from fitscribe_keras.rates import learning_rate, unwrapped
from fitscribe_keras.settings import is_variable, number


def rate_of_step(optimizer: Any, *, is_counted: bool) -> float | None:
    """Return the learning rate of the step that an optimizer has just made.

    Args:
        optimizer: the optimizer.
        is_counted: whether it has counted the step already: a schedule gives that of the next one then.
    """
    values = vars(unwrapped(optimizer))
    of_step = values.get("_current_learning_rate")  # Keras 2 keeps what a schedule gave
    if is_variable(of_step):
        return number(of_step)
    hyper = values.get("_hyper")  # of the optimizers before those
    rate: Any = hyper.get("learning_rate") if isinstance(hyper, dict) else values.get("_learning_rate")
    steps = values.get("_iterations")
    is_schedule = any(cls.__name__ == "LearningRateSchedule" for cls in type(rate).__mro__)
    if is_counted and is_schedule and is_variable(steps):
        return number(rate(int(steps.numpy()) - 1))
    return learning_rate(optimizer)
