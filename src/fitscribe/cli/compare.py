"""``fitscribe compare``: what differs between runs, side by side, and nothing else."""

from __future__ import annotations

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
    from fitscribe.reading import Comparison, Run

_TITLES = {"params": "Parameters"}
_NOTHING = object()
_NARROWEST_VALUE = 14
_NAMES_WIDTH = 28


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

    screen = Screen()
    short = short_ids(where, [run.id for run in found])
    if not differences:
        return _say_same(screen, found, short)
    for part in _parts(found, None if full else screen.width):
        _print(screen, part, differences, short, full=full)
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
    screen: Screen, runs: Sequence[Run], differences: Comparison, short: Mapping[str, str], *, full: bool
) -> None:
    from fitscribe.cli.screen import joined
    from fitscribe.cli.table import Column, table

    with_change = len(differences.run_ids) == 2
    rows: list[list[Cell]] = []
    hidden = 0
    for section, found in differences.sections().items():
        shown = dict(found) if full else _remarkable(section, found, runs)
        hidden += len(found) - len(shown)
        if shown and section != "run":
            title = joined((_TITLES.get(section, section.capitalize()), "bold"))
            rows += [[""], [title]]
        for name, values in shown.items():
            cells: list[Cell] = [_cell(section, values.get(run.id, _NOTHING), full=full) for run in runs]
            change = _change(values, differences.run_ids) if with_change else ""
            rows.append([f"  {name}", *cells, joined((change, "dim"))])
    width = None if full else screen.width
    longest = max((len(str(row[0])) for row in rows), default=0)
    names = Column("", shrinks=width is not None and longest > width // 2)
    columns = [names, *(Column(short[run.id]) for run in runs), Column("", shrinks=False)]
    whole = [[*row, *([""] * (len(columns) - len(row)))] for row in rows]
    screen.lines(table(columns, whole, width=width))
    if hidden:
        what = "parameters that only some of the runs have, at their defaults"
        screen.line(joined((f"  {hidden} more with --full: {what}", "dim")))


def _remarkable(
    section: str, found: Mapping[str, Mapping[str, Any]], runs: Sequence[Run]
) -> dict[str, Mapping[str, Any]]:
    """Without the defaults of what another run does not have at all: another estimator's, say."""
    if section != "params":
        return dict(found)
    changed = {run.id: run.changed for run in runs}

    def is_default(name: str, run_id: str) -> bool:
        known = changed.get(run_id)
        return known is not None and name not in known

    return {
        name: values
        for name, values in found.items()
        if len(values) == len(runs) or not all(is_default(name, run_id) for run_id in values)
    }


def _cell(section: str, item: Any, *, full: bool) -> Cell:
    from fitscribe.cli.screen import joined

    if item is _NOTHING:
        return joined(("-", "dim"))
    return number(item, full=full) if section == "metrics" else value(item, full=full)


def _change(values: Mapping[str, Any], run_ids: Sequence[str]) -> str:
    """By how much a number of the second run is above that of the first."""
    pair = [values.get(run_id) for run_id in run_ids]
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in pair):
        return ""
    first, second = (float(each) for each in pair if each is not None)
    change = second - first
    return f"{'+' if change > 0 else ''}{number(change)}" if change == change else ""
