"""The typer companion of fitscribe: what the commands of a script got from the command line.

For the versions that carry a copy of click; the commands of others are click's own.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]


@observes("typer._click.core:Command", id="parse", methods=("parse_args",), relies_on=["ctx"], nested=True)
def parse(call: Call) -> Generator[None, Any, None]:
    """Note the values and defaults of a command of the script's."""
    from fitscribe.capture.commands import command_parsed

    command, context = call.instance, call.arguments["ctx"]
    yield
    command_parsed(command, context)


integration = Integration("typer", [parse])
