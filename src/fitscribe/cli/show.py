"""``fitscribe show``: everything about one run."""

from __future__ import annotations

import click

from fitscribe.cli.find import find_run
from fitscribe.cli.options import full_option, json_option, print_json, run_argument, store_option
from fitscribe.cli.store import existing_store


@click.command()
@run_argument
@full_option
@json_option
@click.option(
    "--diagram", metavar="FILE", type=click.Path(), help="Write the diagram of the model as HTML instead."
)
@store_option
def show(run: str, full: bool, as_json: bool, diagram: str | None, store: str | None) -> None:
    """Show one run: what was trained on what, how it went, and how good it is.

    RUN is an id, the beginning of one, or `latest`.
    """
    found = find_run(existing_store(store), run)
    if diagram is not None:
        from fitscribe.cli.diagram import write_diagram

        return write_diagram(found, diagram)
    if as_json:
        from fitscribe.reading import export

        (document,) = export([found], "json", series=True)
        return print_json({**document, "children": [child.id for child in found.children]})
    from fitscribe.cli.page import print_page
    from fitscribe.cli.screen import Screen

    return print_page(Screen(), found, full=full)
