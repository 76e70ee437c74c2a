"""Metrics and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from fitscribe.cli.screen import Screen, joined
from fitscribe.cli.table import Cell, Column, named, paragraph, table
from fitscribe.cli.text import number, value
from fitscribe.reading.series_names import EPOCH, SYSTEM, as_logged, in_order, is_background

if TYPE_CHECKING:
    from rich.text import Text

    from fitscribe.reading import Run

_MOST_ROLES = 5
_METRICS_SHOWN = 40
_PAIRS_SHOWN = 200
# Longer lists are read from the top only: they begin with what matters most.
_AT_A_GLANCE = 20
_LINES_OF_DEFAULTS = 5
# A value beyond this is its beginning and its end, also where a line would take more of it.
_LONGEST_IN_PARAGRAPH = 60


def print_metrics(screen: Screen, run: Run, *, full: bool) -> None:
    """Print the last value of each metric: with several roles as a table of metric by role."""
    every = {name: last for name, last in run.metrics.items() if not name.startswith(SYSTEM)}
    names = [name for name in as_logged(every) if full or name != EPOCH]
    roles = _roles(names)
    if len(names) > (_METRICS_SHOWN if roles else _AT_A_GLANCE):
        names = in_order(names)
    shown = names if full else names[:_METRICS_SHOWN]
    if not shown:
        return
    metrics = {name: every[name] for name in shown}
    screen.heading("Metrics", "of its last training" if run.role == "sweep" else "")
    if roles:
        screen.lines(_by_role(metrics, roles, screen.width, full=full))
    else:
        screen.lines(_one_by_one(metrics, screen.width, full=full))
    if len(names) > len(shown):
        screen.line(joined((f"  {len(names) - len(shown):,} more with --full", "dim")))


def _roles(metrics: Sequence[str]) -> list[str]:
    """The roles to make columns of: two to five, of which at least one metric has several."""
    parts = [name.partition("/") for name in metrics if not is_background(name)]
    roles = list(dict.fromkeys(role for role, slash, _ in parts if slash))
    names = [name for _, slash, name in parts if slash]
    return roles if 2 <= len(roles) <= _MOST_ROLES and len(set(names)) < len(names) else []


def _by_role(metrics: Mapping[str, float], roles: list[str], width: int | None, *, full: bool) -> list[Text]:
    alone = {name: last for name, last in metrics.items() if "/" not in name or is_background(name)}
    names = dict.fromkeys(name.partition("/")[2] for name in metrics if name not in alone)
    columns = [Column(""), *(Column(role, right=True, shrinks=False) for role in roles)]
    rows: list[list[Cell]] = []
    for name in names:
        found = [metrics.get(f"{role}/{name}") for role in roles]
        rows.append(
            [
                named(name, full=full),
                *(joined(("" if each is None else number(each, full=full), "bold")) for each in found),
            ]
        )
    lines = table(columns, rows, width=width, indent=2)
    return [*lines, joined(""), *_one_by_one(alone, width, full=full)] if alone else lines


def _one_by_one(metrics: Mapping[str, float], width: int | None, *, full: bool) -> list[Text]:
    rows: list[list[Cell]] = [
        [named(name, full=full), joined((number(last, full=full), "bold"))] for name, last in metrics.items()
    ]
    columns = [Column(""), Column("", right=True, shrinks=False)]
    return table(columns, rows, width=width, indent=2, titles=False)


def print_params(screen: Screen, run: Run, *, full: bool) -> None:
    """Print the parameters, those that somebody chose first and on lines of their own."""
    params = run.params
    if not params:
        return
    chosen = run.snapshot().chosen
    first = list(params) if chosen is None or full else [name for name in params if name in chosen]
    shown = set(first)
    rest = [name for name in params if name not in shown]
    remark = "" if chosen is None else "those that differ from the defaults" if not full else ""
    screen.heading("Parameters", remark)
    print_pairs(
        screen,
        {name: params[name] for name in first},
        full=full,
        marked=set(chosen or ()) if full else set(),
    )
    if rest:
        if first:
            screen.line()
        screen.line(joined(("  at their defaults", "dim")))
        words = [f"{named(name)}={_short(params[name])}" for name in rest]
        lines = paragraph(words, screen.prose_width, indent=4)
        if len(lines) > _LINES_OF_DEFAULTS:
            lines = [*lines[: _LINES_OF_DEFAULTS - 1], f"    and more, {len(rest)} in all, with --full"]
        screen.lines(joined((line, "dim")) for line in lines)


def _short(item: Any) -> str:
    text = repr(item) if isinstance(item, str) else value(item)
    return text if len(text) <= _LONGEST_IN_PARAGRAPH else text[: _LONGEST_IN_PARAGRAPH - 1] + "…"


def print_pairs(
    screen: Screen, pairs: Mapping[str, Any], *, full: bool, marked: set[str] | None = None
) -> None:
    """Print names and values; those marked have a star behind their name."""
    shown = pairs if full else dict(islice(pairs.items(), _PAIRS_SHOWN))
    rows: list[list[Cell]] = [
        [named(name, full=full) + " *" * bool(marked and name in marked), value(item, full=full)]
        for name, item in shown.items()
    ]
    width = None if full else screen.width
    screen.lines(table([Column(""), Column("")], rows, width=width, indent=2, titles=False))
    if len(pairs) > len(shown):
        screen.line(joined((f"  {len(pairs) - len(shown):,} more with --full", "dim")))
