"""Telling when a module has been imported: now, later, or as soon as a half-done import ends.

Each module gets one ``wrapt`` hook, which fans out to everyone waiting for it, each one guarded: a hook that
raises would break the user's ``import`` and starve the others.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import wrapt

from fitscribe.engine.guard import guarded
from fitscribe.engine.locking import lock

Callback = Callable[[ModuleType], None]

_waiting: dict[str, list[Callback]] = {}
_hooked: set[str] = set()
# What has executed, and not been given to whoever imports it.
_ending: set[str] = set()
_registering = threading.local()


def when_imported(name: str, callback: Callback) -> None:
    """Call ``callback(module)`` once the module is there in full; at once if it is already.

    Args:
        name: the module's full name; it is never imported from here.
        callback: asked for twice, it still comes once; its errors are reported, not raised.
    """
    module = sys.modules.get(name)
    if module is not None and not is_half_imported(module):
        with guarded(f"import hook of {name}"):
            callback(module)
        return
    with lock:
        waiting = _waiting.setdefault(name, [])
        if callback not in waiting:
            waiting.append(callback)
    with guarded(f"import hook of {name}"):
        if module is None:
            _hook(name)
        else:
            _watch(name, module)


def forget(name: str, callback: Callback) -> None:
    """Stop waiting for a module."""
    with lock:
        waiting = _waiting.get(name, [])
        if callback in waiting:
            waiting.remove(callback)


def retry() -> None:
    """Look again at the modules that were half imported and could not be watched."""
    with lock:
        names = [name for name, waiting in _waiting.items() if waiting]
    for name in names:
        module = sys.modules.get(name)
        if module is not None and not is_half_imported(module):
            _fan_out(name)


def _spec_of(module: Any) -> Any:
    # Past __getattr__: a lazy module imports what it is asked for. Anything may stand in sys.modules.
    try:
        namespace = object.__getattribute__(module, "__dict__")
    except AttributeError:
        return None
    return namespace.get("__spec__") if isinstance(namespace, dict) else None


def is_half_imported(module: Any) -> bool:
    """Whether the import of a module has not returned yet."""
    return bool(getattr(_spec_of(module), "_initializing", False))


def is_unknown_outside(name: str) -> bool:
    """Whether the import of a module has not returned yet to whoever asked for it."""
    return name in _ending or is_half_imported(sys.modules.get(name))


def _hook(name: str) -> None:
    with lock:
        if name in _hooked:
            return
        _hooked.add(name)
    _registering.name = name
    try:
        wrapt.register_post_import_hook(partial(_imported, name), name)
    except KeyError:
        # wrapt 1.14 cannot wait again for a module that was removed: the next activation looks for it.
        _hooked.discard(name)
    except BaseException:
        _hooked.discard(name)
        raise
    finally:
        _registering.name = None


def _imported(name: str, module: ModuleType) -> None:
    _hooked.discard(name)  # wrapt calls a hook once
    _give_loader_back(module)
    if getattr(_registering, "name", None) == name and is_half_imported(module):
        # Another thread began the import while the hook was being registered: wrapt calls at once then.
        _watch(name, module)
    else:
        _fan_out(name)


def _give_loader_back(module: Any) -> None:
    """Undo what wrapt before 1.15 leaves on a module: a loader through which no package data can be read."""
    spec = _spec_of(module)
    loader: Any = getattr(spec, "loader", None)
    if type(loader).__module__ == "wrapt.importer" and "loader" in vars(loader):
        spec.loader = module.__loader__ = loader.loader


def _fan_out(name: str) -> None:
    with lock:
        callbacks = _waiting.pop(name, [])
    for callback in callbacks:
        with guarded(f"import hook of {name}"):
            # Read again each time: a module may have replaced itself.
            callback(sys.modules[name])


class _WatchedSpec(ModuleSpec):
    """The spec of a module that is being imported; puts its own class back when the import machinery is done.

    There is no other event for it: hooks are called before a module executes or never, and polling would be
    late.
    """

    @property
    def _initializing(self) -> bool:
        return True

    @_initializing.setter
    def _initializing(self, value: bool) -> None:
        self.__class__ = ModuleSpec  # type: ignore[assignment]
        self.__dict__["_initializing"] = value
        if value or not _waiting.get(self.name):
            return
        if self.name in sys.modules:
            _ending.add(self.name)
            try:
                _fan_out(self.name)
            finally:
                _ending.discard(self.name)
        else:
            _hook(self.name)  # the import failed: it may be tried again


def _watch(name: str, module: Any) -> None:
    spec = _spec_of(module)
    if type(spec) is ModuleSpec and spec.name == name:
        spec.__class__ = _WatchedSpec
        if not spec.__dict__.get("_initializing", False):
            # It ended in another thread before it was watched.
            spec._initializing = False  # type: ignore[attr-defined]
