"""How a run ended, and of what."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from fitscribe import engine
from fitscribe.capture.masking import mask_said
from fitscribe.engine.frames import innermost_wrapper, root_of

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun

# Of the frames within the call the last ones are kept, of those that led to it the nearest.
_FRAMES = 30
_CALLERS = 15
_OURS = "fitscribe"


def status_of(error: BaseException | None) -> str:
    """The status of a run whose code ended with this exception, or with none."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "finished"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"


def described(error: BaseException | Mapping[str, str] | None) -> dict[str, str] | None:
    """Type, message and traceback of an exception, as the console shows it; None for none. It is not kept.

    Secrets are masked in them: a message may quote an address, a traceback the line that logs in.

    Args:
        error: the exception, while it is on its way to the user; or what was returned for one that has gone.
    """
    if error is None:
        return None
    if isinstance(error, Mapping):
        return {name: mask_said(text) for name, text in error.items()}
    found = {"type": type(error).__qualname__, "message": "", "traceback": ""}
    with engine.guarded("run.error"):
        found["message"] = mask_said(_message(error))
        told = traceback.TracebackException(type(error), error, None, compact=True)
        told.stack = traceback.StackSummary.from_list(list(_frames(error.__traceback__)))
        found["traceback"] = mask_said("".join(told.format(chain=False)))
    return found


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # it is made by the user's own code
        return "<exception str() failed>"  # as the traceback has it


def _frames(trace: TracebackType | None) -> Iterator[traceback.FrameSummary]:
    """The frames that led to the call, which the exception lacks yet, and those within it; none of ours."""
    wrapper, first = innermost_wrapper(), trace
    while first is not None and first.tb_frame is not wrapper:
        first = first.tb_next
    # Above the wrapper of the call, if it is one that failed, are the frames of its observer.
    users = trace if first is None else first.tb_next
    outermost = trace if first is None else first
    caller = None if outermost is None else outermost.tb_frame.f_back
    if caller is not None:
        callers = [frame for frame, _ in traceback.walk_stack(caller)][:_CALLERS]
        yield from _of_others(reversed(callers), traceback.extract_stack(caller, _CALLERS))
    below = [frame for frame, _ in traceback.walk_tb(users)][-_FRAMES:]
    yield from _of_others(below, traceback.extract_tb(users, -_FRAMES))


def _of_others(
    frames: Iterable[FrameType], summaries: Iterable[traceback.FrameSummary]
) -> Iterator[traceback.FrameSummary]:
    return (summary for frame, summary in zip(frames, summaries, strict=True) if root_of(frame) != _OURS)


def end_training(run: ActiveRun, status: str, error: BaseException | Mapping[str, str] | None) -> None:
    """End the run of a training, with what recording it has cost, and tell the sweep that it is a round of.

    Args:
        run: the run.
        status: as for :meth:`ActiveRun.end`.
        error: what the training died of.
    """
    try:
        run.log_cost()
    finally:
        run.end(status, error)
    if run.seat is not None:
        with run.section("sweep"):
            run.seat.loop.ended(run, run.seat.number, status)
