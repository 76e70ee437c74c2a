"""``fitscribe rm``, ``restore`` and ``purge``: out of sight, back again, gone for good."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from fitscribe.cli.errors import Failure
from fitscribe.cli.find import find_runs, short_ids, trashed_ids
from fitscribe.cli.options import json_option, print_json, runs_argument, store_option, yes_option
from fitscribe.cli.store import existing_store
from fitscribe.cli.text import ago, plural, visible

if TYPE_CHECKING:
    from fitscribe.reading import Run
    from fitscribe.store import Store

_LISTED = 10


@click.command()
@runs_argument()
@yes_option
@click.option("--force", is_flag=True, help="Move runs that are still running, too.")
@json_option
@store_option
def rm(runs: tuple[str, ...], yes: bool, force: bool, as_json: bool, store: str | None) -> None:
    """Move runs, with their children, to the trash; `fitscribe restore` brings them back.

    In a terminal it asks first. A run that is still running, or holds one that is, needs --force: what it
    writes from then on lies in the trash, and is deleted with it.
    """
    where = existing_store(store)
    found = find_runs(where, runs)
    for run in found:
        if run.holder is not None:
            raise Failure(
                f"the run {run.id} ({visible(run.name)}) has no files of its own: the run {run.holder.id} "
                f"({visible(run.holder.name)}) holds it",
                f"They go together: fitscribe rm {run.holder.id}",
            )
    if not force:
        _refuse_running(where, found)
    if not yes and _is_interactive():
        _show(where, found)
        click.confirm(f"Move {plural(len(found), 'run')} to the trash?", abort=True, err=True)
    moved = where.trash(run.id for run in found)
    if as_json:
        return print_json({"trashed": sorted(moved)})
    again = " ".join(short_ids(where, [run.id])[run.id] for run in found[:_LISTED])
    click.echo(f"moved {plural(len(moved), 'run')} to the trash; back with: fitscribe restore {again}")
    return None


@click.command()
@runs_argument()
@json_option
@store_option
def restore(runs: tuple[str, ...], as_json: bool, store: str | None) -> None:
    """Bring runs, with their children, back from the trash; `fitscribe ls --trash` shows what is there."""
    where = existing_store(store)
    moved = where.restore(trashed_ids(where, runs))
    if as_json:
        return print_json({"restored": sorted(moved)})
    click.echo(f"restored {plural(len(moved), 'run')}")
    return None


@click.command()
@runs_argument(required=False)
@yes_option
@json_option
@store_option
def purge(runs: tuple[str, ...], yes: bool, as_json: bool, store: str | None) -> None:
    """Delete what is in the trash for good: the runs named, else all of it.

    In a terminal it asks first; elsewhere it needs --yes.
    """
    where = existing_store(store)
    chosen = trashed_ids(where, runs) if runs else where.trashed_ids()
    if chosen and not yes:
        if not _is_interactive():
            raise Failure(f"{plural(len(chosen), 'run')} would be deleted for good", "If you mean it: --yes")
        click.confirm(f"Delete {plural(len(chosen), 'run')} for good?", abort=True, err=True)
    deleted = where.purge(chosen)
    if as_json:
        return print_json({"deleted": sorted(deleted)})
    click.echo(f"deleted {plural(len(deleted), 'run')} for good" if chosen else "the trash is empty")
    return None


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _refuse_running(store: Store, runs: Sequence[Run]) -> None:
    from fitscribe.reading.running import running_among

    for run in running_among(store, runs):
        raise Failure(
            f"the run {run.id} ({visible(run.name)}) is still running",
            "Wait for its end, or move it all the same with --force.",
        )


def _show(store: Store, runs: Sequence[Run]) -> None:
    short = short_ids(store, [run.id for run in runs])
    for run in runs[:_LISTED]:
        children = len(list(run.children))
        more = f"  with {plural(children, 'child', 'children')}" if children else ""
        click.echo(f"  {short[run.id]}  {visible(run.name)}  {ago(run.started)}{more}", err=True)
    if len(runs) > _LISTED:
        click.echo(f"  and {len(runs) - _LISTED} more", err=True)
