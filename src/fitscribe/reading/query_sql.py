"""Filters and sort orders as SQL over the index. What users write is bound, never pasted in."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

from fitscribe.reading.index_tables import bindable
from fitscribe.reading.query import And, Comparison, Not, Or, Order, Tree
from fitscribe.reading.query_fields import Field
from fitscribe.reading.query_times import Span
from fitscribe.reading.query_values import Value

_FRAMEWORK = "coalesce(r.framework, (SELECT f.framework FROM runs f WHERE f.key = r.only_child))"
# A run whose parent is gone lies in no other run, though it still names one.
_MISSING = {"r.parent": "NOT EXISTS(SELECT 1 FROM runs p WHERE p.id = r.parent)"}
# A date is its whole day: what is after it begins with the next one.
_EDGES = {"<": ("<", "start"), "<=": ("<", "end"), ">": (">=", "end"), ">=": (">=", "start")}
# A run that still runs has taken the time up to now.
_DURATION = "(coalesce(r.stopped, {now!r}) - r.started)"


class Sql:
    """Parts of a statement, and the values for its question marks in the same order."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._duration = _DURATION.format(now=time.time())

    # -- filters

    def condition(self, tree: Tree) -> str:
        """An expression over a row ``r`` of runs that is 1 or 0, never NULL: ``not`` turns it around."""
        if isinstance(tree, And):
            return "(" + " AND ".join(map(self.condition, tree.parts)) + ")"
        if isinstance(tree, Or):
            return "(" + " OR ".join(map(self.condition, tree.parts)) + ")"
        if isinstance(tree, Not):
            return f"(NOT {self.condition(tree.part)})"
        if tree.field.table == "run":
            return self._of_run(tree)
        return self._of_values(tree)

    def _of_run(self, comparison: Comparison) -> str:
        column = self._column(comparison.field)
        if comparison.operator == "null":
            return f"({'NOT ' * comparison.negated}({_missing(column)}))"
        match = f"ifnull({self._match(comparison, column, column)}, 0)"
        return f"({column} IS NOT NULL AND NOT {match})" if comparison.negated else match

    def _of_values(self, comparison: Comparison) -> str:
        field = comparison.field
        start = f"EXISTS({self._select('1', field)} AND "
        if comparison.operator == "null":
            there = start + ("1)" if field.table == "metrics" else "v.text IS NOT NULL)")
            return there if comparison.negated else f"(NOT {there})"
        number = f"v.{field.part}" if field.table == "metrics" else "v.number"
        match = self._match(comparison, number, "v.text")
        return start + (f"NOT ifnull({match}, 0))" if comparison.negated else f"{match})")

    def _match(self, comparison: Comparison, number: str, text: str) -> str:
        """The comparison itself, of a value that is there."""
        kind, operator, values = comparison.field.kind, comparison.operator, comparison.values
        if operator == "like":
            return f"{text} LIKE {self._bound(_like(str(values[0])))} ESCAPE '\\'"
        if operator == "in":
            return "(" + " OR ".join(self._equal(kind, number, text, value) for value in values) + ")"
        (value,) = values
        if isinstance(value, Span):
            operator, edge = _EDGES[operator]
            return f"{number} {operator} {self._bound(getattr(value, edge))}"
        if isinstance(value, str):
            return f"{text} {operator} {self._bound(bindable(value))}"
        if isinstance(value, float) and math.isnan(value):
            return "0"
        return f"{number} {operator} {self._bound(value)}"

    def _equal(self, kind: str, number: str, text: str, value: Value) -> str:
        if value is None:
            return _missing(text) if kind in ("any", "text", "status", "time", "seconds") else "0"
        if isinstance(value, bool):
            return f"{text} = {self._bound(str(value))} COLLATE NOCASE"
        if isinstance(value, Span):
            return f"({number} >= {self._bound(value.start)} AND {number} < {self._bound(value.end)})"
        if isinstance(value, str):
            return f"{text} = {self._bound(bindable(value))}"
        if math.isnan(value):
            return {"any": f"{text} = 'nan'", "number": f"{number} IS NULL"}.get(kind, "0")
        return f"{number} = {self._bound(value)}"

    # -- sort orders

    def order(self, orders: Iterable[Order]) -> str:
        """What follows ORDER BY: runs without the value last, numbers before texts, newer runs first."""
        keys: list[str] = []
        for field, descending in orders:
            direction = "DESC" if descending else "ASC"
            for value in self._sortable(field):
                keys += [f"{value()} IS NULL", f"{value()} {direction}"]
        return ", ".join([*keys, "r.started IS NULL", "r.started DESC", "r.id"])

    def _sortable(self, field: Field) -> list[Any]:
        if field.table == "run":
            return [lambda: self._column(field)]
        if field.table == "metrics":
            return [lambda: f"({self._select(f'v.{field.part}', field)})"]
        return [lambda: f"({self._select('v.number', field)})", lambda: f"({self._select('v.text', field)})"]

    # -- parts

    def _column(self, field: Field) -> str:
        return {"framework": _FRAMEWORK, "duration": self._duration}.get(field.name, f"r.{field.name}")

    def _select(self, what: str, field: Field) -> str:
        """A value of the run, or, where it has none of that name, of the only training in it."""
        name = bindable(field.name)
        if field.table == "tags":
            return f"SELECT {what} FROM tags v WHERE v.run = r.key AND v.name = {self._bound(name)}"
        own = f"EXISTS(SELECT 1 FROM {field.table} o WHERE o.run = r.key AND o.name = {self._bound(name)})"
        return (
            f"SELECT {what} FROM {field.table} v "
            f"WHERE v.run = CASE WHEN r.only_child IS NULL OR {own} THEN r.key ELSE r.only_child END "
            f"AND v.name = {self._bound(name)}"
        )

    def _bound(self, value: Any) -> str:
        self.values.append(value)
        return "?"


def _missing(column: str) -> str:
    return _MISSING.get(column, f"{column} IS NULL")


def _like(pattern: str) -> str:
    """A pattern of the filter language as one of SQL; without wildcards it is looked for anywhere."""
    wild = any(each in pattern for each in "*?%")
    literal = pattern.replace("\\", "\\\\").replace("_", "\\_")
    like = bindable(literal.replace("*", "%").replace("?", "_"))
    return like if wild else f"%{like}%"
