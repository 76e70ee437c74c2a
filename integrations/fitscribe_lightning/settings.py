"""What a training was set to: the hyperparameters that the user saved, and the trainer's own settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fitscribe.capture import plain_value
from fitscribe.capture.masking import MASK, mask_secrets
from fitscribe.capture.secret_names import is_secret_name

# How deep dictionaries among the hyperparameters are taken apart.
_DEPTH = 6
# By the trainer's own names, what a setting is where nobody gives it.
_DEFAULTS: dict[str, Any] = {
    "max_epochs": None,
    "min_epochs": None,
    "max_steps": -1,
    "min_steps": None,
    "accumulate_grad_batches": 1,
    "gradient_clip_val": None,
    "gradient_clip_algorithm": None,
    "precision": "32-true",
    "num_devices": 1,
    "num_nodes": 1,
    "limit_train_batches": 1.0,
    "limit_val_batches": 1.0,
    "overfit_batches": 0.0,
    "val_check_interval": 1.0,
    "check_val_every_n_epoch": 1,
    "log_every_n_steps": 50,
    "num_sanity_val_steps": 2,
    "reload_dataloaders_every_n_epochs": 0,
    "fast_dev_run": False,
    "barebones": False,
}
_KINDS = {"accelerator": "CPUAccelerator", "strategy": "SingleDeviceStrategy"}


def hyperparameters_of(*holders: Any) -> dict[str, Any]:
    """Return what the user saved with ``save_hyperparameters``, by the names that Lightning's loggers have.

    Args:
        holders: a module and a data module; None for one that is not there. Of a name that both have the
            module's value counts.

    Returns:
        Names and plain values; those in dictionaries with a slash between the names: ``model/width``.
    """
    found: dict[str, Any] = {}
    for holder in reversed(holders):
        values = vars(holder).get("_hparams") if holder is not None else None
        if isinstance(values, Mapping):
            _flatten(found, values, "", _DEPTH)
    return found


def data_module_of(arguments: Mapping[str, Any]) -> Any:
    """Return the data module that a trainer was given, which may be in the place of loaders; or None.

    Args:
        arguments: of the call.
    """
    given = ("datamodule", "train_dataloaders", "dataloaders")
    data = (arguments.get(name) for name in given)
    return next((each for each in data if _is_data_module(each)), None)


def _is_data_module(given: Any) -> bool:
    return any(cls.__name__ == "LightningDataModule" for cls in type(given).__mro__)


def _flatten(found: dict[str, Any], values: Mapping[Any, Any], prefix: str, depth: int) -> None:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and depth:
            _flatten(found, value, f"{name}/", depth - 1)
        else:
            found[name] = _masked(str(key), plain_value(value))


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return MASK if value and is_secret_name(name, strict=True) else mask_secrets(value)
    return value


def settings_of(trainer: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of a trainer, as ``trainer__max_epochs`` and the like.

    Args:
        trainer: before its call.

    Returns:
        Names and plain values, and the names of those that are not at their default.
    """
    found: dict[str, Any] = {}
    changed = []
    for name, default in _DEFAULTS.items():
        value = getattr(trainer, name, default)
        found[f"trainer__{name}"] = plain_value(value)
        if value != default:
            changed.append(f"trainer__{name}")
    for name, default in _KINDS.items():
        found[f"trainer__{name}"] = kind = type(getattr(trainer, name)).__name__
        if kind != default:
            changed.append(f"trainer__{name}")
    seed = os.environ.get("PL_GLOBAL_SEED")  # where `seed_everything` leaves it
    if seed is not None:
        found["seed"] = int(seed) if seed.lstrip("-").isdecimal() else seed
        changed.append("seed")
    return found, changed
