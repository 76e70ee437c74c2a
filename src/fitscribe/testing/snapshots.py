"""Plain, comparable pictures of values, of process-wide state and of what a framework's classes hold."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import random
import signal
import sys
import threading
import types
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from fitscribe.testing.pickling import pickled

__all__ = [
    "attributes",
    "changed_attributes",
    "difference",
    "fingerprint",
    "instances",
    "process_state",
    "random_state",
    "seed",
]

# What Python itself keeps on modules and classes as it warns and pickles.
_CACHES = frozenset({"__warningregistry__", "__slotnames__"})


_MISSING: Any = object()


class Attributes(NamedTuple):
    """What a module or class held under each name, and how the module or class is named."""

    owner: types.ModuleType | type
    place: str
    held: dict[str, Any]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:24]


def fingerprint(value: Any) -> Any:
    """Return a plain form of a value that is equal for two values only if they are bit-identical."""
    if value is None or isinstance(value, (bool, int, str)):
        return value if type(value).__module__ == "builtins" else (type(value).__name__, repr(value))
    if isinstance(value, float):
        return (type(value).__name__, value.hex())
    if isinstance(value, bytes):
        return ("bytes", len(value), _digest(value))
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, *(fingerprint(item) for item in value))
    if isinstance(value, dict):
        return ("dict", *((fingerprint(key), fingerprint(item)) for key, item in value.items()))
    dtype = getattr(value, "dtype", None)
    if dtype is not None and hasattr(value, "tobytes") and not getattr(dtype, "hasobject", False):
        shape = tuple(getattr(value, "shape", ()))
        return (type(value).__name__, str(dtype), shape, _digest(value.tobytes()))
    try:
        return (type(value).__name__, "pickle", _digest(pickled(value)))
    except Exception as error:  # what cannot be pickled is compared by its attributes
        return (type(value).__name__, type(error).__name__, fingerprint(getattr(value, "__dict__", {})))


def seed() -> None:
    """Put every global random generator that is loaded into one known state."""
    random.seed(20_001)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(20_001)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(20_001)


def random_state() -> dict[str, Any]:
    """Return the state of every global random generator that is loaded."""
    states: dict[str, Any] = {"random": _digest(repr(random.getstate()).encode())}
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        states["numpy.random"] = fingerprint(list(numpy.random.get_state()))
    torch = sys.modules.get("torch")
    if torch is not None:
        states["torch"] = _digest(bytes(torch.get_rng_state().tolist()))
    return states


def process_state() -> dict[str, Any]:
    """Return what is global to the process and belongs to the user: a library must leave it alone."""
    root = logging.getLogger()
    loggers = {
        name: (logger.level, len(logger.handlers), logger.propagate, logger.disabled)
        for name, logger in sorted(logging.Logger.manager.loggerDict.items())
        if isinstance(logger, logging.Logger) and not name.startswith("fitscribe")
    }
    state: dict[str, Any] = {
        "root logger": (root.level, [repr(handler) for handler in root.handlers], root.disabled),
        "loggers": {name: value for name, value in loggers.items() if value != (0, 0, True, False)},
        "logging.disable": root.manager.disable,
        "logger class": repr(logging.getLoggerClass()),
        "warning filters": [repr(entry) for entry in warnings.filters],
        "warnings.showwarning": repr(warnings.showwarning),
        "environment": dict(os.environ),
        "working directory": os.getcwd(),
        "sys.argv": list(sys.argv),
        "sys.path": list(sys.path),
        "standard streams": [id(sys.stdin), id(sys.stdout), id(sys.stderr)],
        "excepthooks": [repr(hook) for hook in (sys.excepthook, threading.excepthook, sys.unraisablehook)],
        "displayhook": repr(sys.displayhook),
        "trace functions": [repr(sys.gettrace()), repr(sys.getprofile())],
        "trace functions of threads": repr(getattr(threading, "_trace_hook", None)),
        "garbage collector": (gc.isenabled(), gc.get_threshold(), gc.get_debug()),
        "recursion limit": sys.getrecursionlimit(),
        "switch interval": sys.getswitchinterval(),
        "start method": _start_method(),
        "signal handlers": {
            number: repr(signal.getsignal(number)) for number in sorted(signal.valid_signals())
        },
    }
    mask = os.umask(0)
    os.umask(mask)
    state["umask"] = mask
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        state["numpy.errstate"] = numpy.geterr()
        state["numpy.printoptions"] = repr(numpy.get_printoptions())
    return state


def _start_method() -> str | None:
    module = sys.modules.get("multiprocessing")
    return None if module is None else module.get_start_method(allow_none=True)


def _classes(modules: Iterable[types.ModuleType]) -> Iterator[type]:
    seen: set[int] = set()
    stack = [
        item for module in modules for item in list(vars(module).values()) if issubclass(type(item), type)
    ]
    while stack:
        cls = stack.pop()
        if id(cls) in seen:
            continue
        seen.add(id(cls))
        yield cls
        if cls is object or cls is type:  # every class there is: not the framework's
            continue
        stack.extend(type.__subclasses__(cls))


def attributes(roots: Iterable[str]) -> dict[str | int, Attributes]:
    """Return every attribute of the modules below `roots`, and of every class that they name, as it stands.

    By the module's place or the id of the class, as all classes that one function makes share their name.
    Owners and values are the objects themselves: compared with `is`, and kept alive, for an id is used again.
    """
    return {
        id(owner) if isinstance(owner, type) else place: Attributes(owner, place, vars(owner).copy())
        for owner, place in _places(roots)
    }


def instances(roots: Iterable[str], kind: type) -> Iterator[str]:
    """Name each such attribute that is an instance of a class, whatever it says of itself."""
    for owner, place in _places(roots):
        for name, value in vars(owner).copy().items():
            if issubclass(type(value), kind):
                yield f"{place}: {name}"


def _places(roots: Iterable[str]) -> Iterator[tuple[types.ModuleType | type, str]]:
    wanted = tuple(roots)
    modules = {
        name: module
        for name, module in sys.modules.copy().items()
        if name.partition(".")[0] in wanted and issubclass(type(module), types.ModuleType)
    }
    for name, module in modules.items():
        yield module, f"module {name}"
    for cls in _classes(modules.values()):
        if cls.__module__.split(".")[0] not in ("fitscribe", "wrapt"):
            yield cls, f"class {cls.__module__}.{cls.__qualname__}"


def changed_attributes(before: dict[str | int, Attributes], after: dict[str | int, Attributes]) -> list[str]:
    """Name what `after` holds otherwise than `before`: replaced, added to or deleted from what was there."""
    changed = []
    for key in before.keys() & after.keys():
        (_, place, old), new = before[key], after[key].held
        what = {
            name: "is another object" if name in new else "deleted"
            for name, value in old.items()
            if new.get(name, _MISSING) is not value
        }
        what |= dict.fromkeys(new.keys() - old.keys(), "added")
        changed += [f"{place}: {name} {change}" for name, change in what.items() if name not in _CACHES]
    return sorted(changed)


def difference(expected: Any, found: Any, path: str = "") -> str:
    """Say where two plain values differ first, or return the empty string."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            here = f"{path}[{key!r}]"
            if key not in found:
                return f"{here} is gone, it was {_short(expected[key])}"
            if key not in expected:
                return f"{here} is new: {_short(found[key])}"
            below = difference(expected[key], found[key], here)
            if below:
                return below
        return ""
    if isinstance(expected, (list, tuple)) and type(expected) is type(found) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return next(filter(None, (difference(old, new, f"{path}[{i}]") for i, (old, new) in pairs)), "")
    return "" if expected == found else f"{path} {_short(found)} instead of {_short(expected)}".strip()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:300]} ... {text[-90:]}"
