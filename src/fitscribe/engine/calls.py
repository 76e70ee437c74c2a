"""One observed call: what the observer sees of it, and what it may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import Parameter
from time import thread_time
from types import FrameType
from typing import Any

from fitscribe.engine.callers import CallSite, passed_over, site_in, users_frames
from fitscribe.engine.frames import calling, innermost_wrapper, root_of
from fitscribe.engine.gate import APPLIED, OBSERVES_ONLY
from fitscribe.engine.guard import guarded
from fitscribe.engine.places import Place
from fitscribe.engine.written import text_of


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
        "looks_inside",
        "name",
        "owner",
        "parent",
        "passed_on",
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
        """Argument by parameter name, as passed: no defaults; ``**kwargs`` under their own names."""
        self.owner = owner
        """The outermost observed call around this one; None if it is that itself."""
        self.parent: Call | None = None
        """The innermost observed call around this one."""
        self.exception: BaseException | None = None
        """What the user's call raised; set before it is thrown into the observer."""
        self.looks_inside = True
        """Whether nested points observe what it does: its observer says no where none has a use for that."""
        self.passed_on = False
        """Whether it has come to the function itself, where another tool's wrapper is in between."""
        self.finished = False
        self._cpu = 0.0
        self._since: float | None = None
        self._site: CallSite | None = None

    @property
    def point_id(self) -> str:
        """The patch point, such as ``sklearn.estimator_fit``."""
        return self._place.point.id

    @property
    def class_name(self) -> str:
        """Name of the class that the method was called on; of a static method, the one that defines it."""
        holder = self._place.holder
        found = self.instance if self.instance is not None or isinstance(holder, str) else holder()
        cls = found if isinstance(found, type) else type(found)
        return cls.__name__

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
            self._site = site_in(innermost_wrapper(), self._passed_over())
        return self._site

    def callers(self) -> Iterator[FrameType]:
        """The frames of the user's code that lead to the call, the nearest first; none of them to be kept."""
        return users_frames(innermost_wrapper(), self._passed_over())

    def through(self) -> list[str]:
        """The framework's own functions that lead from the user's code to the call, the nearest first.

        Returns:
            Each as ``module.function``; nothing where the user's code made the call itself.
        """
        found = []
        frame = calling(innermost_wrapper())
        while frame is not None and root_of(frame) == self.framework:
            found.append(f"{frame.f_globals['__name__']}.{frame.f_code.co_name}")
            frame = calling(frame.f_back)
        return found

    def _passed_over(self) -> set[str]:
        return passed_over(self.framework, self._place.point.definition.function)

    def written(self, parameter: str) -> str | None:
        """What the user wrote for an argument, such as ``"X_valid"``. To be asked for while the call goes on.

        Args:
            parameter: its name.

        Returns:
            The text of the argument alone; None where it is not to be had (no source; called by ``map`` or a
            thread pool; passed in a ``*list``; not passed), or is longer than 200 characters.
        """
        if self.finished:
            return None
        with guarded("source of an argument"):
            return text_of(self, self._place, parameter)
        return None

    @property
    def defaults(self) -> dict[str, Any]:
        """What the call leaves to its default: by name, of the parameters that it gives no argument."""
        form = self._place.signature
        parameters = () if form is None else form.parameters.values()
        return {
            each.name: each.default
            for each in parameters
            if each.default is not each.empty and each.name not in self.arguments
        }

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
        index = self._place.position_of(name)
        if index is not None and index < len(self.args):
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
