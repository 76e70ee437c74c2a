"""What bars show while a training goes on: at most one point of a series for each of its steps.

A bar along which the training steps is that of the training: its numbers are recorded as they are shown. A
bar along which it does not step is of an evaluation, and shows a mean that settles: its last numbers are
recorded, at its end.

The training waits for every call, so numbers are noted, and recorded many at a time.
"""

from __future__ import annotations

from time import time
from typing import Any

from fitscribe.engine import moment
from fitscribe.tracking import continued
from fitscribe.tracking.reporting import Aim, Reporter, Target, aim, reporter_at
from fitscribe.tracking.scalars import device_of, on_device, scalar
from fitscribe.tracking.weakly import WeakTable

_TOGETHER = 64
_LONGEST_S = 1.0


class _Bar:
    """What one bar has shown in one run.

    Args:
        to: where it reports.
        reporter: of the line that reports.
    """

    def __init__(self, to: Aim, reporter: Reporter) -> None:
        self.to = to
        self.reporter = reporter
        self._pace = to.run.pace
        self._step: int | None = None
        self._trains = False
        self._is_noted = False
        self._shown: dict[str, float] = {}
        """What was shown last at this step."""
        self._shown_at = 0.0
        self._noted: list[tuple[int, float, dict[str, float]]] = []
        self._is_listed = False

    def show(self, values: dict[str, float]) -> None:
        """Take numbers that are shown; the dict is kept."""
        training = self.to.training
        if training is None:
            self.reporter.points(Target(self.to.run, None), values)
            return
        step, now = training.made, time()
        if step != self._step:
            if self._step is not None and not self._trains:
                self._trains = True
                self._note()
            self._step, self._shown, self._shown_at, self._is_noted = step, values, now, False
            if self._trains and step % self._pace.every == 0:
                self._note()
        elif self._is_noted:
            new = {name: value for name, value in values.items() if name not in self._shown}
            if new:
                self._shown = {**self._shown, **new}
                self._noted.append((step, now, new))
        else:
            self._shown, self._shown_at = values, now
        noted = self._noted
        if noted and (len(noted) >= _TOGETHER or now - noted[0][1] >= _LONGEST_S):
            self.record()
        elif not self._is_listed:
            self._is_listed = True
            _open.add(self)

    def _note(self) -> None:
        if not self._is_noted and self._step is not None:
            self._is_noted = True
            self._noted.append((self._step, self._shown_at, self._shown))

    def record(self) -> None:
        """Record what is noted."""
        noted, self._noted = self._noted, []
        self.reporter.timed(self.to.run, noted)

    def settle(self) -> None:
        """Record what is noted, and what was shown last."""
        self._note()
        self.record()
        self._is_listed = False
        _open.discard(self)

    def is_of(self, to: Aim) -> bool:
        """Whether that is the run and the training that it reports to."""
        return self.to.run is to.run and self.to.training is to.training

    @property
    def is_over(self) -> bool:
        """Whether the training has gone on since the bar showed something."""
        training = self.to.training
        return training is None or training.made != self._step


def shown(bar: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Take what ``set_postfix`` was called with."""
    known = _bars.get(bar)
    if known is None or not known.to.holds:
        to = aim()
        if to is None:
            return
        known = _at(bar, known, to)
    values: dict[str, float] = {}
    if args or "ordered_dict" in kwargs or "refresh" in kwargs:
        given = args[0] if args else kwargs.get("ordered_dict")
        kwargs = {name: value for name, value in kwargs.items() if name not in ("ordered_dict", "refresh")}
        if isinstance(given, dict):  # pairs that can be gone through but once are left to tqdm
            _read(given, values, known)
    if kwargs:
        _read(kwargs, values, known)
    if values:
        known.show(values)


def _read(given: dict[Any, Any], values: dict[str, float], known: _Bar) -> None:
    """Add the numbers of a dict to others."""
    for name, value in given.items():
        number = value if type(value) is float else scalar(value)
        if number is not None:
            values[str(name)] = number
        elif device := device_of(value):
            known.reporter.unseen(known.to.run, f"{name} of a progress bar", on_device(device))


def _at(bar: Any, known: _Bar | None, to: Aim) -> _Bar:
    """What is known of a bar where it reports now."""
    if known is not None and known.is_of(to):
        known.to = to
        return known
    if known is not None:
        known.settle()
    for other in tuple(_open):
        if other.to.run is to.run:
            other.record()  # which has its names first
            if other.is_over:
                other.settle()
    found = _Bar(to, reporter_at("tqdm", moment("tqdm", "postfix").callers()))
    _bars.set(bar, found)
    return found


def closed(bar: Any) -> None:
    """Record what a bar showed last."""
    known = _bars.get(bar)
    if known is not None:
        known.settle()


@continued.before_ending
def _settle_all() -> None:
    for each in tuple(_open):
        each.settle()


_bars: WeakTable[_Bar] = WeakTable()
_open: set[_Bar] = set()
"""Those with numbers that are not recorded yet."""
