"""The optimizers and schedulers of a training, as parameters of its run."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.capture import plain_value

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def log_optimizers(run: ActiveRun, trainer: Any) -> None:
    """Record what trains the model.

    ``optimizer`` is its type, its values are ``optimizer__lr`` and the like; of several parameter groups they
    are those of the first, and ``optimizer__group_2__lr`` where another has another. ``scheduler`` is
    likewise, with how often it is stepped. The second of each is ``optimizer_2``.

    Args:
        run: the run.
        trainer: whose strategy has set up its optimizers.
    """
    found: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for number, optimizer in enumerate(trainer.optimizers):
        name = _numbered("optimizer", number)
        _add_optimizer(found, name, optimizer)
        defaults.update({f"{name}__{key}": each for key, each in _defaults(type(optimizer)).items()})
    for number, config in enumerate(trainer.lr_scheduler_configs):
        name = _numbered("scheduler", number)
        scheduler = config.scheduler
        found[name] = type(scheduler).__name__
        found.update({f"{name}__{key}": each for key, each in _plain_state(scheduler).items()})
        defaults.update({f"{name}__{key}": each for key, each in _defaults(type(scheduler)).items()})
        defaults[f"{name}__interval"] = "epoch"
        found[f"{name}__interval"] = config.interval
        if config.frequency != 1:
            found[f"{name}__frequency"] = config.frequency
        if config.monitor is not None:
            found[f"{name}__monitor"] = config.monitor
    changed = [name for name, each in found.items() if name not in defaults or defaults[name] != each]
    run.log_params(found, changed=changed)


def _numbered(name: str, number: int) -> str:
    return name if number == 0 else f"{name}_{number + 1}"


def _add_optimizer(found: dict[str, Any], name: str, optimizer: Any) -> None:
    found[name] = type(optimizer).__name__
    groups: Sequence[Mapping[str, Any]] = [
        {key: each for key, each in group.items() if key not in _NO_SETTINGS}
        for group in optimizer.param_groups
    ]
    for number, group in enumerate(groups):
        prefix = name if number == 0 else f"{name}__group_{number + 1}"
        for key, each in group.items():
            if number == 0 or key not in groups[0] or not _is_same(each, groups[0][key]):
                found[f"{prefix}__{key}"] = _number(each)


def _defaults(cls: type) -> dict[str, Any]:
    """The values that the parameters of a class have where nobody gives them."""
    parameters = inspect.signature(cls).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


# `initial_lr` is what a scheduler leaves behind; the last ones say how an optimizer works, not what it does.
_NO_SETTINGS = {"params", "param_names", "initial_lr", "foreach", "capturable", "differentiable", "fused"}
# What a scheduler counts with; the rates that it gives are a series.
_COUNTED = {"last_epoch", "best", "num_bad_epochs", "cooldown_counter", "mode_worse", "verbose", "base_lrs"}


def _plain_state(scheduler: Any) -> dict[str, Any]:
    """What a scheduler was set to: its own attributes that are plain, without those that it counts with."""
    return {
        key: each
        for key, each in vars(scheduler).items()
        if not key.startswith("_") and key not in _COUNTED and isinstance(each, _PLAIN)
    }


_PLAIN = (bool, int, float, str, list, tuple)


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(plain_value(_number(one)) == plain_value(_number(other)))


def _number(value: Any) -> Any:
    """A value as it is shown: a tensor of one number on the CPU as that number."""
    if hasattr(value, "device") and value.device.type == "cpu" and value.numel() == 1:
        return value.item()
    return plain_value(value)
