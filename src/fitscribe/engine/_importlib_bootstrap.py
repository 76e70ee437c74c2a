"""The frames that stand between the user's code and the framework: nothing else lives here.

The name of this file is what it is for. A frame that wraps a call shifts ``warnings.warn(..., stacklevel=2)``
from the user's line to the wrapper's, and ``DeprecationWarning`` is then hidden altogether. Python passes
over frames of its own import system when it counts stack levels, and knows them by ``importlib`` and
``_bootstrap`` in their file name (``is_internal_frame`` in ``Python/_warnings.c``, ``_is_internal_frame`` in
``warnings.py`` and, from 3.11 on, in ``logging``; the same from 3.10 to 3.14). So it passes over these, and
file and line of the user's warnings stay what they were. The file exists, so tracebacks show its lines as
they show any other's.

Each wrapper is exactly one frame: everything it calls has returned when the user's call begins. It can be met
on the stack of a running call, and in a traceback only before Python 3.11.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.engine.guard import keep
from fitscribe.engine.observation import begin, broken
from fitscribe.engine.ownership import current, suppressed

if TYPE_CHECKING:
    from fitscribe.engine.core_points import CorePoint
    from fitscribe.engine.places import Place
    from fitscribe.engine.tasks import CarriedTask

# From Python 3.11 on, a re-raised exception carries the traceback that is set on it: our frame can be taken
# out.
_TRACEBACKS_CAN_BE_CUT = sys.version_info >= (3, 11)


def _take_frame_out(error: BaseException) -> None:
    """Take the frame that caught an exception, and is about to re-raise it, out of its traceback."""
    if _TRACEBACKS_CAN_BE_CUT and error.__traceback__ is not None:
        BaseException.with_traceback(error, error.__traceback__.tb_next)


def _bound(wrapped: Any, args: Any) -> tuple[Any, Any, Any]:
    """Bind a method that is called as a function, as in ``Estimator.fit(estimator, X)``."""
    return wrapped.__get__(args[0], type(args[0])), args[0], args[1:]


def observed(places: Sequence[Place]) -> Callable[..., Any]:
    """The wrapper of an observed function or method.

    Args:
        places: of one attribute. They are asked in turn until one of them observes the call.
    """
    binds_first = places[0].binds_first

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        if instance is None and binds_first and args:
            wrapped, instance, args = _bound(wrapped, args)
        observation = None
        # Most calls are made within an observed one: those pay for no more than this.
        around, owned, asked = current.get(), False, places
        if around is not None:
            owner = around.owner or around
            owned = not owner.finished
            if owned and not owner.looks_inside:
                asked = ()
        try:
            for place in asked:
                if (
                    place.live
                    and (place.nested or not owned)
                    and (place.takes_all or place.point.takes(instance, args, kwargs))
                ):
                    observation = begin(place, wrapped, instance, args, kwargs)
                    if observation is not None:
                        args, kwargs = observation.arguments()
                        break
        except BaseException as failure:
            observation = None
            broken(place, around, failure)
        try:
            result = wrapped(*args, **kwargs)
        except BaseException as error:
            if observation is not None:
                try:
                    observation.failed(error)
                except BaseException as failure:
                    broken(place, around, failure)
            _take_frame_out(error)
            raise
        if observation is not None:
            try:
                observation.resume(result)
            except BaseException as failure:
                broken(place, around, failure)
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
        except BaseException as error:
            _take_frame_out(error)
            raise
        finally:
            outermost = leave(instance)
        if outermost:
            created(instance)
        return result

    return fitscribe


def added_subclass_creation(
    base: Any, enter: Callable[[type], None], leave: Callable[[type], bool], created: Callable[[type], None]
) -> classmethod[Any, Any, None]:
    """An ``__init_subclass__`` for a base class that has none of its own."""

    def __init_subclass__(cls: Any, /, **kwargs: Any) -> None:  # noqa: N807 - it becomes just that
        __tracebackhide__ = True
        enter(cls)
        outermost = False
        try:
            super(base, cls).__init_subclass__(**kwargs)
        except BaseException as error:
            _take_frame_out(error)
            raise
        finally:
            outermost = leave(cls)
        if outermost:
            created(cls)

    __init_subclass__.__qualname__ = f"{base.__qualname__}.__init_subclass__"
    return classmethod(__init_subclass__)


def plain(point: CorePoint, change: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """The wrapper of a core point: ``change(instance, args, kwargs)`` gives the arguments to call with."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        if instance is None and args:
            wrapped, instance, args = _bound(wrapped, args)
        if point.live:
            try:
                args, kwargs = change(instance, args, kwargs)
            except Exception as failure:
                keep(point.id, failure)
        try:
            return wrapped(*args, **kwargs)
        except BaseException as error:
            _take_frame_out(error)
            raise

    return fitscribe


def told(point: CorePoint, then: Callable[[Any, Any], None]) -> Callable[..., Any]:
    """The wrapper of a core point: ``then(args, result)`` comes after each call that returned."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            result = wrapped(*args, **kwargs)
        except BaseException as error:
            _take_frame_out(error)
            raise
        if point.live:
            try:
                then(args, result)
            except Exception as failure:
                keep(point.id, failure)
        return result

    return fitscribe


def inert(point: CorePoint, wanted: Callable[[Any], bool]) -> Callable[..., Any]:
    """The wrapper of a core patch point that calls suppressed where ``wanted(instance)`` says so."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        if instance is None and args:
            wrapped, instance, args = _bound(wrapped, args)
        token = None
        if point.live:
            try:
                token = suppressed.set(True) if wanted(instance) else None
            except Exception as failure:
                keep(point.id, failure)
        try:
            return wrapped(*args, **kwargs)
        except BaseException as error:
            _take_frame_out(error)
            raise
        finally:
            if token is not None:
                suppressed.reset(token)

    return fitscribe


def run_carried(task: CarriedTask, /, *args: Any, **kwargs: Any) -> Any:
    """Call a task with its context variables as they were where it was submitted; everyone else's stay."""
    __tracebackhide__ = True
    tokens: list[Any] = []
    try:
        # In the thread that submitted it nothing has to change.
        for variable, value in task.variables():
            if variable.get(None) is not value:
                tokens.append((variable, variable.set(value)))
    except Exception as failure:
        keep("context of a task", failure)
    try:
        return task.func(*args, **kwargs)
    except BaseException as error:
        _take_frame_out(error)
        raise
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def followed(follow: Callable[[Any, Any, Any, Any], None]) -> Callable[..., Any]:
    """The wrapper of a function of the user's: ``follow(wrapped, args, kwargs, result)`` comes after it."""

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            result = wrapped(*args, **kwargs)
        except BaseException as error:
            _take_frame_out(error)
            raise
        try:
            follow(wrapped, args, kwargs, result)
        except Exception as failure:
            keep("fitscribe.metric", failure)
        return result

    return fitscribe
