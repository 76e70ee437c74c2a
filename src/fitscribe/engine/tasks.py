"""Tasks on their way to another thread or process, and what of fitscribe's travels with them.

Within this process that is fitscribe's own context variables. Where a task is pickled it becomes the plain
task again, as a worker needs no fitscribe. Only under ``fitscribe run``, whose workers are active themselves,
it says what was around it: an owned call, in which nothing is observed, or what the layer above has to say.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, NamedTuple

from fitscribe.engine._importlib_bootstrap import run_carried
from fitscribe.engine.guard import guarded
from fitscribe.engine.ownership import current, current_owner, is_suppressed, suppressed

_predicates: list[Callable[[], bool]] = []
_describe: Callable[[], Any] | None = None
_enter = ""


def carry_when(predicate: Callable[[], bool]) -> None:
    """Have fitscribe's context variables travel to worker threads also where no observed call is running.

    Args:
        predicate: asked at each submit; for a layer above that has a context of its own, such as an open run.
    """
    _predicates.append(predicate)


def carry_to_processes(describe: Callable[[], Any], enter: str) -> None:
    """Have something travel to worker processes that record by themselves.

    Args:
        describe: asked at each submit outside of observed calls; what it returns must pickle as plain values.
            None where there is nothing to say.
        enter: ``"module:function"``, called in the worker with that; it gives the context variables that the
            task is to find, each with its value.
    """
    global _describe, _enter
    _describe, _enter = describe, enter


def is_active_in_children() -> bool:
    """Whether processes started from here record by themselves: under ``fitscribe run``."""
    return os.environ.get("FITSCRIBE_ACTIVE") == "1"


class Baggage(NamedTuple):
    """What travels with a task."""

    variables: list[tuple[Any, Any]]
    """Fitscribe's context variables with their values, for threads."""
    is_inert: bool
    """Whether nothing may be observed in it."""
    around: Any
    """What the layer above says of where it came from, for processes."""


def baggage() -> Baggage | None:
    """What would travel with a task that is submitted now; None where there is nothing."""
    is_inert = current_owner() is not None or is_suppressed()
    if not is_inert and not any(wanted() for wanted in _predicates):
        return None
    variables = [
        (variable, value)
        for variable, value in copy_context().items()
        if variable.name.startswith("fitscribe")
    ]
    around = None
    if _describe is not None and not is_inert and is_active_in_children():
        around = _describe()
    return Baggage(variables, is_inert, around)


class CarriedTask:
    """A task with what travels with it. Its call is one frame, passed over as a wrapper's is."""

    __slots__ = ("_baggage", "func")

    def __init__(self, func: Callable[..., Any], baggage: Baggage) -> None:
        self.func = func
        self._baggage = baggage

    __call__ = run_carried

    def variables(self) -> list[tuple[Any, Any]]:
        """The context variables that the task is to find, with their values."""
        return self._baggage.variables

    def __reduce__(self) -> Any:
        if is_active_in_children():
            if self._baggage.is_inert:
                return InertTask, (self.func,)
            if self._baggage.around is not None:
                return SeatedTask, (self.func, _enter, self._baggage.around)
        return operator.getitem, ((self.func,), 0)  # the plain task, without a helper of ours


class InertTask(CarriedTask):
    """A task of an owned call, in a worker process that has fitscribe switched on: nothing is observed."""

    __slots__ = ()

    def __init__(self, func: Callable[..., Any]) -> None:
        super().__init__(func, Baggage([(suppressed, True), (current, None)], True, None))

    def __reduce__(self) -> Any:
        return InertTask, (self.func,)


class SeatedTask(CarriedTask):
    """A task in a worker process that has fitscribe switched on, and knows where it came from."""

    __slots__ = ("_enter",)

    def __init__(self, func: Callable[..., Any], enter: str, around: Any) -> None:
        super().__init__(func, Baggage([], False, around))
        self._enter = enter

    def variables(self) -> list[tuple[Any, Any]]:
        """What the layer above makes of what it said where the task came from."""
        from pkgutil import resolve_name

        with guarded("context of a task"):
            found: list[tuple[Any, Any]] = resolve_name(self._enter)(self._baggage.around)
            return found
        return []

    def __reduce__(self) -> Any:
        return SeatedTask, (self.func, self._enter, self._baggage.around)
