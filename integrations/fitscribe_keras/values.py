"""Numbers in what Keras gives its callbacks, and returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A metric with one value for each class has a series for each, if there are no more.
_MOST = 100


def numbers_of(values: Mapping[str, Any], left_out: list[str] | None = None) -> dict[str, float]:
    """Return the numbers among values, by name.

    Args:
        values: Python's numbers, NumPy's, tensors of one number; of a few numbers, such as `F1Score` with one
            for each class: ``f1_score[0]`` and so on; dictionaries of these.
        left_out: gets the names of what is none of these.
    """
    found: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, (int, float)):
            found[name] = float(value)
        elif isinstance(value, Mapping):
            found.update(numbers_of({f"{name}/{key}": each for key, each in value.items()}, left_out))
        else:
            _take(name, value, found, left_out)
    return found


def _take(name: str, value: Any, found: dict[str, float], left_out: list[str] | None) -> None:
    numbers = _numbers(name, value)
    if numbers:
        found.update(numbers)
    elif left_out is not None:
        left_out.append(name)


def _numbers(name: str, value: Any) -> dict[str, float]:
    shape: Any = getattr(value, "shape", ())
    try:
        if len(shape) == 0:
            return {name: float(value)}
        if len(shape) == 1 and int(shape[0]) <= _MOST:
            return {f"{name}[{index}]": float(each) for index, each in enumerate(value)}
    except (TypeError, ValueError):
        return {}  # a string, None
    return {}
