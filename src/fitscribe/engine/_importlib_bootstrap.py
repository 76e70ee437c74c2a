"""The frames that stand between the user's code and the framework: nothing else lives here.

The name of this file is what it is for. A frame that wraps a call shifts ``warnings.warn(..., stacklevel=2)`` from the
user's line to the wrapper's, and ``DeprecationWarning`` is then hidden altogether. Python passes over frames of its own
import system when it counts stack levels, and knows them by ``importlib`` and ``_bootstrap`` in their file name
(``is_internal_frame`` in ``Python/_warnings.c``, ``_is_internal_frame`` in ``warnings.py`` and, from 3.11 on, in
``logging``; the same from 3.10 to 3.14). So it passes over these, and file and line of the user's warnings stay what
they were. The file exists, so tracebacks show its lines as they show any other's.

Each wrapper is exactly one frame: everything it calls has returned when the user's call begins.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from fitscribe.engine.calls import Place, begin
from fitscribe.engine.ownership import current, suppressed

# From Python 3.11 on, a re-raised exception carries the traceback that is set on it: our frame can be taken out.
_TRACEBACKS_CAN_BE_CUT = sys.version_info >= (3, 11)


def observed(place: Place) -> Callable[..., Any]:
    """The wrapper of an observed function or method."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        observation = begin(place, wrapped, instance, args, kwargs) if place.live else None
        if observation is None:
            return wrapped(*args, **kwargs)
        args, kwargs = observation.arguments()
        try:
            result = wrapped(*args, **kwargs)
        except BaseException as error:
            observation.failed(error)
            raise
        observation.succeeded(result)
        return result

    return fitscribe


def around_subclass_creation(
    enter: Callable[[type], None], leave: Callable[[type], bool], created: Callable[[type], None]
) -> Callable[..., Any]:
    """The wrapper of an existing ``__init_subclass__``."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        enter(instance)
        outermost = False
        try:
            result = wrapped(*args, **kwargs)
        finally:
            outermost = leave(instance)
        if outermost:
            created(instance)
        return result

    return fitscribe


def added_subclass_creation(
    base: type, enter: Callable[[type], None], leave: Callable[[type], bool], created: Callable[[type], None]
) -> classmethod[Any, Any, None]:
    """An ``__init_subclass__`` for a base class that has none of its own."""

    def __init_subclass__(cls: type, **kwargs: Any) -> None:  # noqa: N807 - it becomes just that
        __tracebackhide__ = True
        enter(cls)
        outermost = False
        try:
            super(base, cls).__init_subclass__(**kwargs)
        finally:
            outermost = leave(cls)
        if outermost:
            created(cls)

    __init_subclass__.__qualname__ = f"{base.__qualname__}.__init_subclass__"
    return classmethod(__init_subclass__)


def plain(change: Callable[..., Any]) -> Callable[..., Any]:
    """The wrapper of a core patch point: ``change(instance, args, kwargs)`` gives the arguments to call with."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        args, kwargs = change(instance, args, kwargs)
        return wrapped(*args, **kwargs)

    return fitscribe


def inert(wanted: Callable[[Any], bool]) -> Callable[..., Any]:
    """The wrapper of a core patch point that calls suppressed where ``wanted(instance)`` says so."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        if not wanted(instance):
            return wrapped(*args, **kwargs)
        token = suppressed.set(True)
        try:
            return wrapped(*args, **kwargs)
        finally:
            suppressed.reset(token)

    return fitscribe


def run_carried(variables: list[tuple[Any, Any]], func: Any, args: Any, kwargs: Any) -> Any:
    """Call a task with our context variables as they were where it was submitted; everyone else's stay."""
    __tracebackhide__ = True
    tokens = [(variable, variable.set(value)) for variable, value in variables]
    try:
        return func(*args, **kwargs)
    except BaseException as error:
        if _TRACEBACKS_CAN_BE_CUT and error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next
        raise
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def run_inert(func: Any, args: Any, kwargs: Any) -> Any:
    """Call a task of an owned call in a worker process: the owner is elsewhere, so nothing is observed here."""
    __tracebackhide__ = True
    token = suppressed.set(True)
    held = current.set(None)
    try:
        return func(*args, **kwargs)
    finally:
        current.reset(held)
        suppressed.reset(token)
