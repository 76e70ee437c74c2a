"""Switching frameworks on and off, and saying what became of each patch point."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from fitscribe.engine import hooks
from fitscribe.engine.core_points import CORE_POINTS
from fitscribe.engine.entries import by_name
from fitscribe.engine.framework import Framework
from fitscribe.engine.guard import guarded

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from fitscribe.engine.callers import Moment
    from fitscribe.engine.framework import Source
    from fitscribe.engine.installed import InstalledPoint, PointStatus
    from fitscribe.engine.points import PatchPoint

GROUP = "fitscribe.integrations"
# Libraries that train nothing, and that data comes from: switched on with any framework.
COMPANIONS = "fitscribe.companions"


class UnsupportedFramework(ValueError):
    """A framework was asked for by name, and fitscribe cannot record it here."""


_frameworks: dict[str, Framework] = {}


def register(framework: str, integration: Source) -> None:
    """Make an integration known without an entry point: for tests, and for integrations within a script.

    Args:
        framework: the name of the framework's root module.
        integration: an :class:`Integration`, a function that returns one, or ``"module:attribute"``. A
            framework that is known already is switched off and replaced.
    """
    unregister(framework)
    _frameworks[framework] = Framework(framework, integration)


def unregister(framework: str) -> None:
    """Switch a framework off and forget its integration."""
    known = _frameworks.pop(framework, None)
    if known is not None:
        known.switch_off()


def declared() -> list[EntryPoint]:
    """The entry points of the integrations, companions last, one for each name; none is loaded."""
    return list(by_name(_every_entry()).values())


def passed_over() -> list[tuple[EntryPoint, EntryPoint]]:
    """The entry points of a name that is taken already, each with the one that has it."""
    every = _every_entry()
    taken = by_name(every)
    return [(entry, taken[entry.name]) for entry in every if entry is not taken[entry.name]]


def _every_entry() -> list[EntryPoint]:
    from importlib.metadata import entry_points

    # All of them in one go: each time every distribution that is installed is read.
    found = entry_points()
    return [entry for group in (GROUP, COMPANIONS) for entry in found.select(group=group)]


def import_module_of(point: PatchPoint) -> None:
    """Import the module of a patch point; a version may lack it, which the state of the point tells."""
    from importlib import import_module

    try:
        import_module(point.module)
    except ModuleNotFoundError as error:
        if not f"{point.module}.".startswith(f"{error.name}."):
            raise


def _discover() -> None:
    with guarded("integrations"):  # what some other distribution declares may be unreadable
        for entry in declared():
            # In one step: two threads that activate at once must not make two of it.
            _frameworks.setdefault(
                entry.name, Framework(entry.name, entry.value, companion=entry.group == COMPANIONS)
            )


def activate(frameworks: Iterable[str] = (), exclude: Iterable[str] = (), strict: bool = False) -> None:
    """Observe trainings from here on, whether the framework is imported already or later.

    Args:
        frameworks: names; none means each one that has an integration. Companions come along in any case.
        exclude: names to leave as they are.
        strict: take tested versions only.

    Raises:
        UnsupportedFramework: a name has no integration, or the installed version of a framework asked for by
            name is not supported. Nothing has been switched on then.
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
        chosen += [name for name in _companions() if name not in left_out.union(chosen)]
    for core in CORE_POINTS:
        core.want()
    with _in_one_pass(chosen):
        for name in chosen:
            _frameworks[name].switch_on(strict)
        hooks.retry()


def _in_one_pass(frameworks: Iterable[str]) -> AbstractContextManager[None]:
    """Look through the loaded modules once for all of them; for none of them where none is loaded."""
    if not any(name in sys.modules for name in frameworks):
        return nullcontext()
    from fitscribe.engine.aliases import together

    return together()


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
    from fitscribe.engine import gate

    compat = framework.look_up()
    if framework.version is None:
        return  # not installed, as far as can be told: if it is imported all the same, the gate decides then
    verdict = framework.judge(compat, strict)
    if verdict.state == gate.SKIPPED:
        tested = f"; tested with {', '.join(compat.tested)}" if compat is not None and compat.tested else ""
        wanted = compat.distributions[0] if compat is not None else framework.name
        raise UnsupportedFramework(
            f"{verdict.reason}{tested}. Install another version of {wanted}, or leave {framework.name!r} "
            "out of the frameworks asked for"
        )


def deactivate(*frameworks: str) -> None:
    """Observe nothing more, and put the original functions and methods back.

    Args:
        frameworks: names; none means all.

    Raises:
        UnsupportedFramework: a name has no integration.
    """
    if not _frameworks.keys() >= {*frameworks}:
        _discover()
    with _in_one_pass(_frameworks):
        for framework in [_known(name) for name in frameworks] or list(_frameworks.values()):
            framework.switch_off()
        if not any(framework.active for framework in _frameworks.values() if not framework.companion):
            for name in _companions():
                _frameworks[name].switch_off()
    if not is_active():
        for core in CORE_POINTS:
            core.release()


def _companions() -> list[str]:
    return sorted(name for name, framework in _frameworks.items() if framework.companion)


def is_active() -> bool:
    """Whether any framework is switched on."""
    return any(framework.active for framework in _frameworks.values())


def moment(framework: str, point: str, *between: str) -> Moment:
    """What there is to say of now, to be asked from within a hook or a watcher.

    Args:
        framework: the name of the framework.
        point: the id of the point whose hook or watcher asks.
        between: other packages that may stand between the code of the user and that of the framework.
    """
    from fitscribe.engine.callers import Moment

    found = next(each for each in _frameworks[framework].points if each.definition.id == point)
    return Moment(found, between)


def coverage(*, look: bool = True) -> list[PointStatus]:
    """The state of each patch point of every framework that has an integration, and of the core's own.

    A framework that is not imported has one entry, ``framework.*``.

    Args:
        look: also look at every object there is for what is beyond reach: for a person who asks.
    """
    found = [status for name in sorted(_frameworks) for status in _frameworks[name].coverage(look=look)]
    return found + [core.status() for core in CORE_POINTS]


def points(framework: str) -> list[InstalledPoint]:
    """The patch points of a framework in this process; none before it is switched on and imported."""
    return _known(framework).points


def differing(framework: str) -> dict[str, str]:
    """Where what an observer relies on is not as it was in the tested versions.

    Args:
        framework: one that is switched on and imported.

    Returns:
        By the place, such as ``boosty.train boosty.training.train``, what differs. Of a family of classes
        those that are loaded.
    """
    found = {}
    for point in points(framework):
        for place in point.places:
            if place.unmet:
                found[f"{point.id} {place.title}"] = place.unmet
    return dict(sorted(found.items()))


def coverage_for(framework: str) -> list[PointStatus]:
    """The state of the patch points of one framework, and of the companions that are in use beside it.

    Cheap enough for each run: whether another tool has displaced a wrapper is not looked at. Nothing for a
    framework without integration.
    """
    known = _frameworks.get(framework)
    if known is None:
        return []
    beside = [_frameworks[name] for name in _companions() if name != framework]
    return known.coverage(look=False) + [
        status for companion in beside if companion.points for status in companion.coverage(look=False)
    ]
