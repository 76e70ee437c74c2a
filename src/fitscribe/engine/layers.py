"""What a wrapper of whoever's leads to: the layers beneath it, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import FunctionType, ModuleType
from typing import Any

_MOST = 64
_NAMES = ("__wrapped__", "__func__", "_self_parent", "fn")


def layers(outer: Any) -> Iterator[Any]:
    """A function or wrapper, and all that it leads to, each once: no more than 64 of them."""
    seen: list[Any] = []
    todo = [outer]
    while todo and len(seen) < _MOST:
        layer = todo.pop()
        if any(layer is each for each in seen):
            continue
        seen.append(layer)
        yield layer
        for name in _NAMES:
            try:
                inner = getattr(layer, name, None)
            except Exception:
                # Somebody's proxy: what it does not show is not there.
                inner = None
            if inner is not None:
                todo.append(inner)
        todo.extend(_held_by(layer))


def _held_by(layer: Any) -> Iterator[Any]:
    kind = type(layer)
    if kind is partial:
        yield layer.func
    elif kind is not FunctionType and not issubclass(kind, (type, ModuleType)) and callable(layer):
        # A wrapper that is an object: what it wraps is an attribute of it.
        try:
            attributes = object.__getattribute__(layer, "__dict__")
        except AttributeError:
            attributes = {}  # it has slots
        yield from (each for each in list(attributes.values()) if callable(each))
    for cell in getattr(layer, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # an empty cell


def chain_holds(outer: Any, wanted: Any) -> bool:
    """Whether ``wanted`` still fires beneath what other tools put on top of it."""
    return any(layer is wanted for layer in layers(outer))


def describe_layer(layer: Any) -> str:
    """Whose wrapper this is, as well as it can be told."""
    kind = type(layer)
    module = (
        kind.__module__ if kind.__module__ not in ("builtins", "wrapt") else getattr(layer, "__module__", "")
    )
    return f"{module or 'builtins'}.{getattr(layer, '__qualname__', kind.__qualname__)}"
