"""Under which names the values of metrics are recorded, and what becomes of values that are no numbers."""

from __future__ import annotations

import ast
from functools import partial
from math import prod
from typing import Any

from fitscribe.capture import type_name
from fitscribe.engine import Call
from fitscribe.engine.written import call_in
from fitscribe.tracking import metric_results
from fitscribe.tracking.reporting import Reporter, Target, report, reporter_at
from fitscribe.tracking.scalars import device_of, scalar

_MOST_PARTS = 20
_MOST_CELLS = 10_000


def computed(call: Call, metric: Any, result: Any, *, has_names: bool = False) -> None:
    """Record what a metric came to.

    Args:
        call: of its ``compute``, that goes on.
        metric: the metric, or a collection of several.
        result: a tensor, or a dict of some.
        has_names: whether the keys of the dict are names that the script chose.
    """
    frame = next(call.callers(), None)
    written = None if frame is None else call_in(frame, "compute")
    name = _name(written.receiver) if written is not None else ""
    kind = type(metric).__name__
    reporter = reporter_at(f"torchmetrics.{kind}", call.callers())
    name = name or kind
    if not isinstance(result, dict):
        _take(reporter, name, result)
        return
    for key, value in result.items():
        _take(reporter, str(key) if has_names else f"{name}/{key}", value)


def _name(receiver: str) -> str:
    """What the script calls a metric: ``val_acc`` of ``self.val_acc``, ``acc`` of ``metrics["acc"]``."""
    try:
        found = ast.parse(receiver, mode="eval").body
    except SyntaxError:
        return ""
    if isinstance(found, ast.Name):
        return "" if found.id == "self" else found.id
    if isinstance(found, ast.Attribute):
        return found.attr
    if isinstance(found, ast.Subscript) and isinstance(found.slice, ast.Constant):
        return str(found.slice.value) if isinstance(found.slice.value, str) else ""
    return ""


def _take(reporter: Reporter, name: str, value: Any) -> None:
    """Record one value: a number, a few of them under their numbers, or a table."""
    if device_of(value):
        reporter.device(name, value)
        return
    number = scalar(value)
    if number is not None:
        report(partial(_points, reporter, {name: number}))
        return
    shape = tuple(getattr(value, "shape", ()))
    if len(shape) == 1 and 0 < shape[0] <= _MOST_PARTS:
        parts = {f"{name}/{index}": scalar(part) for index, part in enumerate(value)}
        report(partial(_points, reporter, {part: each for part, each in parts.items() if each is not None}))
    elif len(shape) in (1, 2) and 0 < prod(shape) <= _MOST_CELLS and (data := metric_results.table(value)):
        report(partial(_table, reporter, name, data))
    else:
        report(partial(_unseen, reporter, name, f"its value is of type {type_name(value)}"))


def _points(reporter: Reporter, values: dict[str, float], to: Target) -> None:
    reporter.points(to, values)


def _table(reporter: Reporter, name: str, data: dict[str, Any], to: Target) -> None:
    known = reporter.name_in(to.run, name)
    if known:
        to.run.log_record(known, "table", data)


def _unseen(reporter: Reporter, name: str, why: str, to: Target) -> None:
    reporter.unseen(to.run, reporter.name_in(to.run, name) or name, why)
