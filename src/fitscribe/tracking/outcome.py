"""How a run ended, and of what."""

from __future__ import annotations

import traceback

from fitscribe import engine

_FRAMES = 20


def status_of(error: BaseException | None) -> str:
    """The status of a run whose code ended with this exception, or with none."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "finished"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"


def described(error: BaseException | None) -> dict[str, str] | None:
    """Type, message and the last frames of an exception; None for none. The exception is not kept."""
    if error is None:
        return None
    found = {"type": type(error).__qualname__, "message": "", "traceback": ""}
    with engine.guarded("run.error"):  # a message is made by the user's own code
        found["message"] = str(error)
        lines = traceback.format_exception(
            type(error), error, error.__traceback__, limit=-_FRAMES, chain=False
        )
        found["traceback"] = "".join(lines)
    return found
