"""What the variables of a script hold, read without running any of its code.

No property, no ``__getattr__``, no ``__eq__`` and no truth value of anything is asked for: only what lies in
the dicts, lists, tuples and attributes themselves.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple, TypeAlias

from fitscribe.engine.frames import root_of
from fitscribe.engine.variables import locals_of

# How much is looked at: variables hold whole data sets.
_FRAMES = 64
_VALUES = 5_000
_ITEMS = 64
_ATTRIBUTES = 256
_LEAVES = (
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.ModuleType,
    types.GeneratorType,
    types.FrameType,
)


Held: TypeAlias = Callable[[Any], list[tuple[str, Any]]]


class Variable(NamedTuple):
    """A value that a script can name.

    Attributes:
        name: how it is written, such as ``nets['gen']`` or ``self.net``.
        value: the value.
        depth: 0 for a variable, more for what is held by one.
        frame: which frame has it, counted outwards.
    """

    name: str
    value: Any
    depth: int
    frame: int


def attributes(obj: object) -> dict[str, Any]:
    """Return what lies in the attributes of an object itself: its ``__dict__``, else its slots."""
    try:
        held = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return _slots(obj)
    return held if isinstance(held, dict) else {}


def _slots(obj: object) -> dict[str, Any]:
    found = {}
    for cls in type(obj).__mro__:
        for name, member in tuple(vars(cls).items()):
            if type(member) is types.MemberDescriptorType:
                try:
                    found[name] = member.__get__(obj)
                except AttributeError:
                    continue  # it has not been set yet
    return found


def held_by(value: object) -> list[tuple[str, Any]]:
    """Return what a list, tuple, dict or other object holds, with what is written after its name for it.

    Args:
        value: any object. Of long ones only the beginning is given.
    """
    cls = type(value)
    try:
        if issubclass(cls, dict):
            items: list[tuple[Any, Any]] = list(islice(dict.items(value), _ITEMS))  # type: ignore[arg-type]
            return [(f"[{key!r}]" if type(key) in (str, int) else "[…]", item) for key, item in items]
        if issubclass(cls, (list, tuple)):
            base: Any = list if issubclass(cls, list) else tuple
            return [(f"[{index}]", item) for index, item in enumerate(islice(base.__iter__(value), _ITEMS))]
        return [(f".{name}", item) for name, item in islice(attributes(value).items(), _ATTRIBUTES)]
    except RuntimeError:
        return []  # another thread is changing it


def reachable(
    frame: FrameType | None, held: Held = held_by, *, depth: int, passing: Iterable[str] = ()
) -> Iterator[Variable]:
    """Go through what the code around a call can name: variables before what they hold, inner frames first.

    Args:
        frame: the innermost frame.
        held: gives what a value holds, as :func:`held_by` does.
        depth: how many steps into lists, dicts and objects are taken.
        passing: root packages of which the frames are passed over.

    Returns:
        Some thousands of them at most.
    """
    return islice(_by_depth(_variables(frame, frozenset(passing)), held, depth), _VALUES)


def _variables(frame: FrameType | None, passed_over: frozenset[str]) -> list[Variable]:
    found: list[Variable] = []
    globals_seen: set[int] = set()
    number = 0
    while frame is not None and number < _FRAMES:
        root = root_of(frame)
        if root not in passed_over and not root.startswith("fitscribe"):
            names = locals_of(frame)
            if id(frame.f_globals) not in globals_seen:
                globals_seen.add(id(frame.f_globals))
                names = {**frame.f_globals, **names}
            found += [Variable(name, value, 0, number) for name, value in names.items() if name[:2] != "__"]
            number += 1
        frame = frame.f_back
    return found


def _by_depth(level: list[Variable], held: Held, depth: int) -> Iterator[Variable]:
    seen: set[int] = set()
    while level:
        inner: list[Variable] = []
        for each in level:
            yield each
            name, value, here, number = each
            if (
                here < depth
                and len(inner) < _VALUES  # no more than that of them will be looked at
                and id(value) not in seen
                and not issubclass(type(value), _LEAVES)
            ):
                seen.add(id(value))
                inner += [Variable(name + suffix, item, here + 1, number) for suffix, item in held(value)]
        level = inner
