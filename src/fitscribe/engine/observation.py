"""How the observer of a call is driven around it: by hand, as no error may cross from one to the other."""

from __future__ import annotations

from collections.abc import Generator
from contextvars import Token
from time import thread_time
from typing import Any

from fitscribe.engine.calls import Call
from fitscribe.engine.guard import passes, reraises
from fitscribe.engine.outside import is_from_outside
from fitscribe.engine.ownership import current, suppressed
from fitscribe.engine.places import Place

_ABSENT: Any = object()
# The cause before the last: setting it sets that.
_OF_AN_EXCEPTION = ("__traceback__", "__context__", "__cause__", "__suppress_context__")


def begin(
    place: Place, wrapped: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Observation | None:
    """Run the observer up to its ``yield``.

    Returns:
        None where the call is not observed: it is inside of another, or suppressed, or does not bind, or the
        observer declined.
    """
    parent = current.get()
    owner: Call | None = None
    point = place.point
    if parent is not None:
        owner = parent.owner or parent
        if owner.finished:
            parent = owner = None
        elif not point.nested:
            return None
        elif parent._place.beneath is place and not parent.passed_on:
            parent.passed_on = True  # by another tool: it is the very same call
            return None
    if suppressed.get() or not (place.base is None or place.serves(instance)):
        return None
    started = thread_time()
    try:
        binding = place.binding
        if binding is None:
            arguments = dict(kwargs)
        else:
            try:
                arguments = binding.bind(args, kwargs)
            except TypeError:
                return None  # it fails by itself, with its own message
    except Exception as error:
        if passes(error):
            raise
        point.failed(error)
        return None
    call = Call(place, wrapped, instance, owner)
    call.args, call.kwargs, call.arguments, call.parent = args, kwargs, arguments, parent
    call._since = started
    observation = Observation(call, current.set(call))
    del arguments
    observation.start(args, kwargs)
    return None if observation.declined else observation


def broken(place: Place, around: Call | None, error: BaseException) -> None:
    """Give an observation up that the engine itself could not begin or end, and report it.

    Args:
        place: of the call.
        around: the observed call around it.
        error: what was raised.

    Raises:
        BaseException: the error itself, where it is not ours to keep.
    """
    given_up = current.get()
    if given_up is not around:
        current.set(around)
        if given_up is not None:
            given_up._let_go()
    if passes(error):
        raise error
    assert isinstance(error, Exception)
    place.point.failed(error)


class Observation:
    """The observer of one call, driven by hand: its errors stay here, the user's pass it unchanged."""

    __slots__ = ("_args", "_call", "_error", "_kwargs", "_steps", "_token", "declined")

    def __init__(self, call: Call, token: Token[Call | None]) -> None:
        self._call = call
        self._token = token
        self._steps: Generator[None, Any, None] | None = None
        self._error: Exception | None = None
        self._args: tuple[Any, ...] = ()
        self._kwargs: dict[str, Any] = {}
        self.declined = False

    def start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Run up to the ``yield``."""
        call = self._call
        self._args, self._kwargs = args, kwargs
        try:
            self._steps = call._place.point.definition.observer(call)  # type: ignore[misc] # it has one
            next(self._steps)
        except StopIteration:
            self.declined = True
            self._end()
            return
        except Exception as error:
            if is_from_outside(error):
                self._end()
                raise
            # The user's call keeps its own arguments, and what is inside of it stays owned: no stray runs.
            self._error = error
            self._steps = None
            call.args, call.kwargs = args, kwargs
        except BaseException:
            self._end()
            raise
        self._args, self._kwargs = call.args, call.kwargs
        self._pause()

    def arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What to call with; not kept."""
        found = self._args, self._kwargs
        self._args, self._kwargs = (), {}
        return found

    def failed(self, error: BaseException) -> None:
        """Show the user's exception to the observer, and leave it as it was."""
        # Past __setattr__: an exception may be a frozen dataclass.
        before = [getattr(error, name) for name in _OF_AN_EXCEPTION]
        notes = vars(error).get("__notes__", _ABSENT)
        kept = list(notes) if isinstance(notes, list) else None
        try:
            self.resume(None, error)
        finally:
            # Throwing it into the generator left the generator's frames on it.
            for name, value in zip(_OF_AN_EXCEPTION, before, strict=True):
                BaseException.__setattr__(error, name, value)
            if notes is _ABSENT:
                vars(error).pop("__notes__", None)
            else:
                vars(error)["__notes__"] = notes
                if kept is not None:
                    notes[:] = kept

    def resume(self, result: Any, error: BaseException | None = None) -> None:
        """Send the result to the observer; what the user's call raised comes by way of :meth:`failed`."""
        call, steps = self._call, self._steps
        call._since = thread_time()
        call.exception = error
        try:
            if steps is not None:
                if error is None:
                    steps.send(result)
                else:
                    steps.throw(error)
                steps.close()
                self._error = RuntimeError("the observer yielded more than once")
        except StopIteration:
            # The observer ran to its end. (One that the user's call raised comes out as RuntimeError.)
            self._error = None
        except Exception as raised:
            converted = isinstance(error, StopIteration) and raised.__cause__ is error
            if raised is not error and not converted:
                if is_from_outside(raised):
                    raise
                self._error = raised
        except BaseException as raised:
            if raised is not error:
                raise
        finally:
            del result, error, steps
            self._end()
        self._settle()

    def _settle(self) -> None:
        point, error = self._call._place.point, self._error
        self._error = None
        if error is None:
            point.failures = 0
        elif reraises():
            raise error
        else:
            point.failed(error)

    def _pause(self) -> None:
        call = self._call
        if call._since is not None:
            call._cpu += thread_time() - call._since
            call._since = None

    def _end(self) -> None:
        self._steps = None
        self._pause()
        try:
            current.reset(self._token)
        except ValueError:
            # Ended in another context than it began in (greenlets): what was there before it still holds.
            before = self._token.old_value
            current.set(None if before is Token.MISSING else before)
        owner = self._call.owner
        if owner is not None:
            owner._cpu += self._call._cpu
        self._call._let_go()
        self._args, self._kwargs = (), {}
