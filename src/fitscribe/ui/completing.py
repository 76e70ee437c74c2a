"""Completion of filters: what may stand at a place of an unfinished one."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.reading import QueryError
from fitscribe.reading.leading import LONGEST_NAME
from fitscribe.reading.query_fields import AGGREGATES, COLUMNS, STATUSES, TABLES, Field, written
from fitscribe.reading.query_tokens import LONGEST_QUERY, Token, tokens_of
from fitscribe.ui.asked import Asked
from fitscribe.ui.catalog import Catalog
from fitscribe.ui.cells import field_of
from fitscribe.ui.failures import Failure

if TYPE_CHECKING:
    from sqlite3 import Connection

_SHOWN = 50
_KNOWN = 2000
_CONNECTIVES = ("and", "or")
_TEXT = ("=", "!=", "in (", "like", "not like", "is null", "is not null")
_ORDERED = ("=", "!=", "<", "<=", ">", ">=", "in (", "is null", "is not null")
_OPERATORS = frozenset("= == != <> < <= > >= ~ like in".split())
_AGES = ("1 h ago", "1 d ago", "7 d ago", "30 d ago")
# What is being written at the end of a filter: a text in quotes, or a word, which a field may be with them.
_BEGUN = re.compile(r"""(?:['"].*|[\w./:@%`-]*)\Z""", re.DOTALL)
_QUOTED = re.compile(r"""(['"`])(?:(?!\1).|\1\1)*(?:\1(?!\1)|\Z)""", re.DOTALL)
_REST = re.compile(r"[\w./:@%-]*[`'\"]?")


class Place(NamedTuple):
    """A place in a filter.

    Attributes:
        expects: what may stand there: "field", "operator", "value" or "connective".
        field: what is compared, for operators and values.
    """

    expects: str
    field: Field | None = None


def complete(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """Answer ``/api/complete``.

    Raises:
        Failure: the text is longer than a filter may be.
    """
    text = asked.text("text")
    if len(text) > LONGEST_QUERY:
        raise Failure("bad_request", f"a filter has at most {LONGEST_QUERY:,} characters")
    cursor = _code_points(text, asked.whole("cursor", 1 << 40, 0, 1 << 40))
    before = text[:cursor]
    start = _begun_at(before)
    written_so_far = before[start:]
    place = place_after(before[:start])

    def find(connection: Connection) -> list[dict[str, str]]:
        return list(_items(connection, catalog, place, written_so_far))[:_SHOWN]

    # What is begun is replaced with all of its word, of which the cursor may be in the middle.
    rest = _REST.match(text, cursor) if written_so_far else None
    return {
        "start": _units(text, start),
        "end": _units(text, cursor if rest is None else rest.end()),
        "expects": place.expects,
        "items": catalog.ask(find),
    }


def _begun_at(before: str) -> int:
    """Where that begins which is being written at the end of a text; its length where that is nothing."""

    def masked(quoted: re.Match[str]) -> str:
        if quoted[1] == "`":
            return "`" * len(quoted[0])
        # A text is over only once something stands behind it.
        return (
            quoted[0][0] + "_" * (len(quoted[0]) - 1) if quoted.end() == len(before) else " " * len(quoted[0])
        )

    found = _BEGUN.search(_QUOTED.sub(masked, before))
    return len(before) if found is None else found.start()


def place_after(before: str) -> Place:
    """Tell what may follow the beginning of a filter, which ends between two words."""
    try:
        tokens = tokens_of(before)[:-1]
    except QueryError:
        return Place("field")
    place = Place("field")
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if place.expects == "field":
            if token.word == "not" or token.text == "(":
                position += 1
                continue
            place, position = _after_field(before, tokens, position)
        elif place.expects == "operator":
            place, position = _after_operator(tokens, position, place.field)
        elif place.expects == "value":
            place, position = _after_value(tokens, position, place.field)
        else:
            place = Place("field") if token.word in _CONNECTIVES else place
            position += 1
    return place


def _after_field(before: str, tokens: list[Token], position: int) -> tuple[Place, int]:
    last = position
    # ``params . `name` . min``: words, dots and a name in quotes.
    while last + 1 < len(tokens) and (tokens[last + 1].text == "." or tokens[last].text == "."):
        last += 1
    try:
        field = field_of(before[tokens[position].start : tokens[last].end], "filter")
    except Failure:
        return Place("operator"), last + 1
    return Place("operator", field), last + 1


def _after_operator(tokens: list[Token], position: int, field: Field | None) -> tuple[Place, int]:
    word = tokens[position].word or tokens[position].text
    if word == "is":
        rest = [each.word for each in tokens[position + 1 : position + 3]]
        length = 2 if rest[:1] == ["not"] else 1
        return Place("connective"), position + 1 + length
    if word == "not":
        return Place("operator", field), position + 1
    if word in _OPERATORS:
        return Place("value", field), position + 1
    return Place("connective"), position + 1


def _after_value(tokens: list[Token], position: int, field: Field | None) -> tuple[Place, int]:
    if tokens[position].text != "(" or tokens[position].kind != "symbol":
        # A number may have a unit: 5 min, 2 d ago.
        last = position
        while (
            last + 1 < len(tokens)
            and tokens[last + 1].kind == "word"
            and tokens[last + 1].word
            not in (
                *_CONNECTIVES,
                "not",
            )
        ):
            last += 1
        return Place("connective"), last + 1
    while position < len(tokens) and (tokens[position].kind, tokens[position].text) != ("symbol", ")"):
        position += 1
    return (Place("value", field) if position == len(tokens) else Place("connective")), position + 1


def _items(connection: Connection, catalog: Catalog, place: Place, begun: str) -> Iterable[dict[str, str]]:
    if place.expects == "field":
        found = _fields(connection, catalog, begun)
    elif place.expects == "operator":
        kind = "any" if place.field is None else place.field.kind
        operators = (
            _TEXT if kind in ("text", "status") else _ORDERED if kind != "any" else (*_ORDERED, "like")
        )
        found = [(each, "") for each in operators]
    elif place.expects == "value":
        found = [] if place.field is None else _values(connection, place.field)
    else:
        found = [(each, "") for each in _CONNECTIVES]
    ranked = [(rank, text, detail) for text, detail in found if (rank := _rank(text, begun)) is not None]
    ranked.sort(key=lambda each: each[0])
    return ({"text": text, "detail": detail} for _, text, detail in ranked)


def _rank(text: str, begun: str) -> int | None:
    """How well a text fits what was begun, the best 0; None where it does not."""
    name, wanted = (each.lower().replace("`", "").strip("'\"") for each in (text, begun))
    if name.startswith(wanted):
        return 0
    table, dot, part = wanted.partition(".")
    if dot and name.startswith(f"{table}."):
        # ``metrics.acc`` is the beginning of a word of ``metrics.test/accuracy``.
        inner = name[len(table) + 1 :]
        return 1 if f"/{part}" in inner or f"_{part}" in inner else 2 if part in inner else None
    return 3 if wanted in name else None


def _fields(connection: Connection, catalog: Catalog, begun: str) -> list[tuple[str, str]]:
    known = [
        catalog.kept(connection, ("names", table), functools.partial(_names, connection, table))
        for table in TABLES
    ]
    # In turn, so that a list that is cut has some of each.
    found = [each for row in zip_longest(*known) for each in row if each is not None]
    whole = [field for field, _ in known[TABLES.index("metrics")] if begun.startswith(f"{field}.")]
    parts = [(f"{field}.{part}", "") for field in whole for part in AGGREGATES if part != "last"]
    return [*parts, *found] if "." in begun else [*COLUMNS.items(), *found]


def _names(connection: Connection, table: str) -> list[tuple[str, str]]:
    rows = connection.execute(
        f"SELECT name, count(*) FROM {table} WHERE length(name) BETWEEN 1 AND {LONGEST_NAME} "
        f"GROUP BY name ORDER BY 2 DESC, 1 LIMIT {_KNOWN}"
    )
    return [(written(table, name), "1 run" if runs == 1 else f"{runs:,} runs") for name, runs in rows]


def _values(connection: Connection, field: Field) -> list[tuple[str, str]]:
    if field.kind == "status":
        return [(f"'{each}'", "") for each in STATUSES]
    if field.kind == "time":
        return [(each, "") for each in _AGES]
    if field.kind in ("number", "seconds"):
        return []
    if field.table == "run":
        column = f"substr({field.name}, 1, 200)"
        rows = connection.execute(
            f"SELECT NULL, {column}, count(*) FROM runs WHERE {field.name} IS NOT NULL "
            f"GROUP BY {column} ORDER BY 3 DESC LIMIT {_SHOWN}"
        )
    else:
        rows = connection.execute(
            f"SELECT number, text, count(*) FROM {field.table} WHERE name = ? AND length(text) <= 200 "
            f"GROUP BY text ORDER BY 3 DESC LIMIT {_SHOWN}",
            (field.name,),
        )
    return [
        (_literal(number, text), "1 run" if runs == 1 else f"{runs:,} runs") for number, text, runs in rows
    ]


def _literal(number: float | None, text: str) -> str:
    """A value as a filter writes it."""
    if number is not None:
        return text.lower() if text in ("True", "False") else text
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def _code_points(text: str, units: int) -> int:
    """A place that JavaScript has counted, as Python counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))


def _units(text: str, position: int) -> int:
    return len(text[:position].encode("utf-16-le", "surrogatepass")) // 2
