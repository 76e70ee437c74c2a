"""Values as text for people: numbers, durations, sizes, points in time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from fitscribe.reading.stored_numbers import real
from fitscribe.store.visible import visible

_SIZES = ("B", "kB", "MB", "GB", "TB")
# A float that takes more characters is a result, whose last digits nobody reads on a screen.
_TYPED = 8
# What is kept of an array that is too large for its values.
_OF_AN_ARRAY = {"type", "shape", "dtype", "min", "max"}
# Eval sets are arrays in tuples in a list.
_DEPTH = 3


def number(value: float, *, full: bool = False, decimals: int | None = None) -> str:
    """A number as people read it: four significant digits on a screen, all of them elsewhere.

    Args:
        value: the number.
        full: with all digits.
        decimals: of the column that it stands in, as :func:`decimals_of` gives them. One that they would
            make zero of has one significant digit.
    """
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if full:
        return repr(value)
    if decimals is not None and abs(value) < 1e6:
        rounded = f"{value:.{decimals}f}"
        return f"{value:.1g}" if value and not float(rounded) else rounded
    own = _decimals(value)
    return f"{value:.4g}" if own is None else f"{value:.{own}f}"


def decimals_of(values: Iterable[Any]) -> int | None:
    """The decimals that the numbers of one column have on a screen; None where each has its own."""
    numbers = (each for each in values if isinstance(each, float) and math.isfinite(each) and each)
    found = [_decimals(each) for each in numbers]
    # One of another order of magnitude would be cut short by the decimals of the others.
    return max((each for each in found if each is not None), default=None) if None not in found else None


def _decimals(value: float) -> int | None:
    """The decimals of a number that stands alone; None for one that is written with an exponent."""
    if value == int(value) and abs(value) < 1e6:
        return 0 if abs(value) >= 10 else 1
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        return None
    digits = f"{value:.{max(0, 3 - math.floor(math.log10(abs(value))))}f}"
    short = digits.rstrip("0")
    # Zeros at the end say that a number was rounded; one that ends there has none.
    return len((short if float(short) == value else digits).partition(".")[2])


def value(item: Any, *, full: bool = False) -> str:
    """A parameter, tag or fact as one line; a float that somebody typed stays as it was typed."""
    if type(item).__module__ == "numpy" and hasattr(item, "item"):
        item = item.item()
    if isinstance(item, float):
        exact = repr(float(item))
        return exact if full or len(exact) <= _TYPED else number(item)
    if isinstance(item, str):
        return item if item and item == item.strip() and item.isprintable() else repr(item)
    if not full:
        item = _without_details(item, _DEPTH)
    return visible(one_line(literal(item) if not isinstance(item, dict) else _mapping(item, full=full)))


class _Words(str):
    """Words that stand for a value, without quotes wherever it is."""

    __slots__ = ()
    __repr__ = str.__str__


def _without_details(item: Any, depth: int) -> Any:
    """The value with arrays in it in few words; those of which the values are known are left as they are."""
    if _is_of_an_array(item):
        words = [item["type"], " x ".join(map(plain_text, item["shape"])), item.get("dtype", "")]
        if "min" in item and "max" in item:
            words.append(f"{value(item['min'])} to {value(item['max'])}")
        return _Words(" ".join(filter(None, map(plain_text, words))))
    if depth and type(item) in (list, tuple):
        return type(item)([_without_details(each, depth - 1) for each in item])
    return item


def _is_of_an_array(item: Any) -> bool:
    return (
        type(item) is dict
        and {"type", "shape"} <= item.keys() <= _OF_AN_ARRAY
        and type(item["shape"]) is list
        and "." in plain_text(item["type"])
    )


def literal(item: Any) -> str:
    """The ``repr`` of a value; of an integer that is longer than Python prints (4,300 digits), in base 16."""
    try:
        return repr(item)
    except ValueError:
        return (
            hex(item)
            if isinstance(item, int)
            else f"a {type(item).__name__} with an integer of very many digits"
        )


def _mapping(item: dict[Any, Any], *, full: bool) -> str:
    inner = ", ".join(f"{plain_text(key)}: {value(entry, full=full)}" for key, entry in item.items())
    return "{" + inner + "}"


def plain_text(item: Any) -> str:
    """The ``str`` of a value; of one with an integer that is longer than Python prints, its `literal`."""
    try:
        return str(item)
    except ValueError:
        return literal(item)


def one_line(text: str) -> str:
    """The text with its line breaks made visible as spaces."""
    return " ".join(text.split())


def duration(seconds: float | None) -> str:
    """Seconds as a short duration; empty where unknown."""
    if seconds is None:
        return ""
    if seconds < 0.001:
        return "<1 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
    if seconds < 48 * 3600:
        return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60):02d} min"
    return f"{int(seconds // 86400)} d {int(seconds % 86400 // 3600)} h"


def ago(moment: float | None, now: float | None = None) -> str:
    """When something was, as people say it; empty where unknown."""
    if moment is None:
        return ""
    passed = (time.time() if now is None else now) - moment
    if passed < 0:
        return clock(moment)
    if passed < 10:
        return "just now"
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (30 * 86400, 86400, "d")):
        if passed < limit:
            return f"{int(passed // unit)} {name} ago"
    return clock(moment)[:10]


def clock(moment: float | None) -> str:
    """A local date and time to the second; empty where unknown."""
    return "" if moment is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def iso(moment: float | None) -> str:
    """A date and time with its offset, to be read by programs; empty where unknown."""
    return "" if moment is None else time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(moment))


def size(count: Any) -> str:
    """A number of bytes; empty for what is no number."""
    amount = real(count)
    if amount is None:
        return ""
    for unit in _SIZES:
        if amount < 1000 or unit == _SIZES[-1]:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def plural(count: int, noun: str, many: str = "") -> str:
    """``1 run``, ``2 runs``."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def listing(names: Iterable[str], most: int = 6) -> str:
    """Names after one another, with a count in place of those beyond ``most``."""
    every = list(names)
    if len(every) <= most:
        return ", ".join(every)
    return ", ".join(every[:most]) + f" and {len(every) - most} more"


def shape(dimensions: Sequence[Any] | None) -> str:
    """``426 × 30``."""
    return " × ".join(f"{size:,}" if isinstance(size, int) else str(size) for size in dimensions or ())
