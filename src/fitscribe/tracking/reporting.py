"""What a script reports by itself: to a progress bar, a summary writer, or by computing a metric.

It goes to the active run, else to the training that goes on and was called last, and never opens a run. The
first of what is reported before there is a run is kept for it; the rest is counted, and said.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count, islice
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.engine import guarded
from fitscribe.tracking import context, continued
from fitscribe.tracking.console import say
from fitscribe.tracking.exiting import at_exit
from fitscribe.tracking.launch import is_child_process
from fitscribe.tracking.options import options_for
from fitscribe.tracking.scalars import device_of, fetched, on_device
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.tracking.continued import Continued
    from fitscribe.tracking.run import ActiveRun

    Write = Callable[["Target"], None]

# How much is kept until there is a run.
_MOST_WAITING = 256
# Who makes a name of every step is left out of the rest.
_MOST_NAMES = 1_000
# What is known of places: cells of notebooks make many.
_MOST_PLACES = 256
# So many calls deep a place is told from others.
_DEEPEST = 30


class Target(NamedTuple):
    """Where a report goes.

    Attributes:
        run: the run.
        step: how far the training has come that goes on there; None where none does.
    """

    run: ActiveRun
    step: int | None


class Aim:
    """Where what is reported goes, with what tells cheaply whether that is still so.

    Args:
        run: the run.
        training: the training that goes on there, or None.
    """

    __slots__ = ("_around", "run", "training")

    def __init__(self, run: ActiveRun, training: Continued | None) -> None:
        self.run = run
        self.training = training
        self._around = _around()

    @property
    def holds(self) -> bool:
        """Whether a report that is made here goes to the same training; False also where nobody knows."""
        return self.training is not None and not self.run.ended and self._around == _around()


def _around() -> tuple[object, ...]:
    return context.active.get(), context.blocks[-1:], continued._open[-1:]


def aim() -> Aim | None:
    """Where a report that is made here goes; None where no run is open, or another process has opened it."""
    run = context.opened_run()
    training = continued.latest_within(run)
    if run is None:
        run = context.run_of_script() if training is None else training.run
    if run is None or run._process != os.getpid():
        return None
    if _is_first or _unsaid:
        _hand_over(run)
    return Aim(run, training)


def target() -> Target | None:
    """As :func:`aim`, for one report."""
    found = aim()
    return (
        None if found is None else Target(found.run, None if found.training is None else found.training.made)
    )


def report(write: Write) -> None:
    """Write a report where it belongs, or keep it until there is a run.

    Args:
        write: ``write(target)``; holds plain values alone.
    """
    global _unsaid
    to = target()
    if to is not None:
        write(to)
    elif _is_first and len(_waiting) < _MOST_WAITING:
        _waiting.append(write)
    else:
        _unsaid += 1


class Reporter:
    """One place where a script reports: a progress bar, a writer, the line that computes a metric.

    Its names stay as they are. Only where the run has a series of that name from elsewhere another one is
    found: ``loss``, ``validate/loss``, ``validate/loss[2]``.

    Args:
        place: what tells it from other places, such as their kind and the line; plain values.
        label: what stands before a name that is taken, such as the name of a function.
    """

    def __init__(self, place: Hashable, label: str) -> None:
        self._place = place
        self._label = label
        self._run: ActiveRun | None = None
        self._names: dict[str, str] = {}
        self._said: set[str] = set()

    def points(self, to: Target, values: Mapping[str, float], step: int | None = None) -> None:
        """Record a point of each of several series.

        Args:
            to: where.
            values: by name.
            step: the script's own; by default that of the training.
        """
        run = to.run
        if step is None:
            step = to.step
        for name, value in values.items():
            known = self.name_in(run, name)
            if known:
                run.log_metric(known, value, step)

    def timed(self, run: ActiveRun, noted: Sequence[tuple[int, float, Mapping[str, float]]]) -> None:
        """Record what was noted a while ago.

        Args:
            run: the run.
            noted: the step, when it was in seconds since the epoch, and values by name.
        """
        points = [
            (known, step, when, value)
            for step, when, values in noted
            for name, value in values.items()
            if (known := self.name_in(run, name))
        ]
        run.log_timed(points)
        run.final.update((name, value) for name, _, _, value in points)

    def device(self, name: str, value: Any, step: int | None = None) -> None:
        """Record a point whose number is on a device, as soon as it is there, or say that it was not.

        Args:
            name: of the series.
            value: a tensor.
            step: as in :meth:`points`.
        """
        to = target()
        if to is not None and fetched(value, partial(self._arrived, to, name, step)):
            return
        report(partial(self._unseen_there, name, on_device(device_of(value))))

    def _arrived(self, to: Target, name: str, step: int | None, number: float) -> None:
        self.points(to, {name: number}, step)

    def _unseen_there(self, name: str, why: str, to: Target) -> None:
        self.unseen(to.run, self.name_in(to.run, name) or name, why)

    def name_in(self, run: ActiveRun, name: str) -> str:
        """The name that one of the script's has in a run; empty where the script has too many."""
        if self._run is not run:
            self._run, self._names, self._said = run, {}, set()
        return self._names.get(name) or self._named(run, name)

    def unseen(self, run: ActiveRun, what: str, why: str) -> None:
        """Say on a run, once, what was not recorded."""
        if self._run is not run:
            self._run, self._names, self._said = run, {}, set()
        if what not in self._said:
            self._said.add(what)
            run.note_unseen(what, why)

    def _named(self, run: ActiveRun, name: str) -> str:
        if len(self._names) >= _MOST_NAMES:
            self.unseen(run, "further names", f"one place of the script reports under {_MOST_NAMES} already")
            return ""
        taken = _places.get(run)
        if taken is None:
            taken = {}
            _places.set(run, taken)
        for each in _others(name, self._label):
            if each not in taken and not run._writer.has_series(each):
                taken[each] = self._place
            if taken.get(each) == self._place:
                self._names[name] = each
                return each
        raise AssertionError("names do not end")


