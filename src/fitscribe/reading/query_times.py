"""Points in time and durations as a filter writes them."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604800.0),
}
"""The units of a duration, in seconds."""

_MOMENT = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


class Span(NamedTuple):
    """A stretch of time, in seconds since 1970: a date is its whole day, a minute its 60 seconds.

    Attributes:
        start: its first moment.
        end: the first moment after it; an age, which is one moment, ends where it starts.
    """

    start: float
    end: float


def span_of(text: str) -> Span | None:
    """Read a month, a date or a time of day, in local time or with an offset.

    Args:
        text: such as ``2026-11``, ``2026-11-24``, ``2026-11-24 14:30`` or ``2026-11-24T14:30:05+01:00``.

    Returns:
        What it covers, or None where the text is no such thing.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        first = datetime.datetime(
            int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)
        )
        if day is None:
            after = (first + datetime.timedelta(days=31)).replace(day=1)
        elif hour is None:
            after = first + datetime.timedelta(days=1)
        elif second is None:
            after = first + datetime.timedelta(minutes=1)
        else:
            digits = len(fraction or ".") - 1
            first += datetime.timedelta(seconds=float(fraction or 0))
            after = first + datetime.timedelta(seconds=10.0**-digits)
        zone = _zone(offset)
        return Span(first.replace(tzinfo=zone).timestamp(), after.replace(tzinfo=zone).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _zone(offset: str | None) -> datetime.timezone | None:
    if offset is None:
        return None
    if offset == "Z":
        return datetime.timezone.utc
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return datetime.timezone(datetime.timedelta(minutes=-minutes if offset[0] == "-" else minutes))
