"""The patch points of the core itself, in joblib and the standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.engine import hooks
from fitscribe.engine.locking import lock

if TYPE_CHECKING:
    from fitscribe.engine.installed import PointStatus


class CorePoint:
    """One method that the core patches, as soon as its module is imported.

    Args:
        name: the second half of its id.
        module: the module that defines the class.
        owner: the class.
        method: the method.
    """

    def __init__(self, name: str, module: str, owner: str, method: str) -> None:
        self.name = name
        self.module = module
        self.live = False
        """Whether its wrapper does anything, wherever it is."""
        self._owner = owner
        self._method = method
        self._holder: type | None = None
        self._original: Any = None
        self._wrapper: Any = None
        self._problem = ""

    def want(self) -> None:
        """Patch it now, or when its module has been imported."""
        self.live = True
        hooks.when_imported(self.module, self._install)

    def _install(self, module: Any) -> None:
        from fitscribe.engine.installed import chain_holds
        from fitscribe.engine.parallel import around
        from fitscribe.engine.wrappers import PatchedFunction

        with lock:
            if not self.live:
                return
            holder = vars(module).get(self._owner)
            method = holder.__dict__.get(self._method) if isinstance(holder, type) else None
            if not isinstance(holder, type) or not callable(method):
                self._problem = f"{self.module}:{self._owner}.{self._method} is missing"
            elif self._wrapper is None or not chain_holds(method, self._wrapper):
                self._holder, self._original = holder, method
                self._wrapper = PatchedFunction(method, around(self), holder, self._method)
                type.__setattr__(holder, self._method, self._wrapper)

    def release(self) -> None:
        """Put the original back. Beneath another tool's wrapper ours stays, and only calls through."""
        with lock:
            self.live = False
            hooks.forget(self.module, self._install)
            if self._holder is not None and self._holder.__dict__.get(self._method) is self._wrapper:
                type.__setattr__(self._holder, self._method, self._original)
                self._holder = self._wrapper = None

    def status(self) -> PointStatus:
        """Its state and the reason for it, for people."""
        from fitscribe.engine import gate
        from fitscribe.engine.installed import PointStatus, chain_holds, describe_layer

        on_top = self._holder.__dict__.get(self._method) if self._holder is not None else None
        where = f"{self._owner}.{self._method}"
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
        return PointStatus(f"core.{self.name}", self.module.partition(".")[0], None, state, reason, False)


CORE_POINTS = (
    CorePoint("joblib_parallel", "joblib.parallel", "Parallel", "__call__"),
    CorePoint("joblib_results", "joblib.parallel", "BatchCompletionCallBack", "__call__"),
    CorePoint("thread_pool", "concurrent.futures.thread", "ThreadPoolExecutor", "submit"),
    CorePoint("processes", "multiprocessing.process", "BaseProcess", "start"),
)
