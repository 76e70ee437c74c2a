"""The labels of rows: found where they are alive, taken from what holds them, and never kept."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from fitscribe.lineage import columns, tables
from fitscribe.lineage.known import Known
from fitscribe.lineage.nodes import Node, Variable
from fitscribe.lineage.rows import SAME, UNKNOWN, Rows, Selection, relation

_NOT_SEEN = "which labels belong to its rows was not seen"


class Labels(NamedTuple):
    """The labels of some rows.

    Attributes:
        values: an array, series or frame; None where there are none.
        missing: why there are none; empty where there are.
    """

    values: Any
    missing: str


def find_labels(known: Known, data: Node | None, like: Node | None, trained_on: Node | None = None) -> Labels:
    """The labels of the rows of data.

    Args:
        known: where to look.
        data: whose rows; None where nothing is known of it.
        like: the labels that were trained on; None takes those that were seen with the same kind of data.
        trained_on: the data that these belonged to.
    """
    if data is None:
        return Labels(None, "where this data comes from was not seen")
    if like is None or like is data.target:
        trained_on = data if data.target is not None else _seen_with_labels(known, data.variable)
        if trained_on is None or trained_on.target is None:
            return Labels(None, "no labels were seen together with this data")
        like = trained_on.target
    # As the value of tomorrow, which is to be told from that of today: both are rows of one array.
    related = SAME if trained_on is None else relation(trained_on.rows, like.rows)
    if related != SAME:
        return Labels(None, _NOT_SEEN if related == UNKNOWN else "data and labels were of different rows")
    finder = _Finder(known)
    values = finder.find(data.rows, like.variable)
    if values is not None:
        return Labels(values, "")
    if finder.gone:
        return Labels(None, "its labels are no longer there: fitscribe keeps no data alive")
    return Labels(None, _NOT_SEEN)


def _seen_with_labels(known: Known, variable: Variable) -> Node | None:
    pairs = (node for node in reversed(known.nodes()) if node.target is not None)
    return next((node for node in pairs if node.variable.is_same(variable)), None)


class _Finder:
    """One search; ``gone`` says whether it came by what is no longer there."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._nodes = known.nodes()[::-1]
        self.gone = False

    def find(self, rows: Rows, variable: Variable) -> Any:
        for node in self._nodes:
            if node.variable.is_same(variable) and relation(node.rows, rows) == SAME:
                values = node.find()
                if values is not None and self._known.is_as_noted(values, node):
                    return values
                self.gone = True
        rows = rows.known
        if isinstance(rows.part, (range, Selection)) and rows.parent is not None:
            whole = self.find(rows.parent, variable)
            if whole is not None:
                return _take_rows(whole, rows.part)
        if variable.of is not None and variable.key[0] in ("column", "columns"):
            whole = self.find(rows, variable.of)
            if whole is not None:
                return _take_columns(whole, variable.key)
        return None


def _take_rows(whole: Any, rows: range | Selection) -> Any:
    part: Any
    if isinstance(rows, range):
        part = slice(rows.start, rows.stop if rows.stop >= 0 else None, rows.step)
    else:
        part = rows.find()
        if part is None:
            return None
    if columns.is_polars(whole):
        return whole[part]
    if tables.is_pandas(whole):
        return whole.iloc[part]
    numpy = sys.modules.get("numpy")
    return whole[part] if numpy is not None and isinstance(whole, numpy.ndarray) else None


def _take_columns(whole: Any, key: tuple[Any, ...]) -> Any:
    if tables.is_pandas(whole):
        if whole.ndim == 1 or (key[0] == "columns" and len(key) != 2):
            return None
        names = (key[1],) if key[0] == "column" else key[1]
        places = [whole.columns.get_loc(name) for name in names if name in whole.columns]
        if len(places) != len(names) or not all(type(place) is int for place in places):
            return None
        return whole.iloc[:, places[0] if key[0] == "column" else places]
    if columns.is_polars(whole):
        names = [key[1]] if key[0] == "column" else list(key[1])
        if not hasattr(whole, "get_column") or not set(names) <= set(whole.columns):
            return None
        return whole.get_column(names[0]) if key[0] == "column" else whole.select(names)
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(whole, numpy.ndarray) or whole.ndim != 2:
        return None
    if key[0] == "column":
        return whole[:, key[1]] if type(key[1]) is int else None
    if len(key) != 4:
        return None
    _, first, count, step = key
    return whole[:, [first + index * step for index in range(count)]]
