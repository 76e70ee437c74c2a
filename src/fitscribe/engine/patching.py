"""Putting a patch point where it belongs, and taking it away again without harm to anyone's wrapper."""

from __future__ import annotations

import sys
from functools import partial
from types import ModuleType
from typing import Any

from fitscribe.engine import gate, hooks
from fitscribe.engine._importlib_bootstrap import observed
from fitscribe.engine.aliases import rebind
from fitscribe.engine.calls import Place
from fitscribe.engine.families import (
    MISSING,
    ClassFamily,
    lock,
    patch_attribute,
    restore_copies,
    unwatch,
    watch,
)
from fitscribe.engine.installed import InstalledPoint, chain_holds, describe_layer
from fitscribe.engine.wrappers import PatchedFunction


def install(point: InstalledPoint, module: ModuleType) -> None:
    """Patch the target of a point, in a module that has been imported.

    Args:
        point: not installed yet. Where the target is missing, or is not what was tested, its verdict changes.
        module: the module that defines the target.
    """
    definition = point.definition
    if point.installed or point.verdict.state == gate.SKIPPED:
        return None
    *path, name = definition.attribute.split(".")
    holder: Any = module
    for part in path:
        holder = vars(holder).get(part, MISSING)
        if holder is MISSING or not isinstance(holder, type):
            return _missing(point)
    target = vars(holder).get(name, MISSING)
    if target is MISSING and isinstance(holder, type):
        holder = next((cls for cls in holder.__mro__ if name in cls.__dict__), holder)
        target = vars(holder).get(name, MISSING)
    if target is MISSING or (definition.methods and not isinstance(target, type)):
        return _missing(point)
    with lock:
        point.installed = True
        point.set_live(point.live)
        if definition.methods:
            _install_family(point, target)
        elif isinstance(holder, type):
            patch_attribute(point, holder, name)
        else:
            _install_function(point, module, name, target)
        point.left.clear()
        _probe(point)
    return None


def _missing(point: InstalledPoint) -> None:
    point.verdict = gate.Verdict(
        gate.SKIPPED, f"{point.definition.target} is missing", point.verdict.untested
    )


def _probe(point: InstalledPoint) -> None:
    """See now whether one function is as it was tested; the many of a family are looked at as they are called."""
    if point.definition.methods:
        return
    for place in point.places:
        unmet = place.unmet
        if unmet:
            reason = f"{point.definition.target}: {unmet}"
            point.verdict = gate.Verdict(gate.OBSERVES_ONLY, reason, point.verdict.untested)


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


def _install_function(point: InstalledPoint, module: ModuleType, name: str, original: Any) -> None:
    if isinstance(original, type) or not callable(original):
        return _missing(point)
    if point.left_places and any(point.revive(place, original) for place in list(point.left_places)):
        return None
    place = Place(point, module.__name__, name, original, binds_first=False)
    place.wrapper = PatchedFunction(original, observed(place), None, name)
    point.places.add(place)
    vars(module)[name] = place.wrapper
    rebind(original, place.wrapper)
    return None


def uninstall(point: InstalledPoint) -> None:
    """Give everything back that can be given back, and say what cannot.

    The point is off when this returns, wherever its wrappers are. A wrapper is taken out only where it is on top:
    beneath another tool's it stays, calls through, and comes to life again with the next installation.
    """
    with lock:
        if not point.installed:
            return
        point.installed = False
        point.set_live(False)
        if point.family is not None:
            point.family.release()
            point.family = None
        while point.definers:
            unwatch(point.definers.pop())
        restore_copies(point.copies)
        point.copies.clear()
        for place in list(point.places):
            _take_away(point, place)


def _take_away(point: InstalledPoint, place: Place) -> None:
    holder, on_top, where = _look(place)
    if holder is None or on_top is MISSING:
        point.places.discard(place)
        return
    if isinstance(place.holder, str):
        rebind(place.wrapper, place.original)
    if on_top is place.wrapper:
        if isinstance(holder, type):
            type.__setattr__(holder, place.name, place.original)
        point.places.discard(place)
    elif chain_holds(on_top, place.wrapper):
        point.left.append(f"{gate.RETIRED}: {where} is beneath {describe_layer(on_top)}")
        point.left_places.append(place)
    elif on_top is not place.original:
        point.left.append(f"{where} was displaced by {describe_layer(on_top)}")
        point.places.discard(place)
    else:
        point.places.discard(place)


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
    for place in list(point.places):
        holder, on_top, where = _look(place)
        if holder is None or on_top is place.wrapper or chain_holds(on_top, place.wrapper):
            continue
        by = "nothing: it was deleted" if on_top is MISSING else describe_layer(on_top)
        found.append(f"{where} was displaced by {by}")
    return found
