"""What an integration declares: its patch points, and an observer beside each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fitscribe.engine.calls import Call

    Observer = Callable[[Call], Generator[None, Any, None]]
    Condition = Callable[[Any, tuple[Any, ...], dict[str, Any]], bool]
    Namespaces = Callable[[], Iterable[dict[str, Any]]]
    Watcher = Callable[["Watched"], None]
    Hook = Callable[..., None]


class Watched(NamedTuple):
    """A watched call that is over.

    Attributes:
        name: of the function or method.
        instance: what the method was called on; None for a function.
        args: its positional arguments, as they were given.
        kwargs: its keyword arguments.
        result: what it returned.
        error: what it raised, or None.
        seconds: how long it took.
    """

    name: str
    instance: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    error: BaseException | None
    seconds: float

    def argument(self, position: int, name: str) -> Any:
        """The value of an argument, whichever way it was passed; None where it was left out."""
        return self.args[position] if position < len(self.args) else self.kwargs.get(name)


class PatchPoint:
    """One place where an integration hooks in, and the observer that runs there."""

    __slots__ = (
        "attribute",
        "but",
        "by_position",
        "definers",
        "from_outside",
        "given",
        "held_by",
        "hook",
        "id",
        "injects",
        "lean",
        "methods",
        "module",
        "nested",
        "observer",
        "only",
        "own",
        "relies_on",
        "target",
        "watcher",
    )

    def __init__(
        self,
        target: str,
        observer: Observer | None,
        *,
        id: str,  # noqa: A002 - the word that users read in `doctor`
        watcher: Watcher | None = None,
        hook: Hook | None = None,
        methods: Iterable[str] = (),
        definers: Iterable[str] = (),
        relies_on: Iterable[str] = (),
        injects: Iterable[str] = (),
        nested: bool = False,
        only: Condition | None = None,
        from_outside: bool = False,
        but: Iterable[str] = (),
        held_by: Namespaces | None = None,
        by_position: bool = False,
        own: bool = False,
        lean: bool = False,
        given: Callable[[Callable[..., None]], None] | None = None,
    ) -> None:
        module, colon, attribute = target.partition(":")
        if not (module and colon and attribute):
            raise ValueError(f"target {target!r} of patch point {id!r} must look like 'module:name'")
        self.target = target
        self.module = module
        self.attribute = attribute
        self.observer = observer
        self.watcher = watcher
        self.hook = hook
        self.id = id
        self.methods = tuple(methods)
        self.definers = tuple(definers)
        self.relies_on = tuple(relies_on)
        self.injects = tuple(injects)
        self.nested = nested
        self.only = only
        self.from_outside = from_outside
        self.but = tuple(but)
        self.held_by = held_by
        self.by_position = by_position
        self.own = own
        self.lean = lean
        self.given = given

    @property
    def is_many(self) -> bool:
        """Whether it stands for several public functions of its module."""
        return "*" in self.attribute or "," in self.attribute

    @property
    def function(self) -> Callable[..., Any]:
        """What the integration wrote: the observer, the watcher or the hook."""
        found = self.observer or self.watcher or self.hook
        assert found is not None
        return found

    def __call__(self, *arguments: Any) -> Any:
        """Call what was declared: a point stands where its function was defined, and can be tried like it."""
        return self.function(*arguments)

    def __repr__(self) -> str:
        return f"<patch point {self.id} on {self.target}>"


def observes(
    target: str,
    *,
    id: str,  # noqa: A002 - the word that users read in `doctor`
    methods: Iterable[str] = (),
    definers: Iterable[str] = (),
    relies_on: Iterable[str] = (),
    injects: Iterable[str] = (),
    nested: bool = False,
    only: Condition | None = None,
    from_outside: bool = False,
    but: Iterable[str] = (),
    held_by: Namespaces | None = None,
    by_position: bool = False,
    own: bool = False,
) -> Callable[[Observer], PatchPoint]:
    """Declare a generator function to be the observer of a patch point.

    The observer runs up to its ``yield``, then the user's call happens, exactly once, outside of every guard.
    Its result is what ``yield`` gives; if it raised, the same exception is raised there. An observer that
    returns before its ``yield`` declines: the call is as if unobserved, and calls inside of it may be
    observed in their own right. One that yields owns the call, whether it records anything or not.

    Args:
        target: ``"module:function"``, or with ``methods`` ``"module:BaseClass"``; ``"module:*"`` is every
            public function of the module, classes left out, as one point: those that its ``__all__`` names,
            else those that its own package defines. ``"module:load,read_*"`` is those of such names.
        id: unique within the integration; shown as ``framework.id``.
        methods: names of methods that are observed on every subclass of the base class, wherever in its
            ancestry the method is defined: scikit-learn's, third parties' and those of the script.
        definers: further classes whose ``__init_subclass__`` changes new subclasses; these are patched after
            the outermost of them has returned. Those that a version lacks are passed over.
        relies_on: parameters that the observer reads, in their order; ``"name:keyword"`` or
            ``"name:positional"`` demands that it can be passed so. Where they differ the point *observes
            only*.
        injects: parameters that the observer may set; checked in the same way.
        nested: observe also inside of a call that is owned already.
        only: ``only(instance, args, kwargs)`` is asked first of all at each call; where it says no, the call
            passes as if unobserved. It must cost next to nothing: it is what such a call pays.
        from_outside: let calls pass that a module of the framework itself makes.
        but: functions that ``"module:*"`` leaves out, as patterns such as ``"make_*"``.
        held_by: gives the namespaces of objects of the framework that hold the functions, beside those of
            modules: a function pickles by its name, so whoever holds it must hold what is found by that.
        by_position: arguments that the signature has as keyword-only are taken by position, too, in their
            order: so do functions that are decorated to warn of it.
        own: of methods, observe those that classes of the framework define. One that a class of the script's
            puts in their place is left as it is: it calls the framework's, with the arguments that count.

    Returns:
        A decorator that turns the generator function into a :class:`PatchPoint`.
    """

    def declare(observer: Observer) -> PatchPoint:
        return PatchPoint(
            target,
            observer,
            id=id,
            methods=methods,
            definers=definers,
            relies_on=relies_on,
            injects=injects,
            nested=nested,
            only=only,
            from_outside=from_outside,
            but=but,
            held_by=held_by,
            by_position=by_position,
            own=own,
        )

    return declare


def watches(
    target: str,
    *,
    id: str,  # noqa: A002 - the word that users read in `doctor`
    methods: Iterable[str] = (),
    only: Condition | None = None,
    but: Iterable[str] = (),
    lean: bool = False,
) -> Callable[[Watcher], PatchPoint]:
    """Declare a plain function that is told of each call once it is over.

    For what is called at every step of a training: no observer is started and no arguments are bound, which
    makes it three times as cheap as :func:`observes`. A watched call owns nothing. Calls inside of an
    observed call, and suppressed ones, are not told of.

    The function is called as ``watcher(call)``; it must not keep anything that it is told of.

    Args:
        target: as for :func:`observes`.
        id: as for :func:`observes`.
        methods: as for :func:`observes`.
        but: as for :func:`observes`.
        only: as for :func:`observes`.
        lean: of functions, take no time (``call.seconds`` is 0), and half as long for the rest.

    Returns:
        A decorator that turns the function into a :class:`PatchPoint`.
    """

    def declare(watcher: Watcher) -> PatchPoint:
        return PatchPoint(
            target, None, watcher=watcher, id=id, methods=methods, only=only, but=but, lean=lean
        )

    return declare


def registers(
    target: str,
    *,
    id: str,  # noqa: A002 - the word that users read in `doctor`
    relies_on: Iterable[str] = (),
    given: Callable[[Callable[..., None]], None] | None = None,
) -> Callable[[Hook], PatchPoint]:
    """Declare a hook that a framework calls by itself, once it has been given to its own registry.

    Nothing is patched. The hook is called with what the framework gives its hooks, where the call that it
    belongs to is neither inside of an observed one nor suppressed; it must not keep any of that.

    Args:
        target: ``"module:function"`` that takes a hook and returns a handle with a method ``remove()``.
        id: as for :func:`observes`.
        relies_on: parameters of the registering function, as for :func:`observes`.
        given: is told of the very function that is about to be registered.

    Returns:
        A decorator that turns the function into a :class:`PatchPoint`.
    """

    def declare(hook: Hook) -> PatchPoint:
        return PatchPoint(target, None, hook=hook, id=id, relies_on=relies_on, given=given)

    return declare


class Integration:
    """All that fitscribe knows of one framework.

    Args:
        framework: the name of its root module, which is also the name of the entry point.
        points: its patch points.

    Raises:
        ValueError: two points share an id.
    """

    __slots__ = ("framework", "points")

    def __init__(self, framework: str, points: Iterable[PatchPoint]) -> None:
        self.framework = framework
        self.points = tuple(points)
        ids = [point.id for point in self.points]
        if len(set(ids)) != len(ids):
            raise ValueError(f"patch points of {framework} share an id: {sorted(ids)}")

    def __repr__(self) -> str:
        return f"<integration {self.framework}: {', '.join(point.id for point in self.points)}>"
