"""Commands of click, and of libraries that carry a copy of it."""

from __future__ import annotations

import weakref
from typing import Any

from fitscribe.capture.command_line import parsed
from fitscribe.capture.script_code import is_script_function


def command_parsed(command: Any, context: Any) -> None:
    """Take note of the parameters of a command whose function is the script's own.

    Args:
        command: that has parsed its arguments.
        context: that holds what came of it. The function has not been called yet.
    """
    if context.resilient_parsing or not is_script_function(command.callback):
        return  # a shell that completes words, or a command of some tool
    reference = weakref.ref(context)

    def now() -> dict[str, Any] | None:
        current = reference()
        return None if current is None else dict(current.params)

    defaults = {}
    for parameter in command.params:
        name = parameter.name
        source = context.get_parameter_source(name)
        if source is not None and source.name == "DEFAULT":
            defaults[name] = context.params.get(name)  # converted, and called for where it is a function
        elif type(parameter.default).__name__ not in ("Sentinel", "function"):
            defaults[name] = parameter.default
        else:
            defaults[name] = None
    parsed(command, context.params, defaults, now)
