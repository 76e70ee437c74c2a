"""One observed call: what the observer sees of it, and how its generator is driven around it."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Generator
from contextvars import Token
from inspect import Parameter, Signature, signature
from time import thread_time
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine.gate import APPLIED, OBSERVES_ONLY, unmet_reliance
from fitscribe.engine.guard import reraises
from fitscribe.engine.ownership import current, suppressed

if TYPE_CHECKING:
    from fitscribe.engine.installed import InstalledPoint

_UNREAD: Any = object()
# Frames of these belong to nobody's training script.
_MACHINERY = frozenset(
    {"fitscribe", "joblib", "concurrent", "threading", "multiprocessing", "asyncio", "wrapt"}
)


class CallSite(NamedTuple):
    """Where the user called: the nearest frame outside of fitscribe, the framework and the thread pools."""

    file: str
    line: int
    function: str


class Place:
    """One attribute that is wrapped: a method of one class, or a function of one module."""

    __slots__ = (
        "__weakref__",
        "_bind_as",
        "_unmet",
        "base",
        "binds_first",
        "holder",
        "live",
        "name",
        "original",
        "point",
        "wrapper",
    )

    def __init__(
        self,
        point: InstalledPoint,
        holder: weakref.ref[type] | str,
        name: str,
        original: Any,
        *,
        base: type | None = None,
        binds_first: bool = True,
    ) -> None:
        self.point = point
        self.holder = holder  # the class, or the name of the module
        self.name = name
        self.original = original
        self.wrapper: Any = None
        self.base = base  # where set, only its instances are observed
        self.binds_first = binds_first
        self.live = point.live
        self._bind_as: Signature | None = _UNREAD
        self._unmet: str | None = None

    @property
    def signature(self) -> Signature | None:
        """The signature as callers see it, without the instance; None where it cannot be read."""
        if self._bind_as is _UNREAD:
            self._bind_as = self._read_signature()
            definition = self.point.definition
            self._unmet = unmet_reliance(self._bind_as, definition.relies_on) or unmet_reliance(
                self._bind_as, definition.injects
            )
        return self._bind_as

    @property
    def unmet(self) -> str | None:
        """What the observer relies on and does not find here."""
        return self._unmet if self.signature is not None or self._unmet else None

    def _read_signature(self) -> Signature | None:
        original = self.original
        if isinstance(original, (classmethod, staticmethod)):
            function: Any = original.__func__
        else:
            function = original
        if not callable(function):
            # A descriptor such as scikit-learn's available_if: it keeps the function that it guards.
            function = getattr(function, "__wrapped__", None) or getattr(function, "fn", None)
        try:
            found = signature(function)
        except (TypeError, ValueError):
            return None
        if not self.binds_first:
            return found
        parameters = list(found.parameters.values())
        if parameters and parameters[0].kind in (
            Parameter.POSITIONAL_ONLY,
            Parameter.POSITIONAL_OR_KEYWORD,
        ):
            parameters = parameters[1:]
        return found.replace(parameters=parameters)


class Call:
    """A call under observation. What it holds of the user's is let go when it ends."""

    __slots__ = (
        "_cpu",
        "_place",
        "_since",
        "_site",
        "args",
        "arguments",
        "exception",
        "finished",
        "function",
        "instance",
        "kwargs",
        "name",
        "owner",
        "parent",
    )

    def __init__(self, place: Place, function: Callable[..., Any], instance: Any, owner: Call | None) -> None:
        self._place = place
        self.function: Any = function
        """The wrapped function, bound."""
        self.instance: Any = instance
        """What the method was called on; None for a function."""
        self.name = place.name
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}
        self.arguments: dict[str, Any] = {}
        """Argument by parameter name, as passed: no defaults; what ``**kwargs`` takes stands under its own name."""
        self.owner = owner
        """The outermost observed call around this one; None if it is that itself."""
        self.parent: Call | None = None
        """The innermost observed call around this one."""
        self.exception: BaseException | None = None
        """What the user's call raised; set before it is thrown into the observer."""
        self.finished = False
        self._cpu = 0.0
        self._since: float | None = None
        self._site: CallSite | None = None

    @property
    def point_id(self) -> str:
        """The patch point, such as ``sklearn.estimator_fit``."""
        return self._place.point.id

    @property
    def framework(self) -> str:
        """The framework's name."""
        return self._place.point.framework

    @property
    def framework_version(self) -> str | None:
        """The framework's installed version; None where nobody knows it."""
        return self._place.point.version

    @property
    def untested(self) -> bool:
        """Whether that version is newer than the newest that fitscribe is tested with."""
        return self._place.point.verdict.untested

    @property
    def state(self) -> str:
        """``applied``, or ``observes only`` where the function is not as it was in the tested versions."""
        point_state = self._place.point.verdict.state
        return OBSERVES_ONLY if self._place.unmet or point_state == OBSERVES_ONLY else APPLIED

    @property
    def cpu(self) -> float:
        """CPU seconds that fitscribe itself has spent on this call so far, on the calling thread."""
        return self._cpu if self._since is None else self._cpu + thread_time() - self._since

    @property
    def site(self) -> CallSite:
        """Where the user called. To be asked for while the call goes on."""
        if self._site is None:
            self._site = self._find_site()
        return self._site

    def _find_site(self) -> CallSite:
        observer = getattr(self._place.point.definition.observer, "__module__", None) or ""
        passed_over = {self.framework, observer.partition(".")[0]} | _MACHINERY
        frame: FrameType | None = sys._getframe(1)
        site = CallSite("", 0, "")
        while frame is not None:
            root = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            site = CallSite(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
            if root not in passed_over:
                break
            frame = frame.f_back
        return site

    def set_argument(self, name: str, value: Any) -> bool:
        """Call the function with another value; the caller's own objects are left as they are.

        Args:
            name: a parameter that the point declares in ``injects`` or ``relies_on``.
            value: what to pass.

        Returns:
            False where the point only observes.

        Raises:
            ValueError: the point does not declare the parameter.
        """
        definition = self._place.point.definition
        if name not in {each.partition(":")[0] for each in definition.injects + definition.relies_on}:
            raise ValueError(f"{self.point_id} does not declare that it injects {name!r}")
        form = self._place.signature
        if form is None or self.state == OBSERVES_ONLY:
            return False
        positional = [
            parameter.name
            for parameter in form.parameters.values()
            if parameter.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        ]
        if name in positional[: len(self.args)]:
            index = positional.index(name)
            self.args = (*self.args[:index], value, *self.args[index + 1 :])
        elif form.parameters[name].kind is Parameter.POSITIONAL_ONLY:
            return False  # those before it were left to their defaults
        else:
            self.kwargs = {**self.kwargs, name: value}
        self.arguments[name] = value
        return True

    def add_to_list(self, name: str, item: Any) -> bool:
        """Append to a list argument, on a copy of the caller's list.

        Args:
            name: as for :meth:`set_argument`.
            item: what to append.

        Returns:
            False where the point only observes, or the argument is neither a list, a tuple nor None.
        """
        given = self.arguments.get(name)
        if given is not None and not isinstance(given, (list, tuple)):
            return False
        return self.set_argument(name, [*(given or ()), item])

    def _let_go(self) -> None:
        self.finished = True
        self.function = self.instance = self.exception = self.parent = None
        self.args = ()
        self.kwargs = {}
        self.arguments = {}

    def __repr__(self) -> str:
        return f"<call of {self.point_id}: {self.name}{', finished' if self.finished else ''}>"


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
    if suppressed.get() or (place.base is not None and not isinstance(instance, place.base)):
        return None
    started = thread_time()
    try:
        form = place.signature
        if form is None:
            arguments = dict(kwargs)
        else:
            try:
                arguments = dict(form.bind(*args, **kwargs).arguments)
            except TypeError:
                return None  # it fails by itself, with its own message
            for parameter in form.parameters.values():
                if parameter.kind is Parameter.VAR_KEYWORD:
                    arguments.update(arguments.pop(parameter.name, {}))
    except Exception as error:
        if reraises():
            raise
        point.failed(error)
        return None
    call = Call(place, wrapped, instance, owner)
    call.args, call.kwargs, call.arguments, call.parent = args, kwargs, arguments, parent
    call._since = started
    observation = Observation(call, current.set(call))
    del form, arguments
    observation.start(args, kwargs)
    return None if observation.declined else observation


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
            self._steps = call._place.point.definition.observer(call)
            next(self._steps)
        except StopIteration:
            self.declined = True
            self._end()
            return
        except Exception as error:
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

    def succeeded(self, result: Any) -> None:
        """Send the result to the observer."""
        self._resume(result, None)

    def failed(self, error: BaseException) -> None:
        """Show the user's exception to the observer, and leave it as it was."""
        traceback, context, cause = error.__traceback__, error.__context__, error.__cause__
        suppress_context = error.__suppress_context__
        notes = list(getattr(error, "__notes__", ()))
        try:
            self._resume(None, error)
        finally:
            # Throwing it into the generator left the generator's frames on it.
            error.__cause__ = cause
            error.__context__ = context
            error.__suppress_context__ = suppress_context
            error.__traceback__ = traceback
            if list(getattr(error, "__notes__", ())) != notes:
                error.__notes__ = notes  # type: ignore[attr-defined]  # since Python 3.11

    def _resume(self, result: Any, error: BaseException | None) -> None:
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
        self._call._let_go()
        self._args, self._kwargs = (), {}
