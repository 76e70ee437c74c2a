"""The patch points of the core itself, in joblib and the standard library."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from fitscribe.engine import hooks
from fitscribe.engine.locking import lock

if TYPE_CHECKING:
    from fitscribe.engine.installed import PointStatus


class CorePoint:
    """One method or function that the core patches, as soon as its module is imported.

    Args:
        name: the second half of its id.
        module: the module that defines the class, or the package of the module.
        owners: names there of the class or module that holds it; the first one that does is patched.
        attribute: the name of the method or function.
    """

    def __init__(self, name: str, module: str, owners: tuple[str, ...], attribute: str) -> None:
        self.name = name
        self.id = f"core.{name}"
        self.module = module
        self.live = False
        """Whether its wrapper does anything, wherever it is."""
        self._owners = owners
        self._attribute = attribute
        self._holder: type | ModuleType | None = None
        self._original: Any = None
        self._wrapper: Any = None
        self._problem = ""

    def want(self) -> None:
        """Patch it now, or when its module has been imported."""
        self.live = True
        hooks.when_imported(self.module, self._install)

    def _install(self, module: Any) -> None:
        from fitscribe.engine.layers import chain_holds
        from fitscribe.engine.parallel import around
        from fitscribe.engine.wrappers import PatchedFunction

        with lock:
            if not self.live:
                return
            for owner in self._owners:
                holder = vars(module).get(owner)
                original = (
                    vars(holder).get(self._attribute) if isinstance(holder, (type, ModuleType)) else None
                )
                if callable(original):
                    break
            else:
                self._problem = f"{self.module}:{self._owners[0]}.{self._attribute} is missing"
                return
            self._problem = ""
            if self._wrapper is None or not chain_holds(original, self._wrapper):
                cls = holder if isinstance(holder, type) else None
                self._holder, self._original = holder, original
                self._wrapper = PatchedFunction(original, around(self), cls, self._attribute)
                self._put(self._wrapper)

    def _put(self, value: Any) -> None:
        put = type.__setattr__ if isinstance(self._holder, type) else setattr
        put(self._holder, self._attribute, value)

    def release(self) -> None:
        """Put the original back. Beneath another tool's wrapper ours stays, and only calls through."""
        with lock:
            self.live = False
            hooks.forget(self.module, self._install)
            if self._holder is not None and vars(self._holder).get(self._attribute) is self._wrapper:
                self._put(self._original)
                self._holder = self._wrapper = None

    def status(self) -> PointStatus:
        """Its state and the reason for it, for people."""
        from fitscribe.engine import gate
        from fitscribe.engine.installed import PointStatus
        from fitscribe.engine.layers import chain_holds, describe_layer

        on_top = vars(self._holder).get(self._attribute) if self._holder is not None else None
        where = f"{getattr(self._holder, '__name__', '')}.{self._attribute}"
        if self._problem:
            state, reason = gate.SKIPPED, self._problem
        elif self._holder is None:
            state, reason = (gate.WAITING, f"{self.module} is not imported") if self.live else (gate.OFF, "")
        elif not chain_holds(on_top, self._wrapper):
            state, reason = gate.DISPLACED, f"{where} was displaced by {describe_layer(on_top)}"
        elif not self.live:
            state, reason = gate.RETIRED, f"{where} is beneath {describe_layer(on_top)}"
        else:
            state, reason = gate.APPLIED, ""
        return PointStatus(self.id, self.module.partition(".")[0], None, state, reason, False)


_PICKLERS = ("cloudpickle", "cloudpickle_fast")

CORE_POINTS = (
    CorePoint("joblib_parallel", "joblib.parallel", ("Parallel",), "__call__"),
    # joblib before 1.6 has one of its own; before version 3 another module held it.
    CorePoint("cloudpickle", "cloudpickle", _PICKLERS, "_class_setstate"),
    CorePoint("joblib_cloudpickle", "joblib.externals.cloudpickle", _PICKLERS, "_class_setstate"),
    CorePoint(
        "joblib_executor", "joblib.externals.loky.reusable_executor", ("_ReusablePoolExecutor",), "submit"
    ),
    CorePoint("thread_pool", "concurrent.futures.thread", ("ThreadPoolExecutor",), "submit"),
    CorePoint("process_pool", "concurrent.futures.process", ("ProcessPoolExecutor",), "submit"),
    CorePoint("processes", "multiprocessing.process", ("BaseProcess",), "start"),
)
