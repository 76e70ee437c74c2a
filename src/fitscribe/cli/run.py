"""``fitscribe run``: the user's own command in the same interpreter, with autologging switched on in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from fitscribe.cli.options import store_option
from fitscribe.cli.store import located_store

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_TAKES_VALUE = ("--store",)
_STARTS = ("-m", "-c")


class _RunCommand(click.Command):
    """A command that reads its own options only up to the script, and hands on the rest untouched."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, rest = _split(args)
        super().parse_args(ctx, own)
        ctx.params["command"] = tuple(rest)
        return []

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-") and not ctx.params.get("command"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(incomplete, type="file")]


def _split(args: list[str]) -> tuple[list[str], list[str]]:
    """Part fitscribe's options from the user's command: from the first ``-m``, ``-c`` or plain word on."""
    position = 0
    while position < len(args):
        word = args[position]
        if word == "--":
            return args[:position], args[position + 1 :]
        if word == "-" or word.startswith(_STARTS) or not word.startswith("-"):
            break
        position += 2 if word in _TAKES_VALUE else 1
    return args[:position], args[position:]


@click.command(cls=_RunCommand, options_metavar="[OPTIONS] SCRIPT | -m MODULE | -c CODE [ARGUMENTS]...")
@store_option
@click.pass_context
def run(ctx: click.Context, store: str | None, command: tuple[str, ...]) -> NoReturn:
    """Run a script or module with every training recorded; the code needs no line for it.

    The script runs as if Python had been given it: same exit code, output and tracebacks. Python processes
    that it starts are recorded, too.

    \b
    fitscribe run train.py --epochs 3
    fitscribe run -m package.train --epochs 3
    """  # noqa: D301 - click's mark for lines that are not to be filled
    _check(ctx, command)
    environment = launch_environment(os.environ, store=str(located_store(store).root))
    line = [sys.executable, *command]
    if sys.platform == "win32":  # exec there returns to the shell at once, while the script still runs
        ctx.exit(subprocess.call(line, env=environment))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.execve(sys.executable, line, environment)


def _check(ctx: click.Context, command: tuple[str, ...]) -> None:
    """Refuse what Python would not even start, before anything is changed."""
    if not command:
        raise click.UsageError("Name a script or a module: fitscribe run train.py", ctx)
    first = command[0]
    if first == "-m" and len(command) == 1:
        raise click.UsageError("Name the module: fitscribe run -m package.train", ctx)
    if re.fullmatch(r"python[0-9.]*(\.exe)?", Path(first).name):
        rest = " ".join(command[1:]) or "train.py"
        raise click.UsageError(f"fitscribe run starts Python itself: fitscribe run {rest}", ctx)
    if first == "-" or first.startswith(_STARTS) or os.path.exists(first):
        _check_options(ctx)
        return
    remedy = ""
    if not first.endswith(".py"):
        remedy = f" For a module: fitscribe run -m {first}"
    raise click.UsageError(f"There is no script {first!r}.{remedy}", ctx)


def _check_options(ctx: click.Context) -> None:
    from fitscribe.tracking import options_for

    try:
        options_for()
    except ValueError as error:
        raise click.UsageError(str(error), ctx) from None


def launch_environment(environment: Mapping[str, str], *, store: str) -> dict[str, str]:
    """The environment of a recorded command.

    Args:
        environment: the one to start from; it is not changed.
        store: the store's folder, fixed now so that child processes elsewhere record into the same one.

    Returns:
        The environment, which carries the launch, the store and the startup folder.
    """
    from fitscribe.store import new_id

    startup = str(Path(__file__).resolve().parent.parent / "startup")
    own = environment.get("PYTHONPATH") or ""
    rest = os.pathsep.join(entry for entry in own.split(os.pathsep) if entry != startup) if own else ""
    return {
        **environment,
        "PYTHONPATH": startup + os.pathsep + rest if rest else startup,
        "FITSCRIBE_ACTIVE": "1",
        "FITSCRIBE_LAUNCH": new_id(),
        "FITSCRIBE_STORE": store,
    }
