"""Checks of what log calls are given: what is wrong is named where it was written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def number(name: str, value: Any) -> float:
    """The value of a metric as a float.

    Raises:
        TypeError: it is no number.
        ValueError: it is a finite one that no float reaches.
    """
    if isinstance(value, str | bytes):
        raise TypeError(f"metric {name!r} takes a number, not {value!r}; log_param and set_tag take text")
    try:
        found = float(value)
    except OverflowError:
        raise _too_large(name) from None
    except (TypeError, ValueError):
        raise TypeError(f"metric {name!r} takes one number, not {type(value).__name__}") from None
    if math.isinf(found) and found != value:  # a decimal or a long double
        raise _too_large(name)
    return found


def _too_large(name: str) -> ValueError:
    return ValueError(
        f"metric {name!r} takes a number up to 1.8e308, as a float holds it; log_param keeps any"
    )


def whole(name: str, step: Any) -> int:
    """The step of a metric as an int.

    Raises:
        TypeError: it is no whole number.
    """
    try:
        return int(step.__index__())
    except AttributeError:
        if isinstance(step, float) and step.is_integer():
            return int(step)
    raise TypeError(f"the step of {name!r} is a whole number, not {step!r}")


def need_name(name: Any, what: str) -> None:
    """Check the name of a parameter, metric or tag.

    Raises:
        TypeError: it is no text, or empty.
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"{what} names are non-empty strings, not {name!r}")


def need_names(values: Any, what: str) -> None:
    """Check a dict of names and values.

    Raises:
        TypeError: it is no mapping, or one of its names is no text, or empty.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"a dict of {what} names and values is needed, not {type(values).__name__}")
    for name in values:
        if type(name) is not str or not name:
            need_name(name, what)
