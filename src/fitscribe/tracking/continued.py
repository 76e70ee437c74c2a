"""Trainings that go on: a model that is trained in several calls has one run for all of them.

That is `partial_fit` in scikit-learn, `Booster.update` in XGBoost, a `fit` that starts where the last one
ended. The model is known by a weak reference, and nothing tells when it is gone: that is noticed when the
next training begins, or when the process ends. The run is a child of the run that was open when it began,
and ends with that one at the latest. What a forked child does with its copy of the model is a training of
its own.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any

from fitscribe.engine import guarded
from fitscribe.tracking import context
from fitscribe.tracking.exiting import at_exit, died_of, end_with_worker
from fitscribe.tracking.outcome import end_training, status_of
from fitscribe.tracking.rounds import Evaluations
from fitscribe.tracking.segments import Segments
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun
    from fitscribe.tracking.segments import Curve

    Keep = Callable[[Any, ActiveRun], None]

# Each open run keeps two files open.
_MOST_OPEN = 64
# What keeping the state of a model may take: this much, or this share of the training.
_KEEPING_S = 0.02
_KEEPING_SHARE = 0.01
# Of which any call may use this part; the rest is for powers of two, and for when the model is used.
_ANY_CALL = 0.25


class Continued:
    """One training of one model that goes on over several calls.

    Args:
        model: known by a weak reference.
        run: its run.
        by: what it is trained by, such as ``partial_fit``.
        keep: ``keep(model, run)`` records the state of the model; it must not hold anything of the user's.
        calls: how many calls there have been before.
    """

    unit = "call"
    """What is counted, for people."""

    def __init__(self, model: object, run: ActiveRun, by: str, keep: Keep, calls: int = 0) -> None:
        self.run = run
        self.by = by
        self.calls = self.made = calls
        """How many calls are recorded, and how many there have been."""
        self.process = os.getpid()
        self.thread = threading.get_ident()
        self.touched = monotonic()
        self.segments = Segments()
        self.evaluations = Evaluations(run)
        self.notes: dict[str, Any] = {}
        """What the integration notes for the next call; it must not hold anything of the user's."""
        self._model: Callable[[], object | None] = weakref.ref(model)
        self._keep = keep
        self._write = run._writer.points
        self._lock = threading.RLock()
        self._last: Mapping[str, float] = {}
        self._trained_s = 0.0
        self._keeping_s = self._keeping_last_s = 0.0
        self._kept = calls

    @property
    def is_gone(self) -> bool:
        """Whether the model is gone, and the training with it."""
        return self._model() is None

    @property
    def affords_keeping(self) -> bool:
        """Whether the state of the model may be recorded once more, for what that took the last time."""
        return self._affords(1.0)

    def _affords(self, part: float) -> bool:
        allowed = max(_KEEPING_S, _KEEPING_SHARE * self._trained_s)
        return self._keeping_s + self._keeping_last_s <= part * allowed

    def catch_up(self) -> None:
        """Take what was noted of calls and not looked at yet."""

    def step(self, values: Mapping[str, float], seconds: float) -> None:
        """Record one call that is over: a point of each series, at the number of the call.

        Args:
            values: names and values.
            seconds: how long the call took.
        """
        with self._lock:
            self.calls = self.made = number = self.calls + 1
            self._trained_s += seconds
            self.touched = monotonic()
            if self.run.ended:
                self.leave_open()
                self.run.resume()
            try:
                self._write(values, number)
            except OSError:
                self.run.log_points(values, number)  # which says what is wrong
            self._last = values
        if self._affords(_ANY_CALL if number & (number - 1) else 1.0):
            self.keep()

    def used(self) -> None:
        """Record the state of the model, if that is affordable: what it does now, it does as it is now."""
        if self.affords_keeping and not self.run.ended:
            self.keep()

    def keep(self) -> None:
        """Record the state that the model has now, if it is alive and has been trained since."""
        model = self._model()
        with self._lock:
            if model is None or self._kept == self.calls:
                return
            started = thread_time()
            self._keep(model, self.run)
            self.kept(thread_time() - started)

    def kept(self, cpu_s: float) -> None:
        """Take note that the state of the model as it is now has been recorded.

        Args:
            cpu_s: CPU seconds that it took.
        """
        self._kept = self.calls
        self._keeping_last_s = cpu_s
        self._keeping_s += cpu_s

    def end(self, status: str = "finished", error: BaseException | None = None) -> None:
        """End the run, with the state that the model has now; a second call does nothing."""
        with self._lock:
            if self.run.ended or self.process != os.getpid():
                return
            with self.run.section("state of the model"):
                self.keep()
                if self._kept < self.calls:
                    why = "the model was gone when the run ended"
                    if self._kept:
                        why += f": it is as after {self.unit} {self._kept}"
                    self.run.note_unseen(f"the model after {self.unit} {self.calls}", why)
            self.evaluations.end()
            self.run.final.update(self._last)
            end_training(self.run, status, error)

    def failed(self, error: BaseException) -> None:
        """End the run with the exception of a call; one that is made all the same opens it again."""
        _end(self, status_of(error), error)

    def leave_open(self) -> None:
        """Let the run be open until the model is gone or trained anew, and whatever ends it first."""
        with _lock:
            if self not in _open:
                _open.append(self)
            while len(_open) > _MOST_OPEN:
                _end(min(_open, key=lambda each: each.touched))
        end_with_worker()

    def segment(self, curves: Mapping[str, Curve], seconds: float) -> None:
        """Record one call that is a whole fit and is over; see :class:`Segments` for what it added.

        Args:
            curves: what it added.
            seconds: how long it took.
        """
        with self._lock:
            self.calls += 1
            self.made = self.calls
            self._trained_s += seconds
            self.touched = monotonic()
            self.segments.add(self.run, self.calls, curves, seconds)


