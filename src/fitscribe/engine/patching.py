"""Putting a patch point where it belongs, and taking it away again without harm to anyone's wrapper."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from inspect import signature
from types import ModuleType
from typing import Any

from fitscribe.engine import gate, hooks
from fitscribe.engine.aliases import rebind, unreached
from fitscribe.engine.families import (
    MISSING,
    ClassFamily,
    patch_attribute,
    restore_copies,
    unwatch,
    watch,
)
from fitscribe.engine.functions import exposed, holders, install_functions, public_functions
from fitscribe.engine.installed import InstalledPoint, shortened
from fitscribe.engine.layers import chain_holds, describe_layer, layers
from fitscribe.engine.locking import lock
from fitscribe.engine.places import Place


def install(point: InstalledPoint, module: ModuleType) -> None:
    """Patch the target of a point, in a module that has been imported.

    Args:
        point: not installed yet. Where the target is missing, or is not what was tested, its verdict changes.
        module: the module that defines the target.
    """
    definition = point.definition
    with lock:
        if point.installed or point.verdict.state == gate.SKIPPED:
            return
        if definition.is_many:
            functions = public_functions(module, definition.attribute.split(","), definition.but)
            if functions:
                _switch_on(point)
                install_functions(point, module, functions)
            else:
                _skip(point, f"{definition.module} has no public functions of that name")
            return
        named, target = _find(module, definition.attribute)
        if target is MISSING or (definition.methods and not isinstance(target, type)):
            _skip(point, f"{definition.target} is missing")
            return
        _switch_on(point)
        name = definition.attribute.rpartition(".")[2]
        if definition.hook is not None:
            _register(point, target)
            return
        if definition.methods:
            _install_family(point, target)
        elif isinstance(named, type):
            owner = next((cls for cls in named.__mro__ if name in cls.__dict__), named)
            patch_attribute(point, owner, name, None if owner is named else named)
        elif isinstance(target, type) or not callable(target):
            _skip(point, f"{definition.target} is {'a class' if isinstance(target, type) else 'no function'}")
            return
        else:
            install_functions(point, module, {name: target})
        if not point.places and not definition.methods:
            _skip(point, f"cannot be patched: {shortened(point.unpatchable, ', ') or definition.target}")
            return
        _probe(point)


def _find(module: ModuleType, attribute: str) -> tuple[Any, Any]:
    """The class or module that is named as the holder of the target, and the target; else ``MISSING``."""
    *path, name = attribute.split(".")
    holder: Any = module
    for part in path:
        holder = vars(holder).get(part, MISSING)
        if not isinstance(holder, type):
            return holder, MISSING
    if isinstance(holder, type):
        found = (cls.__dict__[name] for cls in holder.__mro__ if name in cls.__dict__)
        return holder, next(found, MISSING)
    return holder, vars(holder).get(name, MISSING)


def _switch_on(point: InstalledPoint) -> None:
    point.installed = True
    point.set_live(point.live)
    point.left.clear()
    point.unpatchable.clear()


def _skip(point: InstalledPoint, reason: str) -> None:
    point.installed = False
    point.verdict = gate.Verdict(gate.SKIPPED, reason, point.verdict.untested)


def _probe(point: InstalledPoint) -> None:
    """See now whether a function is as it was tested; the many of a family are looked at when called."""
    if point.definition.methods:
        return
    for place in point.places:
        unmet = place.unmet
        if unmet:
            reason = f"{point.definition.target}: {unmet}"
            point.verdict = gate.Verdict(gate.OBSERVES_ONLY, reason, point.verdict.untested)


def _register(point: InstalledPoint, registry: Callable[..., Any]) -> None:
    """Give the hook of a point to the framework, unless its registry is not what was tested."""
    unmet = gate.unmet_reliance(signature(registry), point.definition.relies_on)
    if unmet:
        _skip(point, f"{point.definition.target}: {unmet}")
    else:
        hook = point.called_back()
        if point.definition.given is not None:
            point.definition.given(hook)
        point.handle = registry(hook)


def _install_family(point: InstalledPoint, base: type) -> None:
    point.family = ClassFamily(point, base)
    for definer in point.definition.definers:
        module, _, name = definer.partition(":")
        callback = partial(_watch_definer, point, name)
        if module in sys.modules:
            # Those that this version lacks are passed over, and so are modules that it never imports.
            hooks.when_imported(module, callback)
    point.family.patch_all()


def _watch_definer(point: InstalledPoint, name: str, module: ModuleType) -> None:
    definer = vars(module).get(name)
    if isinstance(definer, type) and point.installed:
        watch(definer, add=False)
        point.definers.append(definer)


def uninstall(point: InstalledPoint, *, at_once: bool = False) -> None:
    """Give everything back that can be given back, and say what cannot.

    The point is off when this returns, wherever its wrappers are. A wrapper is taken out only where it is on
    top: beneath another tool's it stays, calls through, and comes to life again with the next installation.

    Args:
        point: the point.
        at_once: it is to be installed again, for which modules must hold the originals by then.
    """
    with lock:
        if not point.installed:
            return
        point.installed = False
        point.set_live(False)
        if point.handle is not None:
            point.handle.remove()
            point.handle = None
        if point.family is not None:
            point.family.release()
            point.family = None
        while point.definers:
            unwatch(point.definers.pop())
        restore_copies(point.copies)
        point.copies.clear()
        point.patched.clear()
        places = list(point.places)
        found = [_look(place) for place in places]
        functions = [(place.wrapper, place.original) for place in places if isinstance(place.holder, str)]
        rebind(functions, holders(point), at_once=at_once)
        for place, (holder, on_top, where) in zip(places, found, strict=True):
            _take_away(point, place, holder, on_top, where)


def _take_away(point: InstalledPoint, place: Place, holder: Any, on_top: Any, where: str) -> None:
    if on_top is not place.stands and chain_holds(on_top, place.wrapper):
        point.left.append((gate.RETIRED, f"{where} is beneath {describe_layer(on_top)}"))
        point.left_places.append(place)
        return
    if on_top is place.stands and place.is_needed:
        # The wrapper goes with the last of the points that it serves.
        point.left_places.append(place)
        return
    for each in list(place.together):
        if each is place or on_top is place.stands:
            each.point.forget(each)
    if holder is None or on_top is MISSING or on_top is place.original:
        return
    if on_top is not place.stands:
        point.left.append((gate.DISPLACED, f"{where} was displaced by {describe_layer(on_top)}"))
    elif isinstance(holder, type):
        type.__setattr__(holder, place.name, place.original)


def _look(place: Place) -> tuple[Any, Any, str]:
    holder: Any = sys.modules.get(place.holder) if isinstance(place.holder, str) else place.holder()
    if holder is None:
        return None, MISSING, ""
    on_top = vars(holder).get(place.name, MISSING)
    named = holder.__name__ if isinstance(place.holder, str) else f"{holder.__module__}.{holder.__qualname__}"
    return holder, on_top, f"{named}.{place.name}"


def displaced(point: InstalledPoint) -> list[str]:
    """Where another tool, or a reload, has taken the wrapper of a live point away."""
    found = []
    functions = {}
    for place in list(point.places):
        holder, on_top, where = _look(place)
        is_function = isinstance(place.holder, str)
        if is_function and place.beneath is None:
            functions[place.name] = place
        # Of a function any wrapper will do: a tool that goes away puts back what it found elsewhere.
        others = [each.wrapper for each in point.places] if is_function else [place.wrapper]
        reached = {id(layer) for layer in layers(on_top)}
        if holder is None or on_top is place.stands or not reached.isdisjoint(map(id, others)):
            continue
        found.append(_displacement(where, on_top))
    for alias in exposed(point, functions):
        displacement = _displacement(f"{alias.module}.{alias.name}", alias.value)
        if displacement not in found:
            found.append(displacement)
    for method in list(point.patched.values()):
        cls = method.owner()
        if cls is not None and method.place() is None:
            where = f"{cls.__module__}.{cls.__qualname__}.{method.name}"
            found.append(_displacement(where, cls.__dict__.get(method.name, MISSING)))
    return found


def _displacement(where: str, on_top: Any) -> str:
    by = "nothing: it was deleted" if on_top is MISSING else describe_layer(on_top)
    return f"{where} was displaced by {by}"


def is_in_place(point: InstalledPoint) -> bool:
    """Whether a point is where it was put, on what its module still has: a reload replaces that."""
    if point.family is not None:
        module = sys.modules.get(point.definition.module)
        if module is None or _find(module, point.definition.attribute)[1] is not point.family.base:
            return False
    return not displaced(point)


def beyond_reach(point: InstalledPoint) -> list[str]:
    """What holds the original of an observed function where no name of a module can be changed."""
    places = [place for place in list(point.places) if isinstance(place.holder, str)]
    if not places:
        return []
    functions = [(place.original, place.wrapper) for place in places]
    # What another tool's wrapper holds is called through that, which is wrapped itself.
    covered = [layer for place in places if place.beneath is not None for layer in layers(place.original)]
    # Calls that the framework makes by itself are no business of such a point anyway.
    return unreached(functions, point.framework if point.definition.from_outside else "", covered)
