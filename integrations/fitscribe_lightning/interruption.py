"""Ctrl-C and SIGTERM, of which Lightning makes something else.

After Ctrl-C its calls return, in newer versions they exit the process; after SIGTERM they raise a kind of
``SystemExit`` that says nothing went wrong.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call


def interruptible(call: Call) -> Generator[None, Any, Any]:
    """Let a call happen; where a signal ended it, its run is told of that, not of what Lightning made of it.

    Args:
        call: of a trainer.

    Returns:
        What the call returned.
    """
    try:
        result = yield
    except SystemExit as error:
        # The interpreter has noted what was handled when Lightning exited.
        if isinstance(error.__context__, KeyboardInterrupt):
            call.exception = error.__context__
        elif type(error).__name__ == "SIGTERMException":
            call.exception = KeyboardInterrupt("SIGTERM")
        else:
            raise
        return None
    if call.instance.state.status == "interrupted":
        call.exception = KeyboardInterrupt()
    return result
