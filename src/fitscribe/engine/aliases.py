"""Putting another object wherever a loaded module holds a function under some name."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


def _namespaces() -> list[dict[str, Any]]:
    found = []
    for module in list(sys.modules.values()):
        # By type, and past __getattribute__: a lazy module imports what it is asked for.
        if issubclass(type(module), ModuleType):
            namespace = object.__getattribute__(module, "__dict__")
            if isinstance(namespace, dict):
                found.append(namespace)
    return found


def rebind(old: Any, new: Any) -> int:
    """Replace ``old`` by ``new`` in every namespace of a loaded module.

    Args:
        old: found by identity.
        new: put in its stead.

    Returns:
        How many names were changed.
    """
    changed = 0
    for namespace in _namespaces():
        # A copy, as another thread may be importing; values only, as most namespaces hold nothing.
        if any(value is old for value in list(namespace.values())):
            for name in [name for name, value in list(namespace.items()) if value is old]:
                namespace[name] = new
                changed += 1
    return changed


def unreached(original: Any, wrapper: Any) -> list[str]:
    """What still refers to the original where no name of a module can be changed.

    Args:
        original: the function.
        wrapper: what was put in its stead.

    Returns:
        Kinds of holders: ``closure``, ``default arguments``, ``list`` and the like. A look at every object
        there
        is: for a person who asks, never for a run.
    """
    import gc
    from types import CellType, FrameType, FunctionType

    namespaces = {id(namespace) for namespace in _namespaces()}
    found = set()
    for holder in gc.get_referrers(original):
        if holder is wrapper or id(holder) in namespaces or isinstance(holder, FrameType):
            continue
        kind = type(holder)
        if kind is CellType:
            found.add("a closure")
        elif kind is tuple and any(isinstance(each, FunctionType) for each in gc.get_referrers(holder)):
            found.add("default arguments")
        elif kind in (list, tuple, set, dict):
            found.add(f"a {kind.__name__}")
    return sorted(found)
