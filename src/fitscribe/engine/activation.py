"""Switching frameworks on and off, and saying what became of each patch point."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from fitscribe.engine import gate, hooks
from fitscribe.engine.compat import FrameworkCompat, load_compat
from fitscribe.engine.guard import notice, report, reraises
from fitscribe.engine.installed import InstalledPoint, PointStatus
from fitscribe.engine.parallel import CORE_POINTS
from fitscribe.engine.patching import displaced, install, uninstall
from fitscribe.engine.points import Integration
from fitscribe.engine.versions import installed_version

GROUP = "fitscribe.integrations"

Source = Integration | Callable[[], Any] | str


class UnsupportedFramework(ValueError):
    """A framework was asked for by name, and fitscribe cannot record it here."""


class Framework:
    """One framework that has an integration, whether it is installed and imported or not.

    Args:
        name: also the name of its root module.
        source: the integration, something that gives it, or ``"module:attribute"``; not looked into before the
            framework is imported.
    """

    def __init__(self, name: str, source: Source) -> None:
        self.name = name
        self.source = source
        self.active = False
        self.strict = False
        self.by_name = False
        self.points: list[InstalledPoint] = []
        self.version: str | None = None
        self.problem = ""
        self._loaded = False

    @property
    def package(self) -> str | None:
        """The package that the integration comes in, as far as it is known without importing it."""
        if isinstance(self.source, str):
            return self.source.partition(":")[0].partition(".")[0]
        if isinstance(self.source, Integration):
            modules = [point.observer.__module__ for point in self.source.points]
            return modules[0].partition(".")[0] if modules else None
        return getattr(self.source, "__module__", None)

    def judge(self) -> gate.Verdict:
        """What the gate says of the installed version as a whole."""
        compat = load_compat(self.name, self.package)
        self.version = self._find_version(compat)
        return gate.judge(self.name, self.version, compat, strict=self.strict)

    def _find_version(self, compat: FrameworkCompat | None) -> str | None:
        distributions = compat.distributions if compat is not None else (self.name,)
        return installed_version(distributions, sys.modules.get(self.name))

    def switch_on(self, strict: bool, by_name: bool) -> None:
        """Patch it now, or as soon as it has been imported."""
        self.active, self.strict, self.by_name = True, strict, by_name
        hooks.when_imported(self.name, self._imported)

    def switch_off(self) -> None:
        """Put the originals back."""
        self.active = False
        hooks.forget(self.name, self._imported)
        for point in reversed(self.points):
            hooks.forget(point.definition.module, self._installer(point))
            uninstall(point)

    def _imported(self, module: ModuleType) -> None:
        if not self.active:
            return
        try:
            self._load()
        except Exception as error:
            self.problem = f"its integration does not load: {type(error).__name__}: {error}"
            if reraises():
                raise
            report(f"{self.name} integration", error)
            return
        whole = self.judge()
        compat = load_compat(self.name, self.package)
        for point in self.points:
            point.version = self.version
            if not point.installed:
                point.verdict = gate.judge(
                    self.name, self.version, compat, point=point.definition.id, strict=self.strict
                )
                hooks.when_imported(point.definition.module, self._installer(point))
        if whole.state == gate.SKIPPED:
            notice(f"{whole.reason}: its trainings are not recorded")

    def _installer(self, point: InstalledPoint) -> Callable[[ModuleType], None]:
        installers = self.__dict__.setdefault("_installers", {})
        if point.id not in installers:

            def put(module: ModuleType) -> None:
                if self.active:
                    install(point, module)

            installers[point.id] = put
        found: Callable[[ModuleType], None] = installers[point.id]
        return found

    def _load(self) -> None:
        if self._loaded:
            return
        source: Any = self.source
        if isinstance(source, str):
            from pkgutil import resolve_name

            source = resolve_name(source)
        integration = source() if callable(source) else source
        if not isinstance(integration, Integration):
            raise TypeError(f"{self.source!r} gives {type(integration).__name__}, not an Integration")
        if integration.framework != self.name:
            raise ValueError(f"the integration is of {integration.framework}, not of {self.name}")
        waiting = gate.Verdict(gate.WAITING)
        self.points = [InstalledPoint(point, self.name, None, waiting) for point in integration.points]
        self._loaded = True

    def coverage(self, *, look: bool) -> list[PointStatus]:
        """The state of its points; with ``look`` also whether somebody took their place since."""
        if not self.points:
            if self.problem:
                state, reason = gate.SKIPPED, self.problem
            elif not self.active:
                state, reason = gate.OFF, "fitscribe is switched off for it"
            else:
                state, reason = gate.WAITING, f"{self.name} is not imported"
            return [PointStatus(f"{self.name}.*", self.name, self.version, state, reason, False)]
        found = []
        for point in self.points:
            status = point.status()
            if self.active and not point.installed and status.state == gate.OFF:
                reason = f"{point.definition.module} is not imported"
                status = status._replace(state=gate.WAITING, reason=reason)
            elif look and point.installed:
                gone = displaced(point)
                if gone:
                    more = "; ..." if len(gone) > 3 else ""
                    status = status._replace(state="displaced", reason="; ".join(gone[:3]) + more)
            found.append(status)
        return found


_frameworks: dict[str, Framework] = {}


def register(framework: str, integration: Source) -> None:
    """Make an integration known without an entry point: for tests, and for integrations within a script.

    Args:
        framework: the name of the framework's root module.
        integration: an :class:`Integration`, a function that returns one, or ``"module:attribute"``. A framework
            that is known already is switched off and replaced.
    """
    unregister(framework)
    _frameworks[framework] = Framework(framework, integration)


def unregister(framework: str) -> None:
    """Switch a framework off and forget its integration."""
    known = _frameworks.pop(framework, None)
    if known is not None:
        known.switch_off()


def _discover() -> None:
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        if entry.name not in _frameworks:
            _frameworks[entry.name] = Framework(entry.name, entry.value)


def activate(frameworks: Iterable[str] = (), exclude: Iterable[str] = (), strict: bool = False) -> None:
    """Observe trainings from here on, whether the framework is imported already or later.

    Args:
        frameworks: names; none means each one that has an integration.
        exclude: names to leave as they are.
        strict: take tested versions only.

    Raises:
        UnsupportedFramework: a name has no integration, or the installed version of a framework asked for by name
            is not supported. Nothing has been switched on then.
    """
    _discover()
    named = tuple(dict.fromkeys(frameworks))
    left_out = set(exclude)
    for name in (*named, *left_out):
        _known(name)
    chosen = [name for name in (named or sorted(_frameworks)) if name not in left_out]
    if named:
        for name in chosen:
            _demand(_frameworks[name], strict)
    for core in CORE_POINTS:
        core.want()
    for name in chosen:
        _frameworks[name].switch_on(strict, by_name=bool(named))
    hooks.retry()


def _known(name: str) -> Framework:
    if name in _frameworks:
        return _frameworks[name]
    from difflib import get_close_matches

    known = sorted(_frameworks)
    near = get_close_matches(name, known, 1) or ["sklearn"] * (name == "scikit-learn" and "sklearn" in known)
    hint = (
        f"did you mean {near[0]!r}?"
        if near
        else f"there are integrations of: {', '.join(known) or 'nothing'}"
    )
    raise UnsupportedFramework(f"fitscribe has no integration named {name!r}: {hint}")


def _demand(framework: Framework, strict: bool) -> None:
    compat = load_compat(framework.name, framework.package)
    version = framework._find_version(compat)
    if version is None:
        return  # not installed, as far as can be told: if it is imported all the same, the gate decides then
    verdict = gate.judge(framework.name, version, compat, strict=strict)
    if verdict.state == gate.SKIPPED:
        tested = f"; tested with {', '.join(compat.tested)}" if compat is not None and compat.tested else ""
        wanted = compat.distributions[0] if compat is not None else framework.name
        raise UnsupportedFramework(
            f"{verdict.reason}{tested}. Install another version of {wanted}, or leave {framework.name!r} out of "
            "the frameworks asked for"
        )


def deactivate(*frameworks: str) -> None:
    """Observe nothing more, and put the original functions and methods back.

    Args:
        frameworks: names; none means all.

    Raises:
        UnsupportedFramework: a name has no integration.
    """
    if frameworks:
        _discover()
    for framework in [_known(name) for name in frameworks] or list(_frameworks.values()):
        framework.switch_off()
    if not is_active():
        for core in CORE_POINTS:
            core.release()


def is_active() -> bool:
    """Whether any framework is switched on."""
    return any(framework.active for framework in _frameworks.values())


def coverage() -> list[PointStatus]:
    """The state of each patch point of every framework that has an integration, and of the core's own.

    A framework that is not imported has one entry, ``framework.*``.
    """
    found = [status for name in sorted(_frameworks) for status in _frameworks[name].coverage(look=True)]
    return found + [core.status() for core in CORE_POINTS]


def coverage_for(framework: str) -> list[PointStatus]:
    """The state of one framework's patch points; nothing for a framework without integration.

    Cheap enough for each run: whether another tool has displaced a wrapper is not looked at.
    """
    known = _frameworks.get(framework)
    return known.coverage(look=False) if known is not None else []
