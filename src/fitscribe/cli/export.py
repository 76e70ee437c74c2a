"""``fitscribe export``: runs as JSON or CSV, with every digit, or as a table in LaTeX."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fitscribe.cli.find import find_runs
from fitscribe.cli.options import filter_option, runs_argument, sort_option, store_option
from fitscribe.cli.output import write_output
from fitscribe.cli.store import existing_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fitscribe.reading import Run

_ENDINGS = {".csv": "csv", ".tex": "latex"}


@click.command()
@runs_argument(required=False)
@filter_option
@sort_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "csv", "latex"]),
    help="By default what --output ends with, else json.",
)
@click.option("--series", is_flag=True, help="With every point of every metric (JSON only).")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write a file; - is standard output, as by default.",
)
@store_option
@click.pass_context
def export(
    ctx: click.Context,
    runs: tuple[str, ...],
    query: str,
    sort: str | None,
    kind: str | None,
    series: bool,
    output: str | None,
    store: str | None,
) -> None:
    """Write runs as JSON, as a CSV table of everything, or as a LaTeX table of what says most.

    The runs are those named, else those that match --filter, else all.
    """
    if runs and (query or sort):
        raise click.UsageError("Name runs or give --filter and --sort, not both", ctx)
    kind = kind or _ENDINGS.get(Path(output or "").suffix.lower(), "json")
    if series and kind != "json":
        raise click.UsageError("--series is for JSON: a table has one row per run", ctx)
    where = existing_store(store)
    if runs:
        chosen: Sequence[Run] = find_runs(where, runs)
    else:
        from fitscribe.reading import QueryError, search_runs

        try:
            chosen = search_runs(query, order_by=sort, store=where)
        except QueryError as error:
            raise click.UsageError(str(error), ctx) from None
    text = _text(chosen, kind, series=series)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_output(output, text)


def _text(runs: Sequence[Run], kind: str, *, series: bool) -> str:
    from fitscribe.reading import export as as_data

    if kind == "csv":
        return as_data(runs, "csv")
    if kind == "latex":
        from fitscribe.reading.latex import to_latex

        return to_latex(runs)
    return (
        json.dumps(as_data(runs, "json", series=series), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    )
