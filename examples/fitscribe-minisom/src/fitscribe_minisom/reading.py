"""What is read of a map and of its training: plain functions from MiniSom's objects to plain values."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

from fitscribe.engine import Call

_ROWS = 1_000


def parameters(som: Any, call: Call) -> dict[str, Any]:
    """The parameters of the map, and those of its training with the defaults that nobody gave.

    Args:
        som: the map.
        call: of its `train`.
    """
    form = signature(call.function).parameters
    defaults = {name: each.default for name, each in form.items() if each.default is not Parameter.empty}
    given = {name: value for name, value in call.arguments.items() if name != "data"}
    x, y, input_len = som.get_weights().shape
    return {"x": x, "y": y, "input_len": input_len, **_settings(som), **defaults, **given}


def _settings(som: Any) -> dict[str, Any]:
    """What the map keeps of its constructor's arguments, as far as this version does."""
    kept = {name.lstrip("_"): value for name, value in vars(som).items()}
    named = {name: kept[name] for name in ("sigma", "learning_rate", "topology") if name in kept}
    functions = {
        name: getattr(kept[name], "__name__", repr(kept[name]))
        for name in ("neighborhood", "activation_distance")
        if name in kept
    }
    return {**named, **functions}


def quantization_error(som: Any, data: Any) -> dict[str, float]:
    """The mean distance of the data from the map, over at most a thousand rows that are evenly spaced.

    Args:
        som: the trained map; its own function is without effects.
        data: what it was trained on, of shape (rows, input_len).
    """
    step = -(-len(data) // _ROWS)
    return {"train/quantization_error": float(som.quantization_error(data[::step]))}
