"""What can be told of any object without running code of the script's: its type, its shape, where it is."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any


def is_array(obj: Any) -> bool:
    """Whether it is a NumPy array, told by its type alone."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(type(obj), numpy.ndarray)


def nowhere() -> None:
    """Where an object is that cannot be referred to weakly."""


def reference_to(obj: Any) -> Callable[[], Any]:
    """A weak reference to an object, or one to nothing where its type has none."""
    try:
        return weakref.ref(obj)
    except TypeError:
        return nowhere


def shape_of(obj: Any) -> tuple[int, ...] | None:
    """The shape of data; None where it has none that can be told without effects."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and type(obj) is numpy.ndarray:
        shape: tuple[int, ...] = obj.shape
        return shape or None
    if type(obj) in (list, tuple):
        width = len(obj[0]) if obj and type(obj[0]) in (list, tuple) else None
        return (len(obj),) if width is None else (len(obj), width)
    try:
        found = obj.shape if hasattr(type(obj), "shape") else None
    except Exception:
        return None  # somebody's own property, which may need what is not there
    if type(found) is tuple and found and all(type(size) is int for size in found):
        return found
    return None