def reporter_at(kind: str, callers: Iterator[FrameType]) -> Reporter:
    """A reporter for a place in the script: the same wherever a loop comes back to it.

    Args:
        kind: what reports there, such as ``tqdm``.
        callers: the frames of the script that led there, the nearest first.
    """
    frames = [
        (frame.f_code.co_filename, frame.f_code.co_firstlineno, frame.f_lasti, frame.f_code.co_name)
        for frame in islice(callers, _DEEPEST)
    ]
    function = frames[0][-1] if frames else ""
    place = (kind, *frames)
    found = _reporters.get(place)
    if found is None:
        if len(_reporters) >= _MOST_PLACES:
            _reporters.clear()
        found = _reporters[place] = Reporter(place, function if function.isidentifier() else kind)
    return found


def _others(name: str, label: str) -> Iterator[str]:
    yield name
    yield f"{label}/{name}"
    for number in count(2):
        yield f"{label}/{name}[{number}]"


def _hand_over(run: ActiveRun) -> None:
    """Write what has waited for a run, as at the beginning of it, and say what did not."""
    global _is_first, _unsaid
    waiting, _waiting[:] = _waiting[:], []
    unsaid, _unsaid, _is_first = _unsaid, 0, False
    for write in waiting:
        with run.section("what the script reported"):
            write(Target(run, 0))
    if unsaid:
        run.note_unseen(_unrecorded(unsaid), "reported while no run was open")


def _unrecorded(number: int) -> str:
    return f"{number} report{'s' if number > 1 else ''} of the script's"


@continued.before_ending
def _no_more() -> None:
    """Write what waits while there is still a run for it."""
    if _waiting:
        target()


@at_exit
def _say_lost() -> None:
    with guarded("what the script reported"):
        _no_more()
        number = len(_waiting) + _unsaid
        if number and not is_child_process() and not options_for().quiet:
            say(f"{_unrecorded(number)} not recorded (to a summary writer, or by a metric): no run was open")


def _forget_in_child() -> None:
    global _unsaid
    _waiting.clear()
    _unsaid = 0


# Which place has a series, by the run and the series' name.
_places: WeakTable[dict[str, Hashable]] = WeakTable()
_reporters: dict[Hashable, Reporter] = {}
_waiting: list[Write] = []
_unsaid = 0
_is_first = True
"""Whether no run has been reported to yet: what comes later is of no run that is still to begin."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
