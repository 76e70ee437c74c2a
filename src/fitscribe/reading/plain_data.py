"""Values as plain data that strict JSON can hold, for other programs."""

from __future__ import annotations

import datetime
import os
from typing import Any

from fitscribe.reading.text import literal, plain_text

# Python refuses to write integers of more digits than this has.
_LONGEST_INT_BITS = 4096


def plain_data(value: Any) -> Any:
    """Return a value as None, bool, int, float, str, or lists and string-keyed dicts of those.

    Tuples and sets become lists, numbers that JSON lacks the strings nan, inf and -inf, dates ISO 8601, and
    anything else its text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return writable(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _LONGEST_INT_BITS else hex(value)
    if isinstance(value, float):
        number = float(value)  # of NumPy's, which warns of what is not finite
        return number if number - number == 0 else str(number)
    if isinstance(value, dict):
        return {writable(plain_text(name)): plain_data(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, set | frozenset):
        return [plain_data(item) for item in sorted(value, key=literal)]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return writable(os.fspath(value))
    item = getattr(value, "item", None)
    if item is not None:  # a NumPy scalar; one without a Python counterpart gives itself
        own = item()
        return plain_data(own) if type(own) is not type(value) else str(value)
    return writable(plain_text(value))


def writable(text: str) -> str:
    r"""Return a text with what UTF-8 cannot hold written out.

    Names of files that are no UTF-8 have lone surrogates (PEP 383): ``caf\udce9.csv``.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
