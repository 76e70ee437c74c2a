"""A patch point in this process: its verdict, the places where it was put, and how it is taken away."""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

from fitscribe.engine import gate
from fitscribe.engine.frames import calling, root_of
from fitscribe.engine.gate import Verdict
from fitscribe.engine.guard import notice, passes, report
from fitscribe.engine.layers import chain_holds
from fitscribe.engine.locking import lock
from fitscribe.engine.ownership import current, suppressed
from fitscribe.engine.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from fitscribe.engine.families import ClassFamily
    from fitscribe.engine.points import PatchPoint

_FAILURES_TO_RETIRE = 3


class PointStatus(NamedTuple):
    """What became of one patch point."""

    id: str
    framework: str
    version: str | None
    state: str
    reason: str
    untested: bool


class PatchedMethod(NamedTuple):
    """What was patched in a class. It is known of when the wrapper is gone, and the place with it."""

    owner: weakref.ref[type]
    name: str
    place: weakref.ref[Place]


class InstalledPoint:
    """One patch point of a framework that has been imported."""

    def __init__(self, definition: PatchPoint, framework: str, version: str | None, verdict: Verdict) -> None:
        self.definition = definition
        self.framework = framework
        self.version = version
        self.verdict = verdict
        self.id = f"{framework}.{definition.id}"
        self.nested = definition.nested
        self.takes_all = definition.only is None and not definition.from_outside
        self.failures = 0
        self.installed = False
        self.retired = ""
        """Why it was switched off for failing."""
        self.left: list[tuple[str, str]] = []
        """What uninstalling could not take away: the state it is in, and the reason."""
        self.left_places: list[Place] = []
        """Those whose wrapper is still there: beneath another tool's, or as it serves another point."""
        self.unpatchable: list[str] = []
        self.copies: list[tuple[weakref.ref[type], str, Any, Any]] = []
        """Class attributes that are patched methods of a base class, copied by a class body."""
        self.handle: Any = None
        """What the framework gave for a hook that was registered with it."""
        self.family: ClassFamily | None = None
        self.definers: list[type] = []
        # Weak: the wrapper holds its place, and lives as long as the class or module that holds the wrapper.
        self.places: WeakSet[Place] = WeakSet()
        # By id of the class, as in ClassFamily.
        self.patched: dict[tuple[int, str], PatchedMethod] = {}

    @property
    def live(self) -> bool:
        """Whether it may observe."""
        return self.installed and not self.retired

    def takes(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether a call is one of those that the point is for. To be asked by a wrapper, from its frame.

        Whether it is owned already is no matter of this.
        """
        definition = self.definition
        if definition.from_outside and root_of(calling(sys._getframe(2))) == self.framework:
            return False
        if definition.only is None:
            return True
        try:
            return definition.only(instance, args, kwargs)
        except Exception as error:
            if passes(error):
                raise
            self.failed(error)
            return False

    def watcher_failed(self, error: Exception) -> None:
        """Report an error of a watcher or a hook."""
        if passes(error):
            raise error
        self.failed(error)

    def called_back(self) -> Callable[..., None]:
        """What the framework is given as a hook: it calls that of the integration, whose errors stay here."""
        hook = self.definition.hook
        assert hook is not None

        def fitscribe(*args: Any, **kwargs: Any) -> None:
            around = current.get()
            # As `live`, without a call of its own: this runs at every step of a training.
            if (
                not self.installed
                or self.retired
                or (around is not None and not (around.owner or around).finished)
                or suppressed.get()
            ):
                return
            try:
                hook(*args, **kwargs)
            except Exception as failure:
                self.watcher_failed(failure)

        return fitscribe

    def add(self, place: Place) -> None:
        """Take a place that has been patched."""
        self.places.add(place)
        if not isinstance(place.holder, str):
            self.patched[id(place.holder()), place.name] = PatchedMethod(
                place.holder, place.name, weakref.ref(place)
            )

    def set_live(self, live: bool) -> None:
        """Switch all its places; wrappers look at this at each call."""
        with lock:
            for place in self.places:
                place.live = live

    def cannot_patch(self, owner: type, name: str, why: str) -> None:
        """Note an attribute of a class that must stay as it is."""
        self.unpatchable.append(f"{owner.__module__}.{owner.__qualname__}.{name} ({why})")

    def revive(self, place: Place, on_top: Any) -> bool:
        """Switch a place on again whose wrapper was left.

        Args:
            place: one of ``left_places``.
            on_top: what is there now.

        Returns:
            Whether it is still there, or beneath that.
        """
        if not chain_holds(on_top, place.wrapper):
            return False
        self.left_places.remove(place)
        place.live = self.live
        self.add(place)
        return True

    def forget(self, place: Place) -> None:
        """Let go of a place whose wrapper is not there any more, or serves the point no more."""
        self.places.discard(place)
        place.together.remove(place)
        if place in self.left_places:
            self.left_places.remove(place)

    def failed(self, error: Exception) -> None:
        """Report an error of the observer; the third one in a row retires the point."""
        report(self.id, error)
        self.failures += 1
        if self.failures >= _FAILURES_TO_RETIRE and not self.retired:
            self.retired = f"failed {self.failures} times in a row, last: {type(error).__name__}: {error}"
            self.set_live(False)
            notice(f"{self.id} is switched off: it {self.retired.partition(',')[0]}")

    def status(self) -> PointStatus:
        """Its state and the reason for it, for people."""
        verdict, reason = self.verdict, self.verdict.reason
        state = verdict.state
        if self.retired:
            state, reason = gate.SKIPPED, self.retired
        elif self.left:
            state = min((state for state, _ in self.left), key=(gate.RETIRED, gate.DISPLACED).index)
            reason = shortened([reason for _, reason in self.left], "; ")
        elif not self.installed and state != gate.SKIPPED:
            state, reason = gate.OFF, "fitscribe is switched off for it"
        elif self.unpatchable:
            found = f"cannot be patched: {shortened(self.unpatchable, ', ')}"
            reason = f"{reason}; {found}" if reason else found
        return PointStatus(self.id, self.framework, self.version, state, reason, verdict.untested)


def shortened(parts: list[str], between: str) -> str:
    """The first few of many, joined."""
    return between.join([*parts[:3], "..."] if len(parts) > 3 else parts)
