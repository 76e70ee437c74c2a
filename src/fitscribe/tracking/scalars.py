"""Numbers in what a script reports: Python's, NumPy's, those of tensors, and those that are written out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from numbers import Real
from typing import Any

Fetch = Callable[[Any, Callable[[float], None]], None]

_LONGEST = 32
_fetch: Fetch | None = None


def scalar(value: Any) -> float | None:
    """A value that is one number, as a float; None for any other, and where reading it would take waiting.

    Args:
        value: anything. A text that is a number is one; of arrays and tensors those that hold one number, on
            the CPU.
    """
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return] # it is one
    if kind is str:
        return _written(value)
    try:
        if issubclass(kind, Real):
            return float(value)
        if _is_tensor(value):
            if value.device.type != "cpu" or value.numel() != 1:
                return None
            return float(value.detach().item())
        numpy = sys.modules.get("numpy")
        if numpy is not None and kind is numpy.ndarray and value.size == 1 and value.dtype.kind in "biuf":
            return float(value.item())
    except (TypeError, ValueError, OverflowError, RuntimeError):
        # A complex tensor, a number that no float reaches, a tensor without storage.
        return None
    return None


def device_of(value: Any) -> str:
    """The device that a tensor is on, such as ``cuda:0``; empty for the CPU, and for what is no tensor."""
    if not _is_tensor(value) or value.device.type == "cpu":
        return ""
    return str(value.device)


def fetches(fetch: Fetch) -> Fetch:
    """Let a function fetch numbers from devices without making the script wait; may be used as a decorator.

    Args:
        fetch: ``fetch(tensor, deliver)`` copies the one number of a tensor, keeps nothing else of it, and
            calls ``deliver(number)`` once the number is there, on whatever thread of the script's.
    """
    global _fetch
    _fetch = fetch
    return fetch


def fetched(value: Any, deliver: Callable[[float], None]) -> bool:
    """Have the number of a tensor fetched that is on a device.

    Args:
        value: a tensor.
        deliver: is given the number, later.

    Returns:
        False where it holds more than one number, or nobody fetches any.
    """
    if _fetch is None or value.numel() != 1 or value.is_complex():
        return False
    _fetch(value, deliver)
    return True


def on_device(device: str) -> str:
    """Why a number was not recorded that is on a device."""
    return f"it is on {device}: reading it would make the script wait for what is computed there"


def _written(text: str) -> float | None:
    if len(text) > _LONGEST:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _is_tensor(value: Any) -> bool:
    # Subclasses may compute something else, or trace, when they are read.
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    kind = type(value)
    return tensor is not None and (
        kind is tensor or (kind.__name__ == "Parameter" and tensor in kind.__mro__)
    )
