"""The language of filters and sort orders: from text to a tree of comparisons."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from fitscribe.reading.query_fields import Field, read_field
from fitscribe.reading.query_tokens import Cursor, QueryError
from fitscribe.reading.query_values import Value, read_ordered_value, read_pattern, read_value, read_values

__all__ = ["And", "Comparison", "Not", "Or", "Order", "QueryError", "Tree", "parse_filter", "parse_order"]

# Far above what people write, and far below where SQLite refuses an expression.
_MOST_COMPARISONS = 200
_DEEPEST = 50

_EQUAL = frozenset({"=", "==", "!=", "<>"})
_ORDERED = frozenset({"<", "<=", ">", ">="})


class Comparison(NamedTuple):
    """One field against values.

    Attributes:
        field: what is looked at.
        operator: "in" (equal to one of the values), "like", "<", "<=", ">", ">=" or "null".
        values: what it is compared with; none for "null".
        negated: true for ``!=``, ``not in``, ``not like`` and ``is not null``.
    """

    field: Field
    operator: str
    values: tuple[Value, ...]
    negated: bool


class Not(NamedTuple):
    """The opposite of a condition."""

    part: Tree


class And(NamedTuple):
    """Conditions that must all hold."""

    parts: tuple[Tree, ...]


class Or(NamedTuple):
    """Conditions of which one must hold."""

    parts: tuple[Tree, ...]


Tree: TypeAlias = "Comparison | Not | And | Or"


class Order(NamedTuple):
    """One key of a sort order."""

    field: Field
    descending: bool


def parse_filter(query: str) -> Tree | None:
    """Read a filter.

    Args:
        query: the text, as docs/search.md describes it.

    Returns:
        Its conditions; None for an empty filter, which every run passes.

    Raises:
        QueryError: it cannot be understood.
    """
    cursor = Cursor(query)
    if cursor.next.kind == "end":
        return None
    tree = _Conditions(cursor).either(0)
    if cursor.next.kind != "end":
        raise cursor.expected("and, or, or the end of the filter")
    return tree


def parse_order(text: str) -> list[Order]:
    """Read a sort order: fields separated by commas, each with ``asc`` or ``desc`` if wanted.

    Raises:
        QueryError: it cannot be understood.
    """
    cursor = Cursor(text)
    orders = []
    while True:
        field = read_field(cursor)
        descending = cursor.accept("desc")
        if not descending:
            cursor.accept("asc")
        orders.append(Order(field, descending))
        if not cursor.accept(","):
            break
    if cursor.next.kind != "end":
        raise cursor.expected("asc, desc, a comma, or the end of the sort order")
    return orders


class _Conditions:
    """Recursive descent, one method per rule of the grammar."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._comparisons = 0

    def either(self, depth: int) -> Tree:
        parts = [self._all(depth)]
        while self._cursor.accept("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self, depth: int) -> Tree:
        parts = [self._single(depth)]
        while self._cursor.accept("and"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self, depth: int) -> Tree:
        cursor = self._cursor
        if depth > _DEEPEST:
            raise cursor.error(f"more than {_DEEPEST} levels of parentheses and not")
        if cursor.accept("not"):
            return Not(self._single(depth + 1))
        if cursor.accept("("):
            tree = self.either(depth + 1)
            if not cursor.accept(")"):
                raise cursor.expected("and, or, or a closing parenthesis")
            return tree
        self._comparisons += 1
        if self._comparisons > _MOST_COMPARISONS:
            raise cursor.error(f"more than {_MOST_COMPARISONS} comparisons")
        return self._comparison()

    def _comparison(self) -> Comparison:
        cursor = self._cursor
        field = read_field(cursor, is_condition=True)
        token = cursor.take()
        operator = token.text if token.kind == "symbol" else token.word
        if operator == "is":
            return self._null(field)
        if operator in _EQUAL:
            return Comparison(field, "in", (read_value(cursor, field),), operator in ("!=", "<>"))
        if operator in _ORDERED:
            return Comparison(field, operator, (read_ordered_value(cursor, field),), False)
        negated = operator == "not"
        if negated:
            token = cursor.take()
            operator = token.text if token.kind == "symbol" else token.word
        if operator == "in":
            return Comparison(field, "in", read_values(cursor, field), negated)
        if operator in ("like", "~"):
            return Comparison(field, "like", (read_pattern(cursor, field),), negated)
        cursor.back(token)
        raise cursor.expected("in or like" if negated else "one of = != < <= > >= in like is")

    def _null(self, field: Field) -> Comparison:
        negated = self._cursor.accept("not")
        if not (self._cursor.accept("null") or self._cursor.accept("none")):
            raise self._cursor.expected("null" if negated else "null or not null")
        return Comparison(field, "null", (), negated)
