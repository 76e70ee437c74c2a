"""What a model was compiled with: optimizer, loss, metrics, precision, and where it computes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

from fitscribe.capture import plain_value
from fitscribe_keras.packages import is_keras_2, root_of
from fitscribe_keras.rates import learning_rate, unwrapped
from fitscribe_keras.settings import add_settings, is_keras_object

__all__ = ["compiled_params", "learning_rate"]

_OPTIMIZER = "RMSprop"
_DEFAULTS: dict[str, Any] = {
    "run_eagerly": False,
    "steps_per_execution": 1,
    "dtype_policy": "float32",
    "backend": "tensorflow",
}
# Keras 3 says what it chose where nobody did.
_CHOSEN = "jit_compile"
_OPTIMIZERS = ("BaseOptimizer", "_BaseOptimizer", "OptimizerV2")


def compiled_params(model: Any) -> tuple[dict[str, Any], list[str]]:
    """Return what a model was compiled with; nothing with an effect is called for it.

    Args:
        model: a Keras model, compiled or, where it trains in its own way, not.

    Returns:
        Names and plain values: ``optimizer`` (its class) and ``optimizer__learning_rate`` and so on, likewise
        for optimizers that the model has under names of its own; ``loss`` (by output, if there are several)
        and ``loss__from_logits`` and so on; ``metrics``, ``loss_weights``, ``jit_compile``, ``run_eagerly``,
        ``steps_per_execution``, ``dtype_policy``, ``backend``, ``distribution``. And the names of those that
        are not at the default of their class.
    """
    found: dict[str, Any] = {}
    changed: list[str] = []
    values: Mapping[str, Any] = vars(model)
    for name, optimizer in _optimizers(values).items():
        _add_optimizer(found, changed, name, optimizer)
    config = _config(values)
    _add_loss(found, changed, config.get("loss") or values.get("loss"))
    for name in ("metrics", "weighted_metrics"):
        if config.get(name):
            found[name] = _named(config[name])
            changed.append(name)
    if config.get("loss_weights") is not None:
        found["loss_weights"] = plain_value(config["loss_weights"])
        changed.append("loss_weights")
    for name, value in _execution(model, values, config).items():
        found[name] = value
        if value != _DEFAULTS.get(name) and name != _CHOSEN:
            changed.append(name)
    return found, changed


def _config(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of ``compile``, as both versions of Keras keep them."""
    config = getattr(values.get("_compile_config"), "config", None)
    return config if isinstance(config, dict) else {}


def _optimizers(values: Mapping[str, Any]) -> dict[str, Any]:
    """The optimizers of a model by the names it has for them; that of ``compile`` comes first."""
    found = {
        name: each
        for name, each in values.items()
        if any(cls.__name__ in _OPTIMIZERS for cls in type(each).__mro__)
    }
    return dict(sorted(found.items(), key=lambda item: item[0] != "optimizer"))


def _add_optimizer(found: dict[str, Any], changed: list[str], name: str, optimizer: Any) -> None:
    name = name.lstrip("_")
    inner = unwrapped(optimizer)
    add_settings(found, changed, name, inner)
    if found[name] != _OPTIMIZER:
        changed.append(name)
    if inner is not optimizer:
        found[f"{name}__wrapper"] = type(optimizer).__name__
        changed.append(f"{name}__wrapper")
    several = vars(inner).get("_inner_optimizers")
    if isinstance(several, (list, tuple)):
        for number, each in enumerate(several, 1):
            _add_optimizer(found, changed, f"{name}__{number}", each)


def _add_loss(found: dict[str, Any], changed: list[str], loss: Any) -> None:
    if loss is None or loss == {}:
        return
    changed.append("loss")
    _add_losses(found, changed, "loss", loss)
    found["loss"] = _named(loss)


def _add_losses(found: dict[str, Any], changed: list[str], name: str, loss: Any) -> None:
    """Add the settings of the losses that have some."""
    if isinstance(loss, (dict, list, tuple)):
        for key, each in loss.items() if isinstance(loss, dict) else enumerate(loss):
            _add_losses(found, changed, f"{name}__{key}", each)
    elif is_keras_object(loss):
        add_settings(found, changed, name, loss)
        del found[name]


def _named(given: Any) -> Any:
    """Losses or metrics by their names, in the structure in which they were given."""
    if isinstance(given, dict):
        return {str(key): _named(each) for key, each in given.items()}
    if isinstance(given, (list, tuple)):
        return [_named(each) for each in given]
    if given is None or isinstance(given, str):
        return given
    if inspect.isfunction(given):
        return given.__name__
    name = vars(given).get("_name") or vars(given).get("name") if _is_metric(given) else None
    return name if isinstance(name, str) else type(given).__name__


def _is_metric(given: Any) -> bool:
    return any(cls.__name__ == "Metric" for cls in type(given).__mro__)


def _execution(model: Any, values: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """How and where a model computes."""
    eagerly = values.get("run_eagerly", values.get("_run_eagerly"))
    policy = getattr(values.get("_dtype_policy"), "name", None)
    found = {
        "jit_compile": bool(values.get("_jit_compile")),
        "run_eagerly": bool(eagerly),
        "steps_per_execution": config.get("steps_per_execution") or 1,
    }
    if isinstance(policy, str):
        found["dtype_policy"] = policy
    root = root_of(model)
    found["backend"] = "tensorflow" if is_keras_2(root) else _backend(root)
    return found | _distribution(root, values)


def _backend(root: str) -> Any:
    return sys.modules[f"{root}.src.backend.config"].backend()


def _distribution(root: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """How a training is spread over devices, if it is."""
    strategy = values.get("_distribute_strategy", values.get("_distribution_strategy"))
    if strategy is not None and not type(strategy).__name__.startswith("_Default"):
        return {
            "distribution": type(strategy).__name__,
            "distribution__replicas": int(strategy.num_replicas_in_sync),
        }
    library = sys.modules.get(f"{root}.src.distribution.distribution_lib")
    spread = None if library is None else library.distribution()
    return {} if spread is None else {"distribution": type(spread).__name__}
