"""``fitscribe ui``: the store in the browser."""

from __future__ import annotations

import contextlib
import os
import sys

import click

from fitscribe.cli.options import store_option
from fitscribe.cli.store import located_store

_PORT = 8642


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", "-p", default=_PORT, show_default=True, type=click.IntRange(0, 65535), help="The first to try."
)
@click.option("--open/--no-open", "opens", default=None, help="Open a browser; by default in a terminal.")
@click.option("--token", "ask_token", is_flag=True, help="Ask for a token on this machine, too.")
@click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="A further host name that the server may be called by; several if given again.",
)
@store_option
def ui(
    host: str, port: int, opens: bool | None, ask_token: bool, names: tuple[str, ...], store: str | None
) -> None:
    """Show the store in a browser, until Ctrl+C.

    Only this machine can reach it unless --host says otherwise; others need the token that is printed then.
    """
    from fitscribe.ui.server import Server

    where = located_store(store)
    server = Server(where, host, port, ask_token=ask_token, names=names)

    def started() -> None:
        click.echo(f"{where.root}\n  {server.address}\nCtrl+C ends it.", err=True)
        if _has_browser() if opens is None else opens:
            import webbrowser

            webbrowser.open(server.address)

    # That is how it ends.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(started)


def _has_browser() -> bool:
    """Whether a browser that is opened here is one that the user sees."""
    if not sys.stderr.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
