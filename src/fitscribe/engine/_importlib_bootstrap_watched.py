"""The frame between the user's code and a function that is watched; see :mod:`._importlib_bootstrap`."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fitscribe.engine._importlib_bootstrap import _bound, _take_frame_out, observed
from fitscribe.engine.ownership import current, suppressed
from fitscribe.engine.points import Watched
from fitscribe.engine.wrappers import PatchedFunction

if TYPE_CHECKING:
    from fitscribe.engine.places import Place

_new = tuple.__new__


def watched(place: Place) -> Callable[..., Any]:
    """The wrapper of a watched function or method.

    It calls as few functions of Python's as can be: beside what a model does to the processor's caches, each
    of them costs a microsecond.
    """
    definition = place.point.definition
    name, binds_first, tell, only = place.name, place.binds_first, definition.watcher, definition.only
    assert tell is not None

    def fitscribe(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        if instance is None and binds_first and args:
            wrapped, instance, args = _bound(wrapped, args)
        around = current.get()
        if (
            not place.live
            or (around is not None and not (around.owner or around).finished)
            or suppressed.get()
        ):
            return wrapped(*args, **kwargs)
        if only is not None or place.base is not None:
            try:
                is_wanted = (place.base is None or place.serves(instance)) and (
                    only is None or only(instance, args, kwargs)
                )
            except Exception as failure:
                place.point.watcher_failed(failure)
                is_wanted = False
            if not is_wanted:
                return wrapped(*args, **kwargs)
        started = perf_counter()
        try:
            result = wrapped(*args, **kwargs)
        except BaseException as error:
            seconds = perf_counter() - started
            try:
                tell(Watched(name, instance, args, kwargs, None, error, seconds))
            except Exception as failure:
                place.point.watcher_failed(failure)
            _take_frame_out(error)
            raise
        seconds = perf_counter() - started
        try:
            # As Watched(...) does, without a call of its own.
            tell(_new(Watched, (name, instance, args, kwargs, result, None, seconds)))
        except Exception as failure:
            place.point.watcher_failed(failure)
        return result

    return fitscribe


def watched_function(place: Place, function: Any) -> PatchedFunction:
    """A wrapper of a function that is called at every step, and whose watcher asks for no time.

    It is called by itself: how ``wrapt`` calls a function takes longer than all that is done here, as it asks
    each time whether that is a method.
    """
    definition = place.point.definition
    name, tell, only = place.name, definition.watcher, definition.only
    assert tell is not None

    def fitscribe(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        around = current.get()
        if (
            not place.live
            or (around is not None and not (around.owner or around).finished)
            or suppressed.get()
        ):
            return self.__wrapped__(*args, **kwargs)
        if only is not None:
            try:
                is_wanted = only(None, args, kwargs)
            except Exception as failure:
                place.point.watcher_failed(failure)
                is_wanted = False
            if not is_wanted:
                return self.__wrapped__(*args, **kwargs)
        try:
            result = self.__wrapped__(*args, **kwargs)
        except BaseException as error:
            try:
                tell(Watched(name, None, args, kwargs, None, error, 0.0))
            except Exception as failure:
                place.point.watcher_failed(failure)
            _take_frame_out(error)
            raise
        try:
            # As Watched(...) does, without a call of its own.
            tell(_new(Watched, (name, None, args, kwargs, result, None, 0.0)))
        except Exception as failure:
            place.point.watcher_failed(failure)
        return result

    kind = type(PatchedFunction.__name__, (PatchedFunction,), {"__call__": fitscribe, "__doc__": None})
    found: PatchedFunction = kind(function, watched(place), None, name)
    return found


def around_call(place: Place) -> Callable[..., Any]:
    """The wrapper that the point of a place asks for."""
    return observed(place.together) if place.point.definition.watcher is None else watched(place)
