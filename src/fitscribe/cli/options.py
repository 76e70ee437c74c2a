"""Options and arguments that several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])

store_option = click.option(
    "--store",
    metavar="PATH",
    type=click.Path(),
    help="The store; by default FITSCRIBE_STORE, else the project's .fitscribe.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
full_option = click.option("--full", is_flag=True, help="Shorten and leave out nothing.")
filter_option = click.option(
    "--filter",
    "-f",
    "query",
    metavar="QUERY",
    default="",
    help='Only the runs that match: "params.C > 1".',
)
sort_option = click.option(
    "--sort", "-s", metavar="FIELD", help='The order, such as "metrics.loss.min" or "started desc".'
)
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


def _complete_run(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from fitscribe.cli.store import located_store

    store = located_store(ctx.params.get("store"))
    if ctx.command.name in ("restore", "purge"):
        found = store.trashed_ids()
    else:
        from fitscribe.reading.family import ids_in

        found = [*ids_in(store), "latest"]
    return [CompletionItem(each) for each in found if each.startswith(incomplete)]


def runs_argument(*, required: bool = True) -> Callable[[Function], Function]:
    """The runs that a command works on, as the user typed them."""
    return click.argument("runs", nargs=-1, required=required, metavar="RUN...", shell_complete=_complete_run)


run_argument = click.argument("run", metavar="RUN", shell_complete=_complete_run)


def print_json(document: Any) -> None:
    """Print a document as strict JSON; what JSON lacks is text, such as nan."""
    from fitscribe.reading.plain_data import plain_data

    click.echo(json.dumps(plain_data(document), ensure_ascii=False, indent=2, allow_nan=False))
