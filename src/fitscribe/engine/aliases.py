"""Putting another object wherever a loaded module holds a function under some name."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import CellType, FrameType, FunctionType, ModuleType
from typing import Any


def namespaces(package: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The loaded modules, by the name that each is loaded under: what stands in them.

    Args:
        package: where given, only those of this package.
    """
    below = f"{package}."
    # A copy, as a list of items sets the garbage collector off, and what that finalizes may import.
    for full_name, module in sys.modules.copy().items():
        if package and full_name != package and not full_name.startswith(below):
            continue
        # By type, and past __getattribute__: a lazy module imports what it is asked for.
        if issubclass(type(module), ModuleType):
            namespace = object.__getattribute__(module, "__dict__")
            if isinstance(namespace, dict):
                yield full_name, namespace


class _Waiting(threading.local):
    """What this thread will rebind at the end of its `together` block; None outside of one."""

    replacements: list[tuple[Any, Any]] | None = None
    also: list[dict[str, Any]]


_waiting = _Waiting()


@contextmanager
def together() -> Iterator[None]:
    """Make one pass over the loaded modules of all that is rebound in the block, as if each had its own.

    With scikit-learn, SciPy and pandas loaded a pass takes 3 ms, and there are two dozen patch points.
    """
    if _waiting.replacements is not None:
        yield
        return
    replacements = _waiting.replacements = []
    also = _waiting.also = []
    try:
        yield
    finally:
        _waiting.replacements = None
        _replace(_in_sequence(replacements), also, "")


def rebind(
    replacements: Iterable[tuple[Any, Any]],
    also: Iterable[dict[str, Any]] = (),
    package: str = "",
    *,
    at_once: bool = False,
) -> None:
    """Replace objects by others in every namespace of a loaded module, in one pass for all of them.

    Args:
        replacements: pairs of an object, found by identity, and what is put in its stead.
        also: further namespaces.
        package: where given, only modules of this package are looked through, at once.
        at_once: do it now, also in a `together` block.
    """
    if _waiting.replacements is None or package or at_once:
        _replace({id(old): (old, new) for old, new in replacements}, also, package)
        return
    _waiting.replacements.extend(replacements)
    _waiting.also.extend(also)


def _in_sequence(replacements: Iterable[tuple[Any, Any]]) -> dict[int, tuple[Any, Any]]:
    """What becomes of each object when the replacements are made one after the other."""
    becomes: dict[int, tuple[Any, Any]] = {}
    for old, new in replacements:
        for key, (first, now) in becomes.items():
            if now is old:
                becomes[key] = (first, new)
        becomes.setdefault(id(old), (old, new))
    return becomes


def _replace(pairs: dict[int, tuple[Any, Any]], also: Iterable[dict[str, Any]], package: str) -> None:
    wanted = frozenset(pairs)
    if not wanted:
        return
    for namespace in (*(each for _, each in namespaces(package)), *also):
        # A copy, as another thread may be importing; values only, as most namespaces hold nothing.
        if not wanted.isdisjoint(map(id, list(namespace.values()))):
            for name, value in list(namespace.items()):
                if id(value) in wanted:
                    namespace[name] = pairs[id(value)][1]


def unreached(
    replaced: Sequence[tuple[Any, Any]], framework: str = "", covered: Sequence[Any] = ()
) -> list[str]:
    """What still refers to originals where no name of a module can be changed.

    Args:
        replaced: pairs of a function and of the wrapper that was put in its stead.
        framework: where given, what modules and objects of this package hold does not count.
        covered: objects that may refer to originals, as whoever gets there has passed by a wrapper.

    Returns:
        The holders: ``a closure of module.function``, ``default arguments``, ``a list`` and the like. A look
        at every object there is: for a person who asks, never for a run.
    """
    import gc

    known = {id(namespace): namespace for _, namespace in namespaces()}
    passed_over = {id(replaced), id(covered), *map(id, replaced), *(id(wrapper) for _, wrapper in replaced)}
    passed_over.update(map(id, covered))
    found = set()
    originals = tuple(original for original, _ in replaced)
    # Python 3.13 looks at the tuple of its arguments, too.
    passed_over.add(id(originals))
    for holder in gc.get_referrers(*originals):
        if id(holder) in passed_over or id(holder) in known or isinstance(holder, FrameType):
            continue
        holders = _referrers(holder)
        if framework and any(_is_of(framework, each, known) for each in (holder, *holders)):
            continue
        around = (
            [each for closure in holders for each in _referrers(closure)]
            if type(holder) is CellType
            else holders
        )
        if not any(id(each) in passed_over for each in around):
            found.update(_described(holder, [each for each in around if type(each) is FunctionType]))
    return sorted(found)


def _described(holder: Any, functions: list[FunctionType]) -> list[str]:
    """What a holder is, for people; nothing for what is no way to call the function."""
    kind = type(holder)
    if kind in (CellType, tuple) and functions:
        what = "a closure" if kind is CellType else "default arguments"
        return [f"{what} of {each.__module__}.{each.__qualname__}" for each in functions]
    if kind is CellType:
        return ["a closure"]
    if kind in (list, tuple, set, dict, partial):
        return [f"a {kind.__name__}"]
    if kind.__flags__ & _OF_PYTHON and kind.__module__.partition(".")[0] not in ("fitscribe", "wrapt"):
        return [f"an attribute of a {kind.__module__}.{kind.__qualname__}"]
    return []


# Py_TPFLAGS_HEAPTYPE: the type was made while the program ran, as by a class statement.
_OF_PYTHON = 1 << 9


def _referrers(holder: Any) -> list[Any]:
    import gc

    return [each for each in gc.get_referrers(holder) if not isinstance(each, FrameType)]


def _is_of(framework: str, holder: Any, namespaces: dict[int, dict[str, Any]]) -> bool:
    if id(holder) in namespaces:
        module = namespaces[id(holder)].get("__name__")
    else:
        # Functions and classes say themselves where they are from, other objects by their class.
        says = type(holder) is FunctionType or issubclass(type(holder), type)
        module = (holder if says else type(holder)).__module__
    return str(module).partition(".")[0] == framework
