"""A base class and all that descends from it: each class that defines an observed method is patched, once."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from fitscribe.engine._importlib_bootstrap import (
    added_subclass_creation,
    around_subclass_creation,
    observed,
)
from fitscribe.engine.guard import guarded
from fitscribe.engine.installed import code_of
from fitscribe.engine.locking import lock
from fitscribe.engine.places import Place
from fitscribe.engine.wrappers import BoundPatchedFunction, PatchedFunction

if TYPE_CHECKING:
    from fitscribe.engine.installed import InstalledPoint

MISSING: Any = object()
_INIT = "__init_subclass__"


def patch_attribute(point: InstalledPoint, owner: type, name: str, base: type | None = None) -> None:
    """Wrap what the class's own dictionary holds under a name, unless it is wrapped for this point already.

    Args:
        point: whose observer is put around it.
        owner: the class that defines the attribute.
        name: its name there.
        base: where set, only calls on its instances are observed.
    """
    raw = owner.__dict__.get(name, MISSING)
    if raw is MISSING:
        return
    if not _is_method(raw):
        if hasattr(type(raw), "__get__") and not isinstance(raw, type):
            point.cannot_patch(owner, name, f"a {type(raw).__name__}")
        return
    if isinstance(raw, (PatchedFunction, BoundPatchedFunction)) or point.left_places:
        for place in list(point.places):
            if place.wrapper is raw or getattr(raw, "_self_parent", None) is place.wrapper:
                if type(raw) is BoundPatchedFunction or raw._self_holder is not owner:
                    point.copies.append((weakref.ref(owner), name, raw))  # `fit = Base.fit` in a class body
                place.live = point.live
                return
        if any(point.revive(place, raw) for place in list(point.left_places)):
            return
    place = Place(
        point, weakref.ref(owner), name, raw, base=base, binds_first=not isinstance(raw, staticmethod)
    )
    wrapper = PatchedFunction(raw, observed(place), owner, name)
    place.wrapper = wrapper
    try:
        # Past the metaclass: some count or forbid what is set on their classes.
        type.__setattr__(owner, name, wrapper)
    except TypeError as error:
        point.cannot_patch(owner, name, str(error))
        return
    point.add(place)


def _is_method(raw: Any) -> bool:
    if isinstance(raw, (FunctionType, classmethod, staticmethod)):
        return True
    kind = type(raw)
    if (
        isinstance(raw, (type, property, cached_property))
        or not hasattr(kind, "__get__")
        or hasattr(kind, "__set__")
    ):
        return False  # reading a wrapped property would give a proxy
    return callable(raw) or any(hasattr(raw, name) for name in ("__wrapped__", "fn", "func"))


class ClassFamily:
    """The classes that descend from a base class, those to come included.

    Args:
        point: the point to put on them.
        base: the base class.
    """

    def __init__(self, point: InstalledPoint, base: type) -> None:
        self._point = point
        self.base = base
        # By id, as a metaclass may make its classes unhashable.
        self._seen: dict[int, weakref.ref[type]] = {}

    def patch_all(self) -> None:
        """Patch the classes that exist, and from here on those that are made."""
        with lock:
            _families.append(self)
            watch(self.base, add=True)
            for cls in descendants(self.base):
                self.patch(cls)

    def release(self) -> None:
        """Patch no further classes."""
        with lock:
            if self in _families:
                _families.remove(self)
                unwatch(self.base)

    def includes(self, cls: type) -> bool:
        """Whether the class descends from the base."""
        return self.base in cls.__mro__

    def patch(self, cls: type) -> None:
        """Patch each class in the ancestry that defines one of the methods and has not been looked at yet."""
        for owner in cls.__mro__:
            seen = self._seen.get(id(owner))
            if owner is object or (seen is not None and seen() is owner):
                continue
            self._seen[id(owner)] = weakref.ref(owner)
            # A mixin may serve classes that are no business of this point.
            base = None if self.base in owner.__mro__ else self.base
            for name in self._point.definition.methods:
                if name in owner.__dict__:
                    patch_attribute(self._point, owner, name, base)

    def put_back(self) -> None:
        """Put the wrappers back where a class got its own functions anew, out of a pickle."""
        point = self._point
        for method in list(point.patched.values()):
            cls = method.owner()
            on_top = cls.__dict__.get(method.name) if cls is not None else None
            if cls is None or not _came_by_value(on_top, method.code):
                continue
            place = method.place()
            if place is None:
                patch_attribute(point, cls, method.name, None if self.base in cls.__mro__ else self.base)
            else:
                # As without fitscribe, it is the new function that is called from here on.
                place.original = place.wrapper.__wrapped__ = on_top
                type.__setattr__(cls, method.name, place.wrapper)
        for reference, name, raw in point.copies:
            cls = reference()
            if cls is not None and _came_by_value(cls.__dict__.get(name), code_of(raw.__wrapped__)):
                type.__setattr__(cls, name, raw)


def _came_by_value(found: Any, code: CodeType | None) -> bool:
    """Whether this is a function with that code out of a pickle: its globals are no module's."""
    if type(found) is not FunctionType or found.__code__ != code:
        return False
    module = sys.modules.get(found.__globals__.get("__name__", ""))
    return module is None or found.__globals__ is not vars(module)