def find(model: object, *, by: str) -> Continued | None:
    """Return the training of a model that a call made here goes on with, or None.

    Args:
        model: what is trained.
        by: what it is trained by.
    """
    found = _known.get(model)
    if (
        found is None
        or found.by != by
        or found.process != os.getpid()
        or context.enclosing_run() is not found.run.outer
    ):
        return None
    return found


def begin(model: object, run: ActiveRun, *, by: str, keep: Keep) -> Continued:
    """Let a training go on beyond the call that it began with.

    Args:
        model: what is trained.
        run: the run that was opened for it.
        by: what it is trained by, such as ``partial_fit``.
        keep: ``keep(model, run)`` records the state of the model; it must not hold anything of the user's.

    Returns:
        The training, which a call can :meth:`Continued.leave_open`.

    Raises:
        TypeError: the model cannot be referred to weakly.
    """
    earlier = _known.get(model)
    found = Continued(model, run, by, keep, earlier.calls if earlier is not None and earlier.by == by else 0)
    if earlier is not None:
        _end(earlier)
        run.log_facts({"continues": earlier.run.id})
    _known.set(model, found)
    return found


def finish(model: object) -> None:
    """End the training of a model that is trained anew."""
    found = forget(model)
    if found is not None:
        _end(found)


def forget(model: object) -> Continued | None:
    """Let a further call on a model be a training of its own; the run of the one before is left alone.

    Returns:
        The one before, or None.
    """
    found = _known.get(model)
    if found is not None:
        _known.set(model, None)
    return found


def is_left_open(run: ActiveRun) -> bool:
    """Whether a run does not end with the call that is going on."""
    return any(each.run is run for each in tuple(_open))


def latest_within(outer: ActiveRun | None) -> Continued | None:
    """The training that goes on and was called last, of those within a run; None where none goes on there.

    One that this thread has begun comes before those of others.

    Args:
        outer: the run around it, or None for those that no run is around.
    """
    found = None
    here = threading.get_ident()
    for each in tuple(_open):
        if each.run.outer is outer and (
            found is None or (each.thread == here, each.touched) > (found.thread == here, found.touched)
        ):
            found = each
    return found


def before_ending(settle: Callable[[], None]) -> Callable[[], None]:
    """Call a function before trainings are ended, the process's end included; may be used as a decorator.

    Args:
        settle: opens what waits for being told from another training.
    """
    _settling.append(settle)
    return settle


def end_those_gone() -> None:
    """End the trainings whose models are gone."""
    settle()
    for each in [each for each in tuple(_open) if each.is_gone]:
        _end(each)


def end_each(
    which: Callable[[Continued], bool], status: str = "finished", error: BaseException | None = None
) -> None:
    """End some of the trainings that go on.

    Args:
        which: says of each whether it is to end.
        status: how they end.
        error: what they died of.
    """
    for each in [each for each in tuple(_open) if which(each)]:
        _end(each, status, error)


def end_within(group: ActiveRun, status: str, error: BaseException | None) -> None:
    """End what goes on within a run that ends.

    Args:
        group: the run around it.
        status: how that one ends.
        error: what that one died of.
    """
    settle()
    for each in [each for each in tuple(_open) if each.run.outer is group]:
        _end(each, status, error)


def settle() -> None:
    """Open what waits for being told from another training, as :func:`before_ending` says."""
    for settle in tuple(_settling):
        with guarded("run.open"):
            settle()


def _end(found: Continued, status: str = "finished", error: BaseException | None = None) -> None:
    with _lock:
        if found in _open:
            _open.remove(found)
    with guarded("run.end"):
        found.end(status, error)


def keep_first_at_exit() -> None:
    """When the process ends, keep the state of models before what is imported by now is torn down.

    For a format whose library has an exit handler: it runs before those of fitscribe, which was imported
    first. Ending the trainings as early would hide from them what handlers of the script's own still do.
    """
    atexit.unregister(_keep_all)
    atexit.register(_keep_all)


def _keep_all() -> None:
    for each in tuple(_open):
        with each.run.section("state of the model"):
            each.catch_up()
            each.keep()


@at_exit
def _end_all() -> None:
    error = died_of()
    settle()
    # The one that was called last is what the script died in: any other was over by then.
    last = max(tuple(_open), key=lambda each: each.touched, default=None)
    end_each(lambda each: each is not last)
    end_each(lambda each: each is last, status_of(error), error)


def _forget_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    _open.clear()


_known: WeakTable[Continued | None] = WeakTable()
_open: list[Continued] = []
_settling: list[Callable[[], None]] = []
_lock = threading.RLock()

if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
