"""The learning rate of an optimizer, as it is now."""

from __future__ import annotations

from typing import Any

from fitscribe_keras.settings import is_variable, number

_DEPTH = 4


def unwrapped(optimizer: Any) -> Any:
    """Return the optimizer within those that scale its loss.

    Args:
        optimizer: of either version of Keras.
    """
    for _ in range(_DEPTH):
        if type(optimizer).__name__ not in ("LossScaleOptimizer", "LossScaleOptimizerV3"):
            break
        values = vars(optimizer)
        optimizer = values.get("inner_optimizer", values.get("_optimizer"))
    return optimizer


def learning_rate(optimizer: Any) -> float | None:
    """Return the learning rate that the next step has.

    It is read from its variable, or the schedule is asked for it: on a device that waits for what is being
    computed.

    Args:
        optimizer: of a model, or None.

    Returns:
        None where there is none, several, or one that a function of the script gives, which is not called;
        and within an epoch on JAX, where the variables are not there.
    """
    inner = unwrapped(optimizer)
    if inner is None or "_inner_optimizers" in vars(inner):
        return None
    values = vars(inner)
    hyper = values.get("_hyper")
    rate: Any = hyper.get("learning_rate") if isinstance(hyper, dict) else values.get("_learning_rate")
    steps = values.get("_iterations")
    if isinstance(rate, (int, float)):
        found = float(rate)
    elif is_variable(rate):
        if _is_away(rate):
            return None
        found = number(rate)
    elif _is_schedule(rate) and steps is not None and not _is_away(steps):
        found = number(rate(steps))
    else:
        return None
    decay = values.get("_initial_decay")  # of an old optimizer of Keras 2
    return found / (1.0 + decay * int(steps.numpy())) if decay and steps is not None else found


def _is_schedule(rate: Any) -> bool:
    return any(cls.__name__ == "LearningRateSchedule" for cls in type(rate).__mro__)


def _is_away(variable: Any) -> bool:
    """Whether a variable of Keras 3 has no value just now."""
    return "_value" in vars(variable) and vars(variable)["_value"] is None
