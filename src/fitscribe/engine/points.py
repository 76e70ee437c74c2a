"""What an integration declares: its patch points, and an observer beside each."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitscribe.engine.calls import Call

    Observer = Callable[[Call], Generator[None, Any, None]]


class PatchPoint:
    """One place where an integration hooks in, and the observer that runs there."""

    __slots__ = (
        "attribute",
        "definers",
        "id",
        "injects",
        "methods",
        "module",
        "nested",
        "observer",
        "relies_on",
        "target",
    )

    def __init__(
        self,
        target: str,
        observer: Observer,
        *,
        id: str,  # noqa: A002 - the word that users read in `doctor`
        methods: Iterable[str] = (),
        definers: Iterable[str] = (),
        relies_on: Iterable[str] = (),
        injects: Iterable[str] = (),
        nested: bool = False,
    ) -> None:
        module, colon, attribute = target.partition(":")
        if not (module and colon and attribute):
            raise ValueError(f"target {target!r} of patch point {id!r} must look like 'module:name'")
        self.target = target
        self.module = module
        self.attribute = attribute
        self.observer = observer
        self.id = id
        self.methods = tuple(methods)
        self.definers = tuple(definers)
        self.relies_on = tuple(relies_on)
        self.injects = tuple(injects)
        self.nested = nested

    def __call__(self, call: Call) -> Generator[None, Any, None]:
        """Start the observer: a point stands where its function was defined, and can be tried like it."""
        return self.observer(call)

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
) -> Callable[[Observer], PatchPoint]:
    """Declare a generator function to be the observer of a patch point.

    The observer runs up to its ``yield``, then the user's call happens, exactly once, outside of every guard.
    Its result is what ``yield`` gives; if it raised, the same exception is raised there. An observer that
    returns before its ``yield`` declines: the call is as if unobserved, and calls inside of it may be
    observed in their own right. One that yields owns the call, whether it records anything or not.

    Args:
        target: ``"module:function"``, or with ``methods`` ``"module:BaseClass"``.
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
        )

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
