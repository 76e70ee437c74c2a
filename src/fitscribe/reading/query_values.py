"""The values that a filter compares a field with."""

from __future__ import annotations

import difflib
import time
from typing import TypeAlias

from fitscribe.reading.query_fields import STATUSES, Field
from fitscribe.reading.query_times import SECONDS, Span, span_of
from fitscribe.reading.query_tokens import Cursor

_MOST_VALUES = 500

Value: TypeAlias = "float | str | bool | Span | None"
"""A number, a text, a truth value, a stretch of time, or none."""


def read_values(cursor: Cursor, field: Field) -> tuple[Value, ...]:
    """Read a list in parentheses."""
    if not cursor.accept("("):
        raise cursor.expected("a list in parentheses")
    values = [read_value(cursor, field)]
    while cursor.accept(","):
        if cursor.next.kind == "symbol" and cursor.next.text == ")":
            break
        values.append(read_value(cursor, field))
        if len(values) > _MOST_VALUES:
            raise cursor.error(f"more than {_MOST_VALUES} values")
    if not cursor.accept(")"):
        raise cursor.expected("a comma or a closing parenthesis")
    return tuple(values)


def read_pattern(cursor: Cursor, field: Field) -> str:
    """Read what ``like`` compares with."""
    if field.kind not in ("any", "text", "status"):
        raise cursor.error(f"{field.label} is not text, and like compares text")
    if cursor.next.kind != "text":
        raise cursor.expected("a pattern in quotes, such as '*forest*'")
    return cursor.take().text


def read_ordered_value(cursor: Cursor, field: Field) -> Value:
    """Read what ``<`` and its like compare with."""
    token = cursor.next
    value = read_value(cursor, field, ages=True)
    if isinstance(value, bool) or value is None:
        raise cursor.error(f"{token.text} has no order; compare it with = or !=", token)
    return value


def read_value(cursor: Cursor, field: Field, *, ages: bool = False) -> Value:
    """Read one value that the field can have.

    Args:
        cursor: where to read.
        field: what it is compared with, which decides what may stand there.
        ages: whether an age (``2 d ago``) may.

    Raises:
        QueryError: there is none, or one of another kind.
    """
    token = cursor.next
    if token.word in ("none", "null"):
        cursor.take()
        return None
    if field.kind == "time":
        return _moment(cursor, ages)
    if field.kind in ("number", "seconds"):
        return _number(cursor, field)
    if field.kind == "any":
        if token.kind == "number" or token.word in ("nan", "inf"):
            return _number(cursor, field)
        if token.word in ("true", "false"):
            cursor.take()
            return token.word == "true"
    return _text(cursor, field)


def _text(cursor: Cursor, field: Field) -> str:
    token = cursor.next
    if token.kind != "text":
        if token.kind in ("word", "number", "name"):
            raise cursor.error(f"write text in quotes: '{token.text}'")
        others = "a number, true, false, none or " if field.kind == "any" else ""
        raise cursor.expected(f"{others}text in quotes")
    if field.kind == "status" and token.text not in STATUSES:
        near = difflib.get_close_matches(token.text.lower(), STATUSES, n=1)
        remedy = f"did you mean '{near[0]}'?" if near else f"a run is {', '.join(STATUSES)}"
        raise cursor.error(f"no run has the status {token.text!r}; {remedy}")
    return cursor.take().text


def _number(cursor: Cursor, field: Field) -> float:
    token = cursor.next
    if token.kind == "text":
        raise cursor.error(f"{field.label} is a number: write it without quotes")
    if token.kind != "number" and token.word not in ("nan", "inf"):
        raise cursor.expected("a number")
    cursor.take()
    number = float(token.text)
    if field.kind == "seconds" and cursor.next.word in SECONDS:
        number *= SECONDS[cursor.take().word]
    return number


def _moment(cursor: Cursor, ages: bool) -> Span:
    token = cursor.take()
    if token.kind == "text":
        span = span_of(token.text)
        if span is None:
            raise cursor.error("this is no date; write it like '2026-11-24' or '2026-11-24 14:30'", token)
        return span
    if token.kind == "number" and cursor.next.word in SECONDS:
        unit = cursor.take()
        if not cursor.accept("ago"):
            raise cursor.expected("ago")
        if not ages:
            raise cursor.error("an age is one moment; compare it with < or >", token)
        moment = time.time() - float(token.text) * SECONDS[unit.word]
        return Span(moment, moment)
    cursor.back(token)
    raise cursor.expected("a date in quotes ('2026-11-24') or an age (2 d ago)")
