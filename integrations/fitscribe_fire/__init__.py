"""The fire companion of fitscribe: what a script's functions and classes got from the command line."""

from __future__ import annotations

import sys
from collections.abc import Generator
from types import FrameType
from typing import Any

from fitscribe.engine import Call, Integration, observes

__all__ = ["integration"]

_READS = ["fn_args", "fn_defaults", "num_required_args"]


# Not Fire() itself: the training is within that.
@observes("fire.core:_ParseArgs", id="parse", relies_on=_READS)
def parse(call: Call) -> Generator[None, Any, None]:
    """Note the arguments that one of them is about to be called with, and its defaults."""
    from fitscribe.capture import command_line
    from fitscribe.capture.script_code import is_called_by_script

    if not is_called_by_script(call.callers(), {"fire"}):
        return
    names = call.arguments["fn_args"]
    optional = names[call.arguments["num_required_args"] :]
    by_default = {
        **dict(zip(optional, call.arguments["fn_defaults"], strict=False)),
        **_defaults_by_keyword(),
    }
    by_position, by_keyword, *_ = yield
    values = {**by_default, **dict(zip(names, by_position, strict=False)), **by_keyword}
    defaults = {**dict.fromkeys(values), **by_default}
    command_line.parsed(f"fire: {', '.join(names)}", values, defaults)


def _defaults_by_keyword() -> dict[str, Any]:
    """Those of arguments that go by keyword only, which stay in the function that calls the observed one."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_ParseFn" and frame.f_globals.get("__name__") == "fire.core":
            return dict(getattr(frame.f_locals.get("fn_spec"), "kwonlydefaults", None) or {})
        frame = frame.f_back
    return {}


integration = Integration("fire", [parse])
