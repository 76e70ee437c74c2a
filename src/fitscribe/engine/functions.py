"""Putting a patch point on functions of modules: under every name they have, and on what hides them there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from inspect import isroutine
from types import ModuleType
from typing import Any, NamedTuple

from fitscribe.engine import hooks
from fitscribe.engine.aliases import namespaces, rebind
from fitscribe.engine.families import wrapper_of
from fitscribe.engine.installed import InstalledPoint
from fitscribe.engine.layers import layers
from fitscribe.engine.places import Place


class Exposed(NamedTuple):
    """A name of a function in its own framework where another tool's wrapper hides ours from the caller.

    Attributes:
        module: the module whose name it is.
        name: the name, which is that of the function.
        value: the wrapper.
        beneath: the place of the function that it leads to.
    """

    module: str
    name: str
    value: Any
    beneath: Place


def public_functions(module: ModuleType, wanted: Iterable[str], but: Iterable[str]) -> dict[str, Any]:
    """The functions that a module offers, by name; under the first of them where one has several."""
    wanted, but = tuple(wanted), tuple(but)
    namespace = vars(module)
    names = namespace.get("__all__")
    package = module.__name__.partition(".")[0]
    found: dict[int, tuple[str, Any]] = {}
    for name in list(namespace if names is None else names):
        value = namespace.get(name)
        if (
            isroutine(value)
            and any(fnmatchcase(name, pattern) for pattern in wanted)
            and not any(fnmatchcase(name, pattern) for pattern in but)
            and (names is not None or not name.startswith("_"))
            and (names is not None or str(value.__module__).partition(".")[0] == package)
        ):
            found.setdefault(id(value), (name, value))
    return dict(found.values())


def install_functions(point: InstalledPoint, module: ModuleType, functions: Mapping[str, Any]) -> None:
    """Wrap functions wherever a loaded module holds them under some name.

    Another tool that was there first holds the original in its wrapper, where no name leads to it: that
    wrapper is wrapped as well then, on top, as if it were the function.

    Args:
        point: whose observer is put around them.
        module: the module that defines them.
        functions: by name.
    """
    found = {name: _cover(point, module.__name__, name, each) for name, each in functions.items()}
    every = list(found.values())
    only_holder = _only_holder(module)
    if not only_holder:
        every += [_cover(point, *alias) for alias in exposed(point, found)]
    rebind([(place.original, place.wrapper) for place in every], holders(point), only_holder)


def _cover(
    point: InstalledPoint, module: str, name: str, original: Any, beneath: Place | None = None
) -> Place:
    place = next((each for each in list(point.left_places) if point.revive(each, original)), None)
    if place is None:
        place = Place(point, module, name, original, binds_first=False, beneath=beneath)
        place.wrapper = place.stands = wrapper_of(place, original, None)
        point.add(place)
        vars(sys.modules[module])[name] = place.wrapper
    return place


def exposed(point: InstalledPoint, places: Mapping[str, Place]) -> list[Exposed]:
    """Where a function's own name, in its framework, leads past every wrapper of the point.

    Args:
        point: the point.
        places: those of the functions, by name.
    """
    known = {id(place.wrapper) for place in list(point.places) if place not in point.left_places}
    looked_at: set[int] = set()
    found = []
    for module, namespace in namespaces(point.framework):
        for name in places.keys() & namespace.keys():
            value, place = namespace[name], places[name]
            if value is place.original or id(value) in known or id(value) in looked_at:
                continue
            looked_at.add(id(value))
            if callable(value) and not isinstance(value, type):
                leads_to = {id(layer): layer for layer in layers(value)}
                if id(place.original) in leads_to and known.isdisjoint(leads_to):
                    found.append(Exposed(module, name, value, place))
    return found


def _only_holder(module: ModuleType) -> str:
    """The package whose modules alone can hold what a module defines; empty where others may as well.

    Before the import of the module or of its root returns, nobody else has got anything out of it.
    """
    root = module.__name__.partition(".")[0]
    return root if any(map(hooks.is_unknown_outside, (module.__name__, root))) else ""


def holders(point: InstalledPoint) -> Iterable[dict[str, Any]]:
    """The namespaces of objects of the framework that hold its functions, beside those of modules."""
    held_by = point.definition.held_by
    return held_by() if held_by is not None else ()
