"""Values of a run as JSON that a page can show."""

from __future__ import annotations

from typing import Any

from fitscribe.reading.plain_data import plain_data
from fitscribe.reading.text import value as value_text

_LONGEST = 2000
_EXACT = 1 << 53
_DEEP = "<nested too deeply>"


def json_of(data: Any) -> Any:
    """Return decoded data as plain data for strict JSON; what is nested too deeply is said to be."""
    try:
        return plain_data(data)
    except RecursionError:
        return _DEEP


def value_of(item: Any) -> dict[str, Any]:
    """Return a parameter, tag or fact as docs/ui-api.md has it.

    Args:
        item: the decoded value.
    """
    kind = _kind(item)
    number = item.item() if type(item).__module__ == "numpy" and hasattr(item, "item") else item
    text = _text(item)
    found: dict[str, Any] = {"text": text[:_LONGEST], "type": kind}
    if len(text) > _LONGEST:
        found["cut"] = len(text)
    elif not isinstance(item, str) and (short := _text(item, full=False)) != text:
        found["short"] = short
    if isinstance(number, bool | int) and abs(number) <= _EXACT:
        found["number"] = number
    elif isinstance(number, float):
        found["number"] = json_of(number)
    return found


def _text(item: Any, *, full: bool = True) -> str:
    if isinstance(item, str):
        return item
    try:
        return value_text(item, full=full)
    except RecursionError:
        return _DEEP


def _kind(item: Any) -> str:
    """The name of a value's type; of one that was kept as its text, that of the original."""
    original = getattr(item, "type", None)
    return str(original) if type(item).__name__ == "Opaque" else type(item).__name__
