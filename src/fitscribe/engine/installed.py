"""A patch point in this process: its verdict, the places where it was put, and how it is taken away."""

from __future__ import annotations

import weakref
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

from fitscribe.engine import gate
from fitscribe.engine.gate import Verdict
from fitscribe.engine.guard import notice, report
from fitscribe.engine.locking import lock
from fitscribe.engine.places import Place

if TYPE_CHECKING:
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
    code: CodeType | None
    place: weakref.ref[Place]


def code_of(function: Any) -> CodeType | None:
    """The code of a plain function; None for all else."""
    return function.__code__ if type(function) is FunctionType else None


class InstalledPoint:
    """One patch point of a framework that has been imported."""

    def __init__(self, definition: PatchPoint, framework: str, version: str | None, verdict: Verdict) -> None:
        self.definition = definition
        self.framework = framework
        self.version = version
        self.verdict = verdict
        self.id = f"{framework}.{definition.id}"
        self.nested = definition.nested
        self.failures = 0
        self.installed = False
        self.retired = ""
        """Why it was switched off for failing."""
        self.left: list[tuple[str, str]] = []
        """What uninstalling could not take away: the state it is in, and the reason."""
        self.left_places: list[Place] = []
        self.unpatchable: list[str] = []
        self.copies: list[tuple[weakref.ref[type], str, Any]] = []
        """Class attributes that are patched methods of a base class, copied by a class body."""
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

    def add(self, place: Place) -> None:
        """Take a place that has been patched."""
        self.places.add(place)
        if not isinstance(place.holder, str):
            self.patched[id(place.holder()), place.name] = PatchedMethod(
                place.holder, place.name, code_of(place.original), weakref.ref(place)
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
        """Switch a wrapper on again that was left beneath another tool's.

        Args:
            place: one of ``left_places``.
            on_top: what is there now.

        Returns:
            Whether it is still beneath that.
        """
        if not chain_holds(on_top, place.wrapper):
            return False
        self.left_places.remove(place)
        place.live = self.live
        self.add(place)
        return True

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


def chain_holds(outer: Any, wanted: Any) -> bool:
    """Whether ``wanted`` still fires beneath what other tools put on top of it."""
    seen: list[Any] = []
    todo = [outer]
    while todo and len(seen) < 64:
        layer = todo.pop()
        if layer is wanted:
            return True
        if any(layer is each for each in seen):
            continue
        seen.append(layer)
        for name in ("__wrapped__", "__func__", "_self_parent"):
            try:
                inner = getattr(layer, name, None)
            except Exception:
                # Somebody's proxy: what it does not show is not there.
                inner = None
            if inner is not None:
                todo.append(inner)
        for cell in getattr(layer, "__closure__", None) or ():
            try:
                todo.append(cell.cell_contents)
            except ValueError:
                continue  # an empty cell
    return False


def describe_layer(layer: Any) -> str:
    """Whose wrapper this is, as well as it can be told."""
    kind = type(layer)
    module = (
        kind.__module__ if kind.__module__ not in ("builtins", "wrapt") else getattr(layer, "__module__", "")
    )
    return f"{module or 'builtins'}.{getattr(layer, '__qualname__', kind.__qualname__)}"
