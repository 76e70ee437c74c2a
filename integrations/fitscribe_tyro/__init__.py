"""The tyro companion of fitscribe: the dataclass that a script has filled from the command line."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]


@observes("tyro:cli", id="cli", relies_on=["f"])
def cli(call: Call) -> Generator[None, Any, None]:
    """Note what it holds. A function is called within, and the training with it: that call is left alone."""
    from fitscribe.capture import command_line
    from fitscribe.capture.script_code import is_called_by_script

    wanted = call.arguments["f"]
    if not isinstance(wanted, type) or not is_called_by_script(call.callers(), {"tyro"}):
        return
    default = call.arguments.get("default")
    defaults = _declared(wanted) if default is None else command_line.held(default)
    result = yield
    filled = result[0] if isinstance(result, tuple) else result
    values = command_line.held(filled)
    if values:
        command_line.parsed(f"tyro: {wanted.__qualname__}", values, defaults, command_line.reader(filled))


def _declared(cls: type) -> dict[str, Any] | None:
    """The defaults that stand in a dataclass and those nested in it; what a function makes is not known."""
    if not is_dataclass(cls):
        return None
    found: dict[str, Any] = {}
    for field in fields(cls):
        factory: Any = field.default_factory
        nested = _declared(factory) if isinstance(factory, type) else None
        if nested is not None:
            found.update({f"{field.name}__{name}": value for name, value in nested.items()})
        elif factory is MISSING:
            found[field.name] = None if field.default is MISSING else field.default
    return found


integration = Integration("tyro", [cli])
