"""What the user's code raises or warns reaches the user as if nobody stood in between."""

from __future__ import annotations

import itertools
import os
import sys
import warnings
from types import TracebackType
from typing import Any

from fitscribe.testing import cases, layers
from fitscribe.testing.checks.registry import check
from fitscribe.testing.forks import require
from fitscribe.testing.lab import Lab
from fitscribe.testing.snapshots import difference

_OURS = "fitscribe's wrapper"

# What of the suite is called within the checks; what they are called by is not the same in any two processes.
_SUITE = os.path.dirname(cases.__file__)
_WITHIN = (cases.__file__, layers.__file__, __file__)


class Planted(Exception):
    """Raised inside of the observed call."""


def _frames(trace: TracebackType | None) -> list[Any]:
    frames: list[Any] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if os.path.basename(code.co_filename).startswith("_importlib_bootstrap"):
            place = trace.tb_frame.f_locals.get("place")
            frames.append((_OURS, place and place.point.id))
        else:
            frames.append((code.co_filename, code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _catch(lab: Lab, error: BaseException) -> dict[str, Any]:
    """Raise an error inside of a call made while another one is handled; describe what comes out."""
    cause = OSError("the user's cause")
    outer = LookupError("what the user was handling")
    if sys.version_info >= (3, 11):
        error.add_note("the user's note")

    def inside() -> None:
        raise error from cause

    case = lab.case(inside)
    try:
        try:
            raise outer
        except LookupError:
            case.run()
    except BaseException as caught:
        return {
            "the same object": caught is error,
            "type": type(caught).__name__,
            "arguments": repr(caught.args),
            "context": "the user's" if caught.__context__ is outer else repr(caught.__context__),
            "context of the context": repr(outer.__context__),
            "cause": "the user's" if caught.__cause__ is cause else repr(caught.__cause__),
            "suppresses context": caught.__suppress_context__,
            "notes": list(getattr(caught, "__notes__", ())),
            "attributes": sorted(name for name in vars(caught) if name != "__notes__"),
            "frames": _frames(caught.__traceback__),
        }
    return {"the same object": False, "type": "nothing was raised"}


def _expect_untouched(lab: Lab, make: type[BaseException], *arguments: Any, status: str = "failed") -> None:
    def observed() -> dict[str, Any]:
        caught = _catch(lab, make(*arguments))
        lab.require_runs(1, f"after {make.__name__}", status)
        # The owner has let go: what comes next is a training of its own.
        lab.forget()
        lab.case().run()
        runs = lab.runs()
        require(len(runs) == 2 * lab.runs_per_call, f"the next training after {make.__name__} made no run")
        return caught

    from_observed = lab.observed(observed)
    bare = lab.bare(lambda: _catch(lab, make(*arguments)))
    frames = from_observed.get("frames", [])
    for above, below in itertools.pairwise(frames):
        # A method that two patch points observe has two wrappers, each of one frame.
        require(
            above[0] != _OURS or above != below,
            f"more than one frame of the wrapper of {above[1]} around one call",
        )
    from_observed["frames"] = [frame for frame in frames if frame[0] != _OURS]
    found = difference(bare, from_observed)
    require(not found, f"the user's {make.__name__} comes out changed: {found}")


@check(inside=True)
def exception(lab: Lab) -> None:
    """The user's exception is the same object: traceback, context, cause and notes hold nothing of ours."""
    _expect_untouched(lab, Planted, "the user's", 1)


@check(inside=True)
def keyboard_interrupt(lab: Lab) -> None:
    """Ctrl-C passes at once and unchanged; the run is interrupted."""
    _expect_untouched(lab, KeyboardInterrupt, status="interrupted")


@check(inside=True)
def system_exit(lab: Lab) -> None:
    """`SystemExit` passes unchanged, and leaves no run open."""
    _expect_untouched(lab, SystemExit, 3)


@check(inside=True)
def generator_exit(lab: Lab) -> None:
    """`GeneratorExit` passes unchanged, though observers are generators."""
    _expect_untouched(lab, GeneratorExit)


@check(inside=True)
def stop_iteration(lab: Lab) -> None:
    """`StopIteration` passes unchanged, though observers are generators."""
    _expect_untouched(lab, StopIteration, "the user's")


@check(shared=True)
def bad_call(lab: Lab) -> None:
    """A call with arguments that do not fit fails with the framework's own message, and makes no run."""

    def message() -> Any:
        case = lab.ready_case()
        try:
            case.call(*case.args, **case.kwargs, no_such_parameter_=1)
        except Exception as error:
            frames = [frame for frame in _frames(error.__traceback__) if frame[0] != _OURS]
            return type(error).__name__, str(error), frames
        return "nothing was raised"

    lab.expect_same(message, "errors of a bad call")


@check(inside=True)
def warnings_(lab: Lab) -> None:
    """File and line of warnings from inside of the call are the user's, at every stack level."""

    def inside() -> None:
        for level in range(1, 8):
            warnings.warn(f"level {level}", UserWarning, stacklevel=level)

    def warned() -> Any:
        case = lab.case(inside)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            case.run()
        return [(str(each.message), each.category.__name__, *_place(each)) for each in caught]

    def _place(warning: warnings.WarningMessage) -> tuple[str, int]:
        above = warning.filename.startswith(_SUITE) and warning.filename not in _WITHIN
        return ("the suite", 0) if above else (warning.filename, warning.lineno)

    lab.expect_same(warned, "warnings")
