"""``fitscribe completion``: have the shell complete commands, options and the ids of runs."""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash   echo 'eval "$(fitscribe completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(fitscribe completion zsh)"' >> ~/.zshrc
    fish   fitscribe completion fish > ~/.config/fish/completions/fitscribe.fish
    """  # noqa: D301 - click's mark for lines that are not to be filled
    from click.shell_completion import get_completion_class

    root = ctx.find_root()
    program = root.info_name or "fitscribe"
    kind = get_completion_class(shell)
    if kind is not None:  # click knows all three
        click.echo(kind(root.command, {}, program, f"_{program.upper()}_COMPLETE").source())
