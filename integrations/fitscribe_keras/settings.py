"""What an object of Keras was set to, read from its attributes: optimizers, schedules and losses."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

from fitscribe.capture import plain_value

# They name an object, say where it computes, or how, but not what.
_NO_SETTINGS = {"self", "name", "dtype", "jit_compile", "fn"}
_OF_AVERAGES = {"ema_momentum", "ema_overwrite_frequency"}
_PLAIN = (str, bool, int, float, type(None))
_DEPTH = 4
_MISSING = object()


def add_settings(found: dict[str, Any], changed: list[str], name: str, obj: Any, depth: int = _DEPTH) -> None:
    """Add what an object is, and was set to, to some parameters.

    Args:
        found: gets its class as ``name``, and its settings as ``name__setting``.
        changed: gets the names of those settings that are not at the default of the class.
        name: of the object.
        obj: of a class of Keras', or of one derived from it; no method of it is called.
        depth: how many objects within objects are taken apart.
    """
    found[name] = type(obj).__name__
    values: Mapping[str, Any] = vars(obj)
    for setting, default in _parameters(type(obj)).items():
        value = _value(values, setting)
        if value is _MISSING or (setting in _OF_AVERAGES and not values.get("use_ema")):
            continue
        key = f"{name}__{setting}"
        if depth and is_keras_object(value):
            add_settings(found, changed, key, value, depth - 1)
            changed.append(key)
            continue
        found[key] = plain(value)
        if found[key] != plain(default):
            changed.append(key)


def is_keras_object(value: Any) -> bool:
    """Whether it is a schedule, optimizer or loss: an object that Keras can write down and is no variable.

    Args:
        value: any object.
    """
    return hasattr(type(value), "get_config") and not is_variable(value) and not isinstance(value, type)


def is_variable(value: Any) -> bool:
    """Whether it is a variable, of Keras 3 or of TensorFlow.

    Args:
        value: any object.
    """
    return hasattr(type(value), "assign") and hasattr(type(value), "numpy")


def plain(value: Any) -> Any:
    """Return a setting as a plain value: a variable as its number, a function as its name.

    Args:
        value: of a setting.
    """
    if type(value) in _PLAIN:
        return value
    if is_variable(value):
        return number(value)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if inspect.isfunction(value):
        return value.__name__
    return plain_value(value)


def number(value: Any) -> float:
    """Return a number of 32 bits, or another, as people write it: 0.001, and not what is nearest to it.

    Args:
        value: a variable or a tensor of one number.
    """
    # Of a variable of Keras 3 what it holds: reading it through NumPy warns on PyTorch.
    held = vars(value).get("_value", value) if is_variable(value) else value
    read = getattr(held, "item", None) or getattr(held, "numpy", None)
    found = float(held if read is None else read())
    return float(str(sys.modules["numpy"].float32(found))) if "float32" in str(value.dtype) else found


def _value(values: Mapping[str, Any], name: str) -> Any:
    """A setting, by the attributes of an object: Keras keeps some in dictionaries, or as private ones."""
    # The first is that of the old optimizers of Keras 2, the other that of losses which are functions.
    for inside in (values.get("_hyper"), values, values.get("_fn_kwargs")):
        if isinstance(inside, Mapping):
            for key in (name, f"_{name}"):
                if key in inside:
                    return inside[key]
    return _MISSING


def _parameters(cls: type) -> dict[str, Any]:
    """The parameters of a class and, where it passes others on, of its bases; with their defaults."""
    found: dict[str, Any] = {}
    for each in cls.__mro__[:-1]:
        init = vars(each).get("__init__")
        if init is None:
            continue
        passes_on = False
        for parameter in inspect.signature(init).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                passes_on = True
            elif parameter.kind is not parameter.VAR_POSITIONAL and parameter.name not in _NO_SETTINGS:
                default = _MISSING if parameter.default is parameter.empty else parameter.default
                found.setdefault(parameter.name, default)
        if not passes_on:
            break
    return found