def put_back() -> None:
    """Patch again what is patched no more because an object of a class came with its class by value.

    ``cloudpickle`` does so with classes of the script's, in both directions: the class that exists already is
    given the functions that came with the object.
    """
    with lock:
        for family in _families:
            family.put_back()


def descendants(base: type) -> Iterator[type]:
    """A class and everything that descends from it, each once."""
    seen: set[int] = set()
    todo = [base]
    while todo:
        cls = todo.pop()
        if id(cls) not in seen:
            seen.add(id(cls))
            yield cls
            todo.extend(type.__subclasses__(cls))


_families: list[ClassFamily] = []
_creating = threading.local()


def _enter(cls: type) -> None:
    stack = _creating.__dict__.setdefault("stack", [])
    stack.append(cls)


def _leave(cls: type) -> bool:
    stack: list[type] = _creating.stack
    stack.pop()
    return not any(each is cls for each in stack)


def _created(cls: type) -> None:
    with guarded("new subclass"), lock:
        for family in tuple(_families):
            if family.includes(cls):
                family.patch(cls)


class _Watch:
    """The ``__init_subclass__`` of one class, changed to tell of new subclasses."""

    def __init__(self, original: Any, ours: Any) -> None:
        self.original = original
        self.ours = ours
        self.users = 1


_watched: dict[int, tuple[type, _Watch]] = {}


def watch(definer: type, *, add: bool) -> None:
    """Have subclasses of a class told of as they are made.

    Args:
        definer: the class.
        add: give it an ``__init_subclass__`` if it has none of its own.
    """
    with lock:
        known = _watched.get(id(definer))
        if known is not None:
            known[1].users += 1
            return
        original = definer.__dict__.get(_INIT, MISSING)
        if original is MISSING and not add:
            return
        ours: Any
        if original is MISSING:
            ours = added_subclass_creation(definer, _enter, _leave, _created)
        else:
            ours = PatchedFunction(
                original, around_subclass_creation(_enter, _leave, _created), definer, _INIT
            )
        try:
            type.__setattr__(definer, _INIT, ours)
        except TypeError:
            return  # a C type: its subclasses are found when something else looks
        _watched[id(definer)] = (definer, _Watch(original, ours))


def unwatch(definer: type) -> None:
    """Take one :func:`watch` back; the last one restores the class."""
    with lock:
        known = _watched.get(id(definer))
        if known is None:
            return
        state = known[1]
        state.users -= 1
        if state.users:
            return
        del _watched[id(definer)]
        if definer.__dict__.get(_INIT) is not state.ours:
            return  # somebody's is on top: ours calls through and does nothing else
        if state.original is MISSING:
            type.__delattr__(definer, _INIT)
        else:
            type.__setattr__(definer, _INIT, state.original)


def restore_copies(copies: Iterable[tuple[weakref.ref[type], str, Any]]) -> None:
    """Put the originals where a class body copied a patched method from its base."""
    for reference, name, raw in copies:
        original = raw.__wrapped__
        cls = reference()
        if cls is not None and cls.__dict__.get(name) is raw:
            type.__setattr__(cls, name, original)
