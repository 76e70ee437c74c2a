"""A base class and all that descends from it: each class that defines an observed method is patched, once."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from functools import cached_property
from types import FunctionType
from typing import TYPE_CHECKING, Any

from fitscribe.engine._importlib_bootstrap import added_subclass_creation, around_subclass_creation
from fitscribe.engine._importlib_bootstrap_watched import around_call, watched_function
from fitscribe.engine.guard import guarded
from fitscribe.engine.locking import lock
from fitscribe.engine.places import Place
from fitscribe.engine.wrappers import (
    BoundPatchedFunction,
    PatchedFunction,
    guarded_function,
    guarding,
)

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
        if hasattr(type(raw), "__get__") and not isinstance(raw, type) and not _only_raises(raw):
            point.cannot_patch(owner, name, f"a {type(raw).__name__}")
        return
    guarded = guarded_function(raw)
    if isinstance(guarded or raw, (PatchedFunction, BoundPatchedFunction)):
        parent = getattr(raw, "_self_parent", None)
        for place in list(getattr(parent or guarded or raw, "_self_places", ())):
            if place.point is point and (place.stands is raw or place.wrapper is parent):
                if type(raw) is BoundPatchedFunction or place.wrapper._self_holder is not owner:
                    # `fit = Base.fit` in a class body
                    original = place.original if guarded else raw.__wrapped__
                    point.copies.append((weakref.ref(owner), name, raw, original))
                place.live = point.live
                return
    if any(point.revive(place, raw) for place in list(point.left_places)):
        return
    place = Place(
        point, weakref.ref(owner), name, raw, base=base, binds_first=not isinstance(raw, staticmethod)
    )
    below = _served_by(guarded or raw, owner)
    if below is not None and below.stands is raw and place.can_join(below):
        place.join(below)
        point.add(place)
        return
    place.wrapper = wrapper_of(place, guarded or raw, owner)
    place.stands = guarding(raw, place.wrapper) if guarded else place.wrapper
    try:
        # Past the metaclass: some count or forbid what is set on their classes.
        type.__setattr__(owner, name, place.stands)
    except TypeError as error:
        point.cannot_patch(owner, name, str(error))
        return
    point.add(place)


def wrapper_of(place: Place, function: Any, owner: type | None) -> PatchedFunction:
    """A wrapper around a function, for a place and those that join it."""
    if place.point.definition.lean and owner is None:
        wrapper = watched_function(place, function)
    else:
        wrapper = PatchedFunction(function, around_call(place), owner, place.name)
    wrapper._self_places = place.together
    return wrapper


def _served_by(function: Any, owner: type) -> Place | None:
    """A place on what a class holds under a name, where a wrapper of ours was put there."""
    if type(function) is not PatchedFunction or function._self_holder is not owner:
        return None
    return next(iter(function._self_places), None)


def _only_raises(raw: Any) -> bool:
    """Whether it is a property by which a class says that it lacks what its base has."""
    code = getattr(getattr(raw, "fget", None), "__code__", None)
    # All that such a getter knows by name.
    return code is not None and code.co_names == ("AttributeError",)


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

    def _takes(self, owner: type) -> bool:
        """Whether methods that a class defines are observed."""
        point = self._point
        return not point.definition.own or owner.__module__.partition(".")[0] == point.framework

    def patch(self, cls: type) -> None:
        """Patch each class in the ancestry that defines one of the methods and has not been looked at yet."""
        for owner in cls.__mro__:
            seen = self._seen.get(id(owner))
            if owner is object or (seen is not None and seen() is owner):
                continue
            self._seen[id(owner)] = weakref.ref(owner)
            if not self._takes(owner):
                continue
            # A mixin may serve classes that are no business of this point.
            base = None if self.base in owner.__mro__ else self.base
            for name in self._point.definition.methods:
                if name in owner.__dict__:
                    patch_attribute(self._point, owner, name, base)

    def filled(self, cls: type) -> None:
        """Patch what a class has been given after it was made."""
        point = self._point
        for name in point.definition.methods:
            given = cls.__dict__.get(name)
            known = point.patched.get((id(cls), name))
            if known is None or known.owner() is not cls:
                copied = next(
                    (raw for of, each, raw, _ in point.copies if of() is cls and each == name), None
                )
                if copied is not None and given is not copied:
                    type.__setattr__(cls, name, copied)
                elif self.includes(cls) and self._takes(cls):
                    patch_attribute(point, cls, name)
                continue
            place = known.place()
            if place is not None and type(given) is type(place.original):
                # As without fitscribe, it is the new function that is called from here on.
                for each in place.together:
                    each.original = given
                place.wrapper.__wrapped__ = guarded_function(given) or given
                type.__setattr__(cls, name, place.stands)
            else:
                patch_attribute(point, cls, name, None if self.includes(cls) else self.base)


def filled(cls: type) -> None:
    """Patch a class that was made empty and has its attributes now, or got them anew.

    ``cloudpickle`` does so with classes of the script's, which it takes by value: in a process that does not
    have the class it is made first, and in one that has it, it is given the functions that came with an
    object.
    """
    with lock:
        for family in _families:
            family.filled(cls)


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


def restore_copies(copies: Iterable[tuple[weakref.ref[type], str, Any, Any]]) -> None:
    """Put the originals where a class body copied a patched method from its base."""
    for reference, name, raw, original in copies:
        cls = reference()
        if cls is not None and cls.__dict__.get(name) is raw:
            type.__setattr__(cls, name, original)
