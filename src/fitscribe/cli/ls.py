"""``fitscribe ls``: the runs of a store, newest first, those that lie in no other run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from fitscribe.cli.find import short_ids
from fitscribe.cli.options import filter_option, json_option, print_json, sort_option, store_option
from fitscribe.cli.store import existing_store
from fitscribe.cli.text import ago

if TYPE_CHECKING:
    from fitscribe.cli.columns import Row, RunColumn
    from fitscribe.cli.screen import Screen
    from fitscribe.cli.table import Cell
    from fitscribe.reading import Run
    from fitscribe.store import Store

_LIMIT = 30
_NEWEST_FIRST = "started desc"


@click.command()
@filter_option
@sort_option
@click.option(
    "--columns",
    "-c",
    metavar="FIELDS",
    help='The columns after the id, such as "name, params.C, metrics.loss.min".',
)
@click.option(
    "--limit",
    "-n",
    metavar="N",
    type=click.IntRange(min=1),
    help=f"At most this many runs; {_LIMIT} by default.",
)
@click.option("--all", "-a", "everything", is_flag=True, help="Every run, and all that lies in it below it.")
@click.option("--trash", is_flag=True, help="What is in the trash.")
@json_option
@store_option
@click.pass_context
def ls(
    ctx: click.Context,
    query: str,
    sort: str | None,
    columns: str | None,
    limit: int | None,
    everything: bool,
    trash: bool,
    as_json: bool,
    store: str | None,
) -> None:
    """List runs, newest first; the columns are those in which they differ.

    Runs that lie in another one are counted there; --all lists them below it. A group that holds exactly one
    training shows that training's parameters and metrics as its own. With --filter or --sort every run that
    matches stands for itself.
    """
    where = existing_store(store)
    if trash:
        if query or sort or columns:
            raise click.UsageError(
                "--trash lists everything there; it takes no filter, order or columns", ctx
            )
        return _list_trash(where, as_json=as_json)
    from fitscribe.cli.columns import chosen
    from fitscribe.reading import QueryError, search_runs

    flat = bool(query or sort or as_json)
    most = limit if limit is not None else None if everything or as_json else _LIMIT
    try:
        picked = chosen(columns) if columns else None
        runs = search_runs(query if flat else "parent is null", order_by=sort or _NEWEST_FIRST, store=where)
    except QueryError as error:
        raise click.UsageError(str(error), ctx) from None
    if as_json:
        from fitscribe.reading import export

        return print_json(export(runs[:most], "json"))
    from fitscribe.cli.screen import Screen

    screen = Screen()
    if not runs:
        _say_empty(where, query)
        return None
    rows = _rows(where, runs[:most], flat=flat, everything=everything)
    _print(where, screen, rows, picked)
    if most is not None and len(runs) > most:
        more = "without --limit" if limit is not None and len(runs) <= _LIMIT else "fitscribe ls --all"
        click.echo(f"{len(runs) - most:,} more: {more}", err=True)
    return None


def _rows(store: Store, runs: Sequence[Run], *, flat: bool, everything: bool) -> list[Row]:
    from fitscribe.cli.columns import Row

    if flat:
        return [Row(run) for run in runs]
    if everything:
        return [Row(run, depth) for run, depth in _tree(store, runs)]
    from fitscribe.reading.family import numbers_of_children

    numbers = numbers_of_children(store)
    return [Row(run, children=numbers.get(run.id, 0)) for run in runs]


def _tree(store: Store, roots: Sequence[Run]) -> Iterator[tuple[Run, int]]:
    """Runs and all that lies in them, each with its depth."""
    from fitscribe.reading.family import everyone_in

    below: dict[str | None, list[Run]] = {}
    for run in everyone_in(store):
        below.setdefault(run.snapshot().head("parent"), []).append(run)
    waiting = [(run, 0) for run in reversed(roots)]
    while waiting:
        run, depth = waiting.pop()
        yield run, depth
        waiting += ((child, depth + 1) for child in reversed(below.get(run.id, ())))


def _print(store: Store, screen: Screen, rows: Sequence[Row], picked: list[RunColumn] | None) -> None:
    from fitscribe.cli.columns import fitting
    from fitscribe.cli.table import table

    if screen.width is not None:
        short = short_ids(store, [row.id for row in rows])
        for row in rows:
            row.id = short[row.id]
    columns = picked or fitting(rows, screen.width)
    cells = [[column.cell(row) for column in columns] for row in rows]
    screen.lines(table([column.layout for column in columns], cells, width=screen.width))


def _say_empty(store: Store, query: str) -> None:
    if query:
        click.echo(f"no run matches {query}", err=True)
    else:
        click.echo(f"there is no run in {store.root} yet: fitscribe run SCRIPT makes one", err=True)


def _list_trash(store: Store, *, as_json: bool) -> None:
    from fitscribe.store import read_run
    from fitscribe.store.layout import TRASH

    records = [read_run(store.root / TRASH / each) for each in store.trashed_ids()]
    records.sort(key=lambda record: record.started or 0.0, reverse=True)
    if as_json:
        print_json(
            [
                {
                    "id": each.id,
                    "name": each.header.get("name"),
                    "status": each.status,
                    "started": each.started,
                }
                for each in records
            ]
        )
        return
    if not records:
        click.echo("the trash is empty", err=True)
        return
    from fitscribe.cli.screen import Screen, joined, status
    from fitscribe.cli.table import Column, table

    screen = Screen()
    rows: list[list[Cell]] = [
        [
            joined((each.id, "cyan")),
            str(each.header.get("name") or ""),
            status(each.status),
            ago(each.started),
        ]
        for each in records
    ]
    columns = [
        Column("id", shrinks=False),
        Column("name"),
        Column("status", shrinks=False),
        Column("started"),
    ]
    screen.lines(table(columns, rows, width=screen.width))
