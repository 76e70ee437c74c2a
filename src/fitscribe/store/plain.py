"""What filters, sorting and terminals need of an encoded value: a number, a line of text.

Nothing is decoded and nothing is imported, so an index over many runs stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fitscribe.store.values import Json


def plain(data: Json) -> tuple[float | None, str | None]:
    """Return the number and the text by which encoded `data` is filtered and sorted; neither for a null."""
    if data is None:
        return None, None
    if isinstance(data, bool):
        return float(data), str(data)
    if isinstance(data, int | float):
        try:
            return float(data), str(data)
        except OverflowError:
            return None, str(data)
    if isinstance(data, str):
        return _number_in(data), data
    if isinstance(data, dict) and len(data) == 1:
        ((tag, body),) = data.items()
        try:
            if tag == "$float":
                return float(body), str(body)
            if tag in ("$numpy", "$subclass", "$path"):
                return plain(body[1])
            if tag == "$repr":
                return None, str(body[1])
            if tag == "$int":
                return plain(int(body, 16))
            if tag in ("$date", "$datetime", "$time", "$decimal", "$uuid", "$fraction"):
                return _number_in(body), str(body)
        except (TypeError, ValueError, KeyError, IndexError, OverflowError):
            return None, str(body)
    return None, text_of(data)


def text_of(data: Json) -> str:
    """Return encoded `data` as one readable line, written as Python would show the value; imports nothing."""
    if isinstance(data, str):
        return repr(data)
    if isinstance(data, list):
        return "[" + ", ".join(map(text_of, data)) + "]"
    if not isinstance(data, dict):
        return str(data)
    if len(data) == 1:
        ((tag, body),) = data.items()
        if tag in ("$tuple", "$set", "$frozenset") and isinstance(body, list):
            inner = ", ".join(map(text_of, body))
            if tag == "$tuple":
                return f"({inner},)" if len(body) == 1 else f"({inner})"
            return f"{{{inner}}}" if tag == "$set" else f"frozenset({{{inner}}})"
        if tag == "$dict" and isinstance(body, list) and all(isinstance(pair, list) for pair in body):
            return "{" + ", ".join(": ".join(map(text_of, pair)) for pair in body) + "}"
        if tag.startswith("$"):
            return plain(data)[1] or str(body) if tag in _SHOWN_PLAIN else str(body)
    return "{" + ", ".join(f"{key!r}: {text_of(item)}" for key, item in data.items()) + "}"


_SHOWN_PLAIN = frozenset(
    "$float $numpy $subclass $path $repr $int $date $datetime $time $decimal $uuid $fraction".split()
)


def _number_in(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None
