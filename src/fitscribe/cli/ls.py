"""``fitscribe ls``: the runs of a store, newest first, children under their parents."""

from __future__ import annotations

from collections.abc import Sequence
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
_CHILDREN_SHOWN = 5
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
@click.option("--all", "-a", "everything", is_flag=True, help="Every run, and every child below its parent.")
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

    Children stand below their parents. A group that holds exactly one training shows that training's
    parameters and metrics as its own. With --filter or --sort every run that matches stands for itself.
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
    rows = _rows(where, runs[:most], screen, flat=flat, everything=everything)
    _print(screen, rows, picked)
    if most is not None and len(runs) > most:
        click.echo(f"{len(runs) - most:,} more: fitscribe ls --all", err=True)
    return None


def _rows(
    store: Store, runs: Sequence[Run], screen: Screen, *, flat: bool, everything: bool
) -> list[Row | str]:
    """The rows in their order; a text stands for children that are not shown."""
    from fitscribe.cli.columns import Row
    from fitscribe.reading import Run

    children = {} if flat else _children(store, [run.id for run in runs])
    rows: list[Row | str] = []
    for run in runs:
        rows.append(Row(run))
        below = children.get(run.id, [])
        few = everything or len(below) <= _CHILDREN_SHOWN + 1
        shown = below if few else below[:_CHILDREN_SHOWN]
        folded = run.snapshot().training
        if everything and folded is not None and not flat:
            shown = [Run(store, folded.id)]
        rows += [Row(child, depth=1) for child in shown]
        if len(below) > len(shown):
            rows.append(f"{len(below) - len(shown)} more")
    if screen.width is not None:
        listed = [row for row in rows if not isinstance(row, str)]
        short = short_ids(store, [row.id for row in listed])
        for row in listed:
            row.id = short[row.id]
    return rows


def _children(store: Store, parents: Sequence[str]) -> dict[str, list[Run]]:
    """The children of several runs, found by one search; without those that are folded into their parent."""
    from fitscribe.reading import search_runs

    quoted = ", ".join(f"'{each}'" for each in parents)
    query = f"parent in ({quoted})" if len(parents) <= _LIMIT else "parent is not null"
    found: dict[str, list[Run]] = {}
    for child in search_runs(query, order_by="started asc", store=store):
        found.setdefault(child.snapshot().head("parent") or "", []).append(child)
    return found


def _print(screen: Screen, rows: Sequence[Row | str], picked: list[RunColumn] | None) -> None:
    from fitscribe.cli.columns import fitting
    from fitscribe.cli.screen import joined
    from fitscribe.cli.table import table

    columns = picked or fitting([row for row in rows if not isinstance(row, str)], screen.width)
    cells: list[list[Cell]] = []
    for row in rows:
        if isinstance(row, str):
            more = joined(("  " + row, "dim"))
            cells.append([more if index == 1 else "" for index in range(len(columns))])
        else:
            cells.append([column.cell(row) for column in columns])
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
