"""``fitscribe report``: runs as one HTML file."""

from __future__ import annotations

import os

import click

from fitscribe.cli.errors import Failure
from fitscribe.cli.find import find_runs
from fitscribe.cli.options import runs_argument, store_option
from fitscribe.cli.output import write_output
from fitscribe.cli.store import existing_store
from fitscribe.cli.text import plural, size


@click.command()
@runs_argument()
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    default="report.html",
    show_default=True,
    help="The file to write; - is standard output.",
)
@store_option
def report(runs: tuple[str, ...], output: str, store: str | None) -> None:
    """Write runs as one HTML file that opens anywhere, without a network.

    Several runs are compared in it.
    """
    from fitscribe.ui.report import report as as_html

    where = existing_store(store)
    chosen = find_runs(where, runs)
    try:
        text = as_html(where, chosen)
    except ModuleNotFoundError as error:
        remedy = f"pip install {error.name}"
        raise Failure(f"No report, since {error.name}, which curves need, is not installed", remedy) from None
    write_output(output, text)
    if output == "-":
        return
    written = f"{os.path.abspath(output)}: {plural(len(chosen), 'run')}, {size(os.path.getsize(output))}"
    click.echo(written, err=True)
