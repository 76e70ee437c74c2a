"""The fields of a run that a filter or a sort order may name."""

from __future__ import annotations

import difflib
from typing import NamedTuple

from fitscribe.reading.query_tokens import PLAIN_NAME, Cursor, QueryError, Token

STATUSES = ("finished", "failed", "interrupted", "unobserved", "running", "crashed", "silent")
TABLES = ("params", "metrics", "tags")
AGGREGATES = ("last", "min", "max", "best")

COLUMNS = {
    "id": "text",
    "name": "text",
    "experiment": "text",
    "status": "status",
    "started": "time",
    "duration": "seconds",
    "framework": "text",
    "parent": "text",
    "notes": "text",
}
"""The fields that every run has once, and the kind of each."""

RESERVED = frozenset({"and", "or", "not", "in", "like", "is", "null", "none", "true", "false", "ago"})
_ALL = (*COLUMNS, *(f"{table}.NAME" for table in TABLES))


class Field(NamedTuple):
    """What a comparison looks at.

    Attributes:
        table: "params", "metrics", "tags", or "run" for a column of the run itself.
        name: the parameter's, metric's, tag's or column's name.
        part: of a metric, which one of its values: "last", "min", "max" or "best"; else empty.
        start: where the field stands in the query.
        end: where it ends.
    """

    table: str
    name: str
    part: str
    start: int
    end: int

    @property
    def kind(self) -> str:
        """What it holds: "any" (parameters, tags), "number", "text", "status", "time" or "seconds"."""
        if self.table == "run":
            return COLUMNS[self.name]
        return "number" if self.table == "metrics" else "any"

    @property
    def label(self) -> str:
        """The field as messages name it."""
        return self.name if self.table == "run" else f"{self.table}.{self.name}"


def written(table: str, name: str) -> str:
    """A parameter, metric or tag as a filter names it, in backticks where they are needed."""
    plain = PLAIN_NAME.fullmatch(name) and not (
        table == "metrics" and name.rpartition(".")[2] in AGGREGATES and "." in name
    )
    quoted = name.replace("`", "``")
    return f"{table}.{name}" if plain else f"{table}.`{quoted}`"


def read_field(cursor: Cursor, *, is_condition: bool = False) -> Field:
    """Read one field.

    Args:
        cursor: where to read.
        is_condition: whether a condition begins with it, which some take for a word to search for.

    Raises:
        QueryError: there is none at the cursor.
    """
    token = cursor.next
    if token.kind != "word" or token.word in RESERVED:
        hint = ""
        if token.kind in ("number", "text"):
            hint = "; the field comes first, the value after it"
        elif token.kind == "name":
            hint = "; backticks hold the part after params., metrics. or tags."
        raise cursor.expected(f"a field{hint}" if hint else f"a field ({', '.join(_ALL)})")
    cursor.take()
    head, dot, rest = token.text.partition(".")
    if head in TABLES:
        return _named(cursor, token, head, rest)
    if dot or head not in COLUMNS:
        is_alone = is_condition and token.start == 0 and cursor.next.kind == "end"
        raise _no_field(cursor, token, is_alone=is_alone)
    return Field("run", head, "", token.start, token.end)


def _named(cursor: Cursor, token: Token, table: str, name: str) -> Field:
    end, part = token.end, ""
    if name:
        stem, _, last = name.rpartition(".")
        if table == "metrics" and stem and last in AGGREGATES:
            name, part = stem, last
    elif cursor.accept("."):
        quoted = cursor.take()
        if quoted.kind not in ("name", "text") or not quoted.text:
            cursor.back(quoted)
            raise cursor.expected("a name, in backticks where it is an odd one")
        name, end = quoted.text, quoted.end
        if cursor.accept("."):
            if table != "metrics" or cursor.next.text not in AGGREGATES:
                raise cursor.expected(", ".join(AGGREGATES) if table == "metrics" else "an operator")
            part, end = cursor.next.text, cursor.next.end
            cursor.take()
    else:
        raise cursor.error(f"which of the {table}? Write {table}.NAME", token)
    return Field(table, name, (part or "last") if table == "metrics" else "", token.start, end)


def _no_field(cursor: Cursor, token: Token, *, is_alone: bool) -> QueryError:
    head, dot, rest = token.text.partition(".")
    near = difflib.get_close_matches(head.lower(), TABLES if dot else (*COLUMNS, *TABLES), n=1)
    if near and near[0] in TABLES:
        remedy = f"did you mean {near[0]}.{rest or 'NAME'}?"
    elif near:
        remedy = f"did you mean {near[0]}?"
    else:
        remedy = f"the fields are {', '.join(_ALL)}"
    if is_alone:  # as in other boxes to search in
        remedy += f"{' To' if near else '; to'} look for it in names: name ~ '{token.text}'"
    return cursor.error(f"there is no field {token.text!r}; {remedy}", token)
