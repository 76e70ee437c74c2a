"""What the script reads of a metric of Keras', ``accuracy.result()``: recorded as what it reports."""

from __future__ import annotations

import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe.engine.callers import users_frames
from fitscribe.engine.frames import calling, root_of
from fitscribe.tracking.reporting import Reporter, Target, report, reporter_at
from fitscribe.tracking.scalars import device_of
from fitscribe_keras.loops.eager import is_replica, is_stateless, is_tracing
from fitscribe_keras.loops.script import ROOTS, name_of_object, variables_around
from fitscribe_keras.values import numbers_of

if TYPE_CHECKING:
    from types import FrameType

    from fitscribe.engine import Watched

# What Keras 2 puts around the method of each metric.
_AROUND = frozenset({"result_fn", "decorated"})
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def computed(call: Watched) -> None:
    """Record what a metric came to, if it is the script that reads it, and not Keras.

    Args:
        call: of its ``result``.
    """
    if call.error is not None or is_tracing() or is_stateless() or is_replica():
        return
    frame = _read_in(calling(sys._getframe(1)))
    if frame is None:
        return
    metric, value = call.instance, call.result
    name = _name_of(metric, frame)
    reporter = reporter_at(f"keras.{type(metric).__name__}", users_frames(frame, ROOTS))
    if device_of(value):
        reporter.device(name, value)
        return
    values = numbers_of({name: value})
    if values:
        report(partial(_points, reporter, values))


def _read_in(frame: FrameType | None) -> FrameType | None:
    while frame is not None and root_of(frame) in ("keras", "tf_keras") and frame.f_code.co_name in _AROUND:
        frame = frame.f_back
    # A metric of the script's own that asks the one it is derived from: its own result is another one.
    return None if frame is None or root_of(frame) in ROOTS or frame.f_code.co_name == "result" else frame


def _name_of(metric: Any, frame: FrameType) -> str:
    """The name that the script gave a metric, or else the variable that it is."""
    kind = _WORDS.sub("_", type(metric).__name__).lower()
    name = metric.name
    if re.fullmatch(rf"{kind}(_\d+)?", name):
        return name_of_object(metric, variables_around(frame)) or str(name)
    return str(name)


def _points(reporter: Reporter, values: dict[str, float], to: Target) -> None:
    reporter.points(to, values)
