"""Numbers of a store: where a count or an amount belongs, a file may hold anything at all.

What Python computes of it may take for ever (``int(Decimal("1e999999999"))``) or have no float (``10**400``).
"""

from __future__ import annotations

from typing import Any

_MOST = 1 << 63


def whole(value: Any) -> int | None:
    """Return a count, an index or a size that a store holds, or None for anything else.

    Args:
        value: decoded; a float counts as the whole number that it is.

    Returns:
        An integer of at most 64 bits.
    """
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST <= value <= _MOST:
        return None
    return int(value) if isinstance(value, int) or value.is_integer() else None


def real(value: Any) -> float | None:
    """Return an amount that a store holds as a float, or None for anything else.

    Args:
        value: decoded; an integer that no float reaches is nothing.
    """
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _plain(value: Any) -> Any:
    """The Python number of one of NumPy's, which is none itself."""
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
