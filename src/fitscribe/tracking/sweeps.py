"""Trainings in a loop are grouped of their own accord: a run of the role ``sweep`` becomes their parent.

A loop is known by the stack: a training that begins where one has begun before, with every frame of the
user's code at the same instruction of the same code object, can only be another round of it, be that a
``for``, a comprehension, a tuner's trials or the tasks of a thread pool. A function that is called from two
places, a cell that is run twice and two lines at the prompt are none.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from fitscribe.tracking.retention import KeptModels
from fitscribe.tracking.run import ActiveRun
from fitscribe.tracking.varying import LISTED, Varying

if TYPE_CHECKING:
    from fitscribe.engine import Call, Moment
    from fitscribe.store import Store

# Children that have a folder of their own; the others are kept within the sweep's.
_FOLDERS = 100
# So many places are remembered at once, whatever the number of trainings.
_PLACES = 256

# Reentrant, as a signal handler may train, too.
_lock = threading.RLock()
_loops: OrderedDict[Hashable, tuple[tuple[weakref.ref[CodeType], ...], Loop]] = OrderedDict()


class Rounds(Protocol):
    """What a training is a round of, and is told what becomes of it."""

    def began(self, run: ActiveRun) -> None:
        """Take a training that has begun, or goes on after it seemed to be over."""

    def took(self, params: Mapping[str, Any], changed: Collection[str] | None) -> None:
        """Take parameters of a training."""

    def ended(self, run: ActiveRun, number: int, status: str) -> None:
        """Take a training that has ended."""

    def logged_late(self, number: int, metrics: Mapping[str, float]) -> None:
        """Take metrics of a training that has ended already."""


class Seat(NamedTuple):
    """Where a training belongs.

    Attributes:
        loop: what is told of what becomes of it: the trainings that began at the same place.
        number: how many there were before.
        sweep: the run that groups them; None for the first one.
    """

    loop: Rounds
    number: int
    sweep: ActiveRun | None

    @property
    def is_within(self) -> bool:
        """Whether the training is kept in the sweep's own files."""
        return self.number >= _FOLDERS


class Loop:
    """The trainings that began at one place, and the sweep that they are from the second one on."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._count = 0
        self._first: ActiveRun | None = None
        self._first_has_ended = False
        self._sweep: ActiveRun | None = None
        self._sweep_is_over = False
        # Weakly: one that nobody ends must not keep the sweep from its end.
        self._open_runs: weakref.WeakSet[ActiveRun] = weakref.WeakSet()
        self._estimators: set[str] = set()
        self._varying = Varying()
        self._kept = KeptModels()

    def begin(self, estimator: str, make: Callable[[Seat], ActiveRun]) -> ActiveRun:
        """Make the run of one more training.

        Args:
            estimator: what is trained.
            make: makes the run, which writes nothing yet.
        """
        with self._lock:
            is_new = estimator not in self._estimators
            self._estimators.add(estimator)
            if self._sweep is not None:
                if is_new:
                    self._sweep.rename(self._name())
            elif self._first is not None:
                self._open(self._first)
            self.took({"estimator": estimator}, ("estimator",))
            run = make(Seat(self, self._count, self._sweep))
            self.began(run)
            self._first = self._first or run
            self._count += 1
            return run

    def began(self, run: ActiveRun) -> None:
        """Take a training that has begun: if the process dies in it, the sweep has died as well."""
        if self._process != os.getpid():
            return
        with self._lock:
            self._open_runs.add(run)
            if self._sweep is not None and self._sweep_is_over:
                self._sweep_is_over = False
                self._sweep.log_resumed()

    def took(self, params: Mapping[str, Any], changed: Collection[str] | None) -> None:
        """Take parameters of a training: of its estimator, of its call, of the split that its data is from.

        Args:
            params: names and values.
            changed: names of those that differ from their defaults; None where defaults are unknown.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            varies, cut = self._varying.add(params, changed)
            if self._sweep is None:
                return
            if varies:
                self._sweep.log_facts({"varying": self._varying.found})
            for name in cut:
                why = "each training has its own"
                self._sweep.note_unseen(f"values of {name} after the first {LISTED}", why)

    def ended(self, run: ActiveRun, number: int, status: str) -> None:
        """Take a training that has ended, and end the sweep if no other goes on: a loop does not say when it
        is over.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            self._open_runs.discard(run)
            if self._sweep is None:
                self._first_has_ended = True
                return
            self._take(self._sweep, run, number)
            if not self._open_runs:
                self._sweep.log_end(status)
                self._sweep_is_over = True

    def logged_late(self, number: int, metrics: Mapping[str, float]) -> None:
        """Take metrics of a training that has ended already, such as those of its predictions."""
        if self._process != os.getpid():  # where a lock may have been copied that somebody held
            return
        with self._lock:
            if self._sweep is not None:
                self._sweep.log_points(metrics, number)

    def _open(self, first: ActiveRun) -> None:
        head = first._header
        shared = ("framework", "framework_version", "point", "untested")
        self._sweep = sweep = ActiveRun(
            first.store,
            name=self._name(),
            experiment=head["experiment"],
            role="sweep",
            options=first.options,
            site=head["site"],
            header={"time": first.opened_at, **{name: head[name] for name in shared}},
        )
        # It is nobody's active run, and is over after each of its trainings.
        sweep.ended = True
        sweep.log_facts({"varying": self._varying.found})
        with sweep.section("coverage"):
            sweep.log_coverage(head["framework"])
        first.join(sweep)
        if self._first_has_ended:
            self._take(sweep, first, 0)

    def _name(self) -> str:
        names = self._estimators
        return f"sweep of {next(iter(names)) if len(names) == 1 else f'{len(names)} estimators'}"

    def _take(self, sweep: ActiveRun, run: ActiveRun, number: int) -> None:
        worth = run.worth
        sweep.log_points(worth.values, number)
        sweep.log_directions(worth.directions)
        self._kept.add(run)


def loop_at(call: Call | Moment, store: Store, outer: ActiveRun | None) -> Loop | None:
    """The loop that a training is a round of, should it be one; None where nobody can tell.

    Args:
        call: the observed call, while it goes on, or the moment at which a training began.
        store: where its run will lie.
        outer: the run that encloses it.
    """
    codes: list[CodeType] = []
    position: list[Hashable] = [store.root, None if outer is None else outer.id, _cell()]
    for frame in call.callers():
        codes.append(frame.f_code)
        # The instruction and not the line: to find that takes longer the longer the code is.
        position += (id(frame.f_code), frame.f_lasti)
    if not codes:
        return None
    key = tuple(position)
    with _lock:
        known = _loops.get(key)
        # An id is given anew when its object is gone.
        if known is not None and all(reference() is not None for reference in known[0]):
            _loops.move_to_end(key)
            return known[1]
        loop = Loop()
        _loops[key] = tuple(map(weakref.ref, codes)), loop
        if len(_loops) > _PLACES:
            _loops.popitem(last=False)
        return loop


def _cell() -> int | None:
    """Which execution of a notebook's cell this is: threads of two cells look the same."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return getattr(get_ipython(), "execution_count", None) if get_ipython is not None else None


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    _loops.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
