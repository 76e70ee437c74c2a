"""The command line as a whole: which commands there are, and what their errors turn into."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from fitscribe.cli.charset import readable_in_any_encoding
from fitscribe.cli.errors import Failure, describe

# Each command is imported when it is used: `fitscribe run` must not wait for what `show` needs.
COMMANDS = {
    "run": ("fitscribe.cli.run", "Run a script or module with every training recorded."),
    "ls": ("fitscribe.cli.ls", "List runs."),
    "show": ("fitscribe.cli.show", "Show one run."),
    "compare": ("fitscribe.cli.compare", "Show what differs between runs."),
    "ui": ("fitscribe.cli.ui", "Show the store in a browser."),
    "report": ("fitscribe.cli.report", "Write runs as one HTML file."),
    "export": ("fitscribe.cli.export", "Write runs as JSON, CSV or LaTeX."),
    "rm": ("fitscribe.cli.trash:rm", "Move runs to the trash."),
    "restore": ("fitscribe.cli.trash:restore", "Bring runs back from the trash."),
    "purge": ("fitscribe.cli.trash:purge", "Delete what is in the trash for good."),
    "doctor": ("fitscribe.cli.doctor", "Say what is recorded here and what is not, and how the store is."),
    "completion": ("fitscribe.cli.completion", "Print the completion script of a shell."),
}

PROGRAM = "fitscribe"


class Commands(click.Group):
    """The commands, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are worth reading."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command; its function is called as the command is, unless the table says otherwise."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name or cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of this name."""
        unknown = bool(args) and args[0] not in COMMANDS and not args[0].startswith("-")
        if unknown and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if args[0].endswith(".py"):
                remedy = f"Did you mean: {PROGRAM} run {args[0]}"
            elif near:
                remedy = f"Did you mean: {PROGRAM} {near[0]}"
            else:
                remedy = f"The commands are {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {args[0]!r}. {remedy}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; that nobody reads to the end is no failure, while click would exit with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _forget_stdout()
            return 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    import fitscribe

    click.echo(f"{PROGRAM} {fitscribe.__version__} (Python {sys.version.split()[0]})")
    ctx.exit()


@click.command(
    cls=Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 not found or failed, 2 not understood. Commands that list, show, compare, "
    "check or tidy up take --json; export writes JSON by itself.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def app() -> None:
    """Record trainings, and read them back."""


def invoke(arguments: Sequence[str] | None) -> int:
    """Run one command line.

    Args:
        arguments: what follows the program's name; this process' own by default.

    Returns:
        The exit code.
    """
    # Python has none where the shell has closed them; taking their places keeps files from doing so.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        readable_in_any_encoding(stream)
    try:
        result = app.main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        _complain("stopped")
        return 1
    except click.UsageError as error:
        _complain(error.format_message())
        if error.ctx is not None:
            click.echo(f"Try '{error.ctx.command_path} --help'.", err=True)
        return 2
    except Failure as error:
        _complain(error.format_message(), error.remedy)
        return error.exit_code
    except click.ClickException as error:
        _complain(error.format_message())
        return error.exit_code
    except BrokenPipeError:
        _forget_stdout()
        return 0
    except KeyboardInterrupt:
        return 130
    except (OSError, LookupError, PermissionError) as error:
        _complain(describe(error))
        return 1


def _complain(message: str, remedy: str = "") -> None:
    click.echo(f"{PROGRAM}: {message}", err=True)
    if remedy:
        click.echo(remedy, err=True)


def _forget_stdout() -> None:
    """Keep the interpreter from flushing into the closed pipe once more, and complaining, at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
