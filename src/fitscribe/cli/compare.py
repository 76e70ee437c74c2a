"""``fitscribe compare``: what differs between runs, side by side, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from fitscribe.cli.find import find_runs, short_ids
from fitscribe.cli.options import full_option, json_option, print_json, runs_argument, store_option
from fitscribe.cli.store import existing_store
from fitscribe.cli.text import duration, number, value

if TYPE_CHECKING:
    from fitscribe.cli.screen import Screen
    from fitscribe.cli.table import Cell
    from fitscribe.reading import Run
    from fitscribe.reading.comparison import Differences

_TITLES = {"params": "Parameters"}
_NOTHING = object()
_NARROWEST_VALUE = 14
_NAMES_WIDTH = 28
_MOST_CHANGES = 40
_CHANGE_STYLES = {"-": "red", "+": "green", "@": "dim"}


@click.command()
@runs_argument()
@full_option
@json_option
@store_option
@click.pass_context
def compare(ctx: click.Context, runs: tuple[str, ...], full: bool, as_json: bool, store: str | None) -> None:
    """Show what differs between runs, side by side; times and costs are not compared.

    Each RUN is an id, the beginning of one, or `latest`.
    """
    from fitscribe.reading import compare as compared

    where = existing_store(store)
    found = find_runs(where, runs)
    if len(found) < 2:
        raise click.UsageError("Name two different runs or more", ctx)
    differences = compared(found)
    if as_json:
        return print_json(differences.to_dict())
    from fitscribe.cli.screen import Screen
    from fitscribe.reading.series_names import EPOCH, as_logged

    screen = Screen()
    short = short_ids(where, [run.id for run in found])
    if not differences:
        return _say_same(screen, found, short)
    sections = differences.sections()
    sections["metrics"] = {
        name: sections["metrics"][name] for name in as_logged(sections["metrics"]) if full or name != EPOCH
    }
    params = sections["params"] if full else _remarkable(sections["params"], found)
    hidden = len(sections["params"]) - len(params)
    for position, part in enumerate(_parts(found, None if full else screen.width)):
        if position:
            screen.line()
        _print(screen, part, {**sections, "params": params}, short, full=full, change=len(found) == 2)
    if hidden:
        click.echo(
            f"{hidden} more with --full: parameters that not all runs have, at their defaults", err=True
        )
    return None


def _say_same(screen: Screen, runs: Sequence[Run], short: Mapping[str, str]) -> None:
    screen.line("No difference but time.")
    for run in runs:
        screen.line(f"  {short[run.id]}  {duration(run.duration)}")


def _parts(runs: Sequence[Run], width: int | None) -> list[Sequence[Run]]:
    """As many runs beside each other as a terminal takes; the rest below."""
    if width is None:
        return [runs]
    beside = max(2, (width - _NAMES_WIDTH) // (_NARROWEST_VALUE + 2))
    return [runs[start : start + beside] for start in range(0, len(runs), beside)]


def _print(
    screen: Screen,
    runs: Sequence[Run],
    sections: Mapping[str, Differences],
    short: Mapping[str, str],
    *,
    full: bool,
    change: bool,
) -> None:
    from fitscribe.cli.screen import joined
    from fitscribe.cli.table import Column, named, table

    rows: list[list[Cell]] = []
    for section, found in sections.items():
        # Of many runs a part is shown at a time, and says nothing of what only others have.
        shown = {name: values for name, values in found.items() if any(run.id in values for run in runs)}
        if shown and section != "run":
            rows += [[""], [joined((_TITLES.get(section, section.capitalize()), "bold"))]]
        for name, values in shown.items():
            cells: list[Cell] = [_cell(section, values.get(run.id, _NOTHING), full=full) for run in runs]
            difference = _change([values.get(run.id) for run in runs]) if change else ""
            rows.append([f"  {named(name, full=full)}", *cells, joined((difference, "dim"))])
    width = None if full else screen.width
    longest = max((len(str(row[0])) for row in rows), default=0)
    names = Column("", shrinks=width is not None and longest > width // 2)
    columns = [names, *(Column(short[run.id]) for run in runs), Column("", shrinks=False)]
    whole = [[*row, *([""] * (len(columns) - len(row)))] for row in rows]
    screen.lines(table(columns, whole, width=width))
    for name, values in _texts(sections):
        _print_changes(screen, name, [(short[run.id], values.get(run.id)) for run in runs], full=full)


def _texts(sections: Mapping[str, Differences]) -> list[tuple[str, dict[str, Any]]]:
    """What is text of several lines in some of the runs, such as code."""
    return [
        (name, values)
        for found in sections.values()
        for name, values in found.items()
        if any(_is_text(each) for each in values.values())
    ]


def _is_text(item: Any) -> bool:
    return isinstance(item, str) and "\n" in item.strip()


def _print_changes(screen: Screen, name: str, texts: Sequence[tuple[str, Any]], *, full: bool) -> None:
    """Print which lines of a text are others than those of the first run that has one."""
    from difflib import unified_diff

    from fitscribe.cli.screen import joined

    there = [(label, each.splitlines()) for label, each in texts if isinstance(each, str)]
    for label, lines in there[1:]:
        first, others = there[0]
        changes = list(unified_diff(others, lines, n=1, lineterm=""))[2:]
        if not changes:
            continue
        screen.heading(name, f"- {first}  + {label}")
        for line in changes if full else changes[:_MOST_CHANGES]:
            screen.line(joined((f"  {line}", _CHANGE_STYLES.get(line[:1], ""))))
        if not full and len(changes) > _MOST_CHANGES:
            screen.line(joined((f"  {len(changes) - _MOST_CHANGES} lines more with --full", "dim")))


def _remarkable(params: Differences, runs: Sequence[Run]) -> Differences:
    """Without the defaults of what another run does not have at all: another estimator's, say."""
    chosen = {run.id: run.snapshot().chosen for run in runs}

    def is_default(name: str, run_id: str) -> bool:
        known = chosen[run_id]
        return known is not None and name not in known

    return {
        name: values
        for name, values in params.items()
        if len(values) == len(runs) or not all(is_default(name, run_id) for run_id in values)
    }


def _cell(section: str, item: Any, *, full: bool) -> Cell:
    from fitscribe.cli.screen import joined

    if item is _NOTHING:
        return joined(("-", "dim"))
    if _is_text(item):
        return joined((f"{len(item.splitlines())} lines", "dim"))
    return number(item, full=full) if section == "metrics" else value(item, full=full)


def _change(pair: Sequence[Any]) -> str:
    """By how much a number of the second run is above that of the first."""
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in pair):
        return ""
    try:
        change = float(pair[1]) - float(pair[0])
    except OverflowError:
        return ""
    return f"{'+' if change > 0 else ''}{number(change)}" if math.isfinite(change) else ""
