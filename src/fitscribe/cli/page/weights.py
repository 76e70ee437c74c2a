"""What each feature counts for: importances, coefficients, the heaviest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.cli.plots import bar
from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, table
from fitscribe.cli.text import number, value
from fitscribe.reading.stored_numbers import real, whole
from fitscribe.store.values import decode

if TYPE_CHECKING:
    from rich.text import Text

_FEATURES_SHOWN = 10
_CLASSES_SHOWN = 5
_BAR_WIDTH = 24


class Weight(NamedTuple):
    """One feature, and what it counts for: one number, or one per class."""

    feature: str
    values: tuple[float, ...]

    @property
    def size(self) -> float:
        """By which features are sorted; what is no number counts for nothing."""
        return max((abs(each) for each in self.values if each == each), default=0.0)


def print_weights(screen: Screen, title: str, record: Mapping[str, Any], *, full: bool) -> None:
    """Print importances with bars, coefficients of several classes as a table.

    Args:
        screen: where to.
        title: what stands above.
        record: `features`, `values` (a list, or a list for each class) and `classes` as they were stored.
        full: all of the features and classes.
    """
    weights = sorted(_weights(record), key=lambda weight: -weight.size)
    if not weights:
        return
    shown = weights if full else weights[:_FEATURES_SHOWN]
    every = max(whole(record.get("of")) or 0, len(weights))
    remark = "" if len(shown) == every else f"{len(shown)} of {every}"
    if len(weights[0].values) == 1:
        screen.heading(title, remark)
        largest = weights[0].size or 1.0
        rows: list[list[Cell]] = [
            [each.feature, number(each.values[0], full=full), _bar(each.values[0], largest)] for each in shown
        ]
        columns = [Column(""), Column("", right=True, shrinks=False), Column("", shrinks=False)]
        screen.lines(table(columns, rows, width=screen.width, indent=2, titles=False))
        return
    names = [value(decode(each)) for each in record.get("classes") or range(len(weights[0].values))]
    classes = max(whole(record.get("rows")) or 0, len(names))
    names = names if full else names[:_CLASSES_SHOWN]
    if len(names) < classes:
        remark = f"{remark}{', ' if remark else ''}{len(names)} of {classes} classes"
    screen.heading(title, remark)
    rows = [[each.feature, *(number(w, full=full) for w in each.values[: len(names)])] for each in shown]
    columns = [Column(""), *(Column(name, right=True) for name in names)]
    screen.lines(table(columns, rows, width=screen.width, indent=2))


def _weights(record: Mapping[str, Any]) -> list[Weight]:
    features, values = record.get("features"), decode(record.get("values"))
    if not isinstance(features, list) or not isinstance(values, list):
        return []
    lists = values if values and all(isinstance(each, list) for each in values) else [values]
    numbers = [[amount for item in each if (amount := real(item)) is not None] for each in lists]
    if any(len(each) != len(features) for each in (*lists, *numbers)):
        return []
    return [
        Weight(str(feature), tuple(each[index] for each in numbers)) for index, feature in enumerate(features)
    ]


def _bar(weight: float, largest: float) -> Text:
    return joined((bar(abs(weight) / largest, _BAR_WIDTH) if weight == weight else "", "cyan"))
