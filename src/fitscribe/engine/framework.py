"""One framework that has an integration: from its name to patch points that are on, and off again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fitscribe.engine import hooks
from fitscribe.engine.guard import notice, passes, report
from fitscribe.engine.locking import lock

if TYPE_CHECKING:
    from fitscribe.engine.compat import FrameworkCompat
    from fitscribe.engine.gate import Verdict
    from fitscribe.engine.installed import InstalledPoint, PointStatus
    from fitscribe.engine.points import Integration

    Source = Integration | Callable[[], Any] | str

# What patches is imported together with the first framework: most of fitscribe's share in the one line's
# cost.


class Framework:
    """One framework, whether it is installed and imported or not.

    Args:
        name: also the name of its root module.
        source: the integration, something that gives it, or ``"module:attribute"``; not looked into before
            the framework is imported.
        companion: a library that trains nothing and comes along with every framework that does.
    """

    def __init__(self, name: str, source: Source, *, companion: bool = False) -> None:
        self.name = name
        self.source = source
        self.companion = companion
        self.active = False
        self.strict = False
        self.points: list[InstalledPoint] = []
        self.version: str | None = None
        self.problem = ""
        self._loaded = False
        self._installers: dict[str, hooks.Callback] = {}

    def switch_on(self, strict: bool) -> None:
        """Patch it now, or as soon as it has been imported."""
        self.active, self.strict = True, strict
        hooks.when_imported(self.name, self._imported)

    def switch_off(self) -> None:
        """Put the originals back."""
        with lock:
            self.active = False
        hooks.forget(self.name, self._imported)
        if not self.points:
            return
        from fitscribe.engine.patching import uninstall

        for point in reversed(self.points):
            hooks.forget(point.definition.module, self._installer(point))
            uninstall(point)

    def judge(self, compat: FrameworkCompat | None, strict: bool, point: str | None = None) -> Verdict:
        """What the gate says of the installed version.

        Args:
            compat: what the matrix says of the framework.
            strict: take tested versions only.
            point: id of a patch point, for ranges of its own.
        """
        from fitscribe.engine import gate

        return gate.judge(self.name, self.version, compat, point=point, strict=strict)

    def look_up(self) -> FrameworkCompat | None:
        """Find out which version is installed, and what the matrix says of the framework.

        Raises:
            ValueError: the compiled matrix cannot be read.
        """
        from fitscribe.engine.compat import load_compat
        from fitscribe.engine.versions import installed_version

        compat = load_compat(self.name, self._package())
        distributions = compat.distributions if compat is not None else (self.name,)
        self.version = installed_version(distributions, sys.modules.get(self.name))
        return compat

    def _package(self) -> str | None:
        """The package that the integration comes in, as far as it is known without importing it."""
        if isinstance(self.source, str):
            return self.source.partition(":")[0].partition(".")[0]
        points = getattr(self.source, "points", None)
        origin = points[0].function if points else self.source
        return str(getattr(origin, "__module__", "")).partition(".")[0] or None

    def _imported(self, module: ModuleType) -> None:
        if not self.active:
            return
        try:
            self._load()
            compat = self.look_up()
        except Exception as error:
            self.problem = f"its integration does not load: {type(error).__name__}: {error}"
            if passes(error):
                raise
            report(f"{self.name} integration", error)
            return
        self.problem = ""
        from fitscribe.engine import gate

        for point in self.points:
            self._place(point, self.judge(compat, self.strict, point.definition.id))
        whole = self.judge(compat, self.strict)
        if whole.state == gate.SKIPPED:
            what = "what comes from it is" if self.companion else "its trainings are"
            notice(f"{whole.reason}: {what} not recorded")

    def _place(self, point: InstalledPoint, verdict: Verdict) -> None:
        from fitscribe.engine import gate
        from fitscribe.engine.patching import is_in_place, uninstall

        with lock:
            if point.installed:
                if verdict.state != gate.SKIPPED and is_in_place(point):
                    return
                uninstall(point, at_once=True)
            point.version, point.verdict = self.version, verdict
        hooks.when_imported(point.definition.module, self._installer(point))

    def _installer(self, point: InstalledPoint) -> hooks.Callback:
        def put(module: ModuleType) -> None:
            from fitscribe.engine.patching import install

            with lock:
                if self.active:
                    install(point, module)

        # The same one each time: it is how a hook is found again that is to be forgotten.
        return self._installers.setdefault(point.id, put)

    def _load(self) -> None:
        if self._loaded:
            return
        from pkgutil import resolve_name

        from fitscribe.engine.gate import WAITING, Verdict
        from fitscribe.engine.installed import InstalledPoint
        from fitscribe.engine.points import Integration

        # Not under the lock: another thread may hold it and wait for one of the modules that this imports.
        source: Any = resolve_name(self.source) if isinstance(self.source, str) else self.source
        integration = source() if callable(source) else source
        if not isinstance(integration, Integration):
            raise TypeError(f"{self.source!r} gives {type(integration).__name__}, not an Integration")
        if integration.framework != self.name:
            raise ValueError(f"the integration is of {integration.framework}, not of {self.name}")
        with lock:
            if not self._loaded:
                waiting = Verdict(WAITING)
                self.points = [InstalledPoint(each, self.name, None, waiting) for each in integration.points]
                self._loaded = True

    def coverage(self, *, look: bool) -> list[PointStatus]:
        """The state of its points.

        Args:
            look: also see whether somebody took their place since, and what holds an original that no name of
                a module leads to. That is a look at every object there is.
        """
        from fitscribe.engine import gate
        from fitscribe.engine.installed import PointStatus

        if not self.points or self.problem:
            if self.problem:
                state, reason = gate.SKIPPED, self.problem
            elif not self.active:
                state, reason = gate.OFF, "fitscribe is switched off for it"
            else:
                state, reason = gate.WAITING, f"{self.name} is not imported"
            return [PointStatus(f"{self.name}.*", self.name, self.version, state, reason, False)]
        return [
            self._looked_at(point) if look and point.installed else self._status(point)
            for point in self.points
        ]

    def _status(self, point: InstalledPoint) -> PointStatus:
        status = point.status()
        if point.installed or not self.active:
            return status
        from fitscribe.engine import gate

        if status.state == gate.OFF:
            return status._replace(state=gate.WAITING, reason=f"{point.definition.module} is not imported")
        return status

    def _looked_at(self, point: InstalledPoint) -> PointStatus:
        from fitscribe.engine import gate
        from fitscribe.engine.installed import shortened
        from fitscribe.engine.patching import beyond_reach, displaced

        status = self._status(point)
        gone = displaced(point)
        if gone:
            return status._replace(state=gate.DISPLACED, reason=shortened(gone, "; "))
        held = beyond_reach(point)
        if held:
            reason = f"the original is also held by {shortened(held, ', ')}: calls through that are not seen"
            return status._replace(reason=f"{status.reason}; {reason}" if status.reason else reason)
        return status
