"""Which steps of a training are recorded: not all of them where it costs too much to write them."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fitscribe.tracking.run import ActiveRun

Point: TypeAlias = "tuple[str, int, float, float]"
"""Name, step, time in seconds since the epoch, value."""

# What writing steps may cost, whichever is most: a share of the training's time, so many seconds of a run,
# and so many of each point.
SHARE = 0.01
LEAST_S = 0.02
POINT_S = 10e-6
# How long it is looked at before anything changes, and at how many writes: a disk that was busy for a moment
# must not cost the rest.
WINDOW_S = 1.0
WRITES = 9
# A write waits so long for whoever else has the processor; what it takes beyond is the store's.
STALL_S = 0.02
_MOST = 1 << 10
# A store that is slow and fast by turns stays with fewer steps after so many turns.
_TURNS = 20
_NOTED = "every step"


class Pace:
    """Says which steps are recorded: as many as the options want, fewer while the store is too slow for that.

    Parameters, what the script logs by itself, final values and models are none of its business.

    Args:
        run: the run whose steps they are.
    """

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._wanted = run.options.log_every
        self.every = self._wanted
        """Steps whose number is a multiple of this are recorded."""
        self._began = self._window_began = perf_counter()
        self._spent_s = 0.0
        self._points = 0
        self._writes: list[float] = []
        self._passed_over: dict[str, Point] = {}
        self._changes: list[str] = []

    def pass_over(self, point: Point) -> None:
        """Keep a point that is not recorded: it is, if nothing of its series comes after it."""
        self._passed_over[point[0]] = point

    def recorded(self, points: Sequence[Point]) -> None:
        """Take points that were recorded."""
        if self._passed_over:
            for name, step, _, _ in points:
                last = self._passed_over.get(name)
                if last is not None and last[1] <= step:
                    del self._passed_over[name]

    def take_last(self) -> list[Point]:
        """The points that were passed over, and that nothing of their series came after."""
        found = list(self._passed_over.values())
        self._passed_over.clear()
        return found

    def wrote(self, started: float, points: int, step: int) -> None:
        """Take into account what it cost to write points of steps.

        Args:
            started: what the performance counter said before.
            points: how many there were.
            step: the last step among them.
        """
        now = perf_counter()
        writes = self._writes
        writes.append(now - started)
        self._points += points
        if now - self._window_began >= WINDOW_S:
            self._look(now, step)

    def _look(self, now: float, step: int) -> None:
        writes = sorted(self._writes)
        others = writes[:-1]  # the slowest one may be the only one
        if len(writes) < WRITES and sum(others) < WINDOW_S:
            return
        # The clock runs on while others have the processor, in the middle of a few writes: what the store
        # takes, it takes in most of them, or it makes some wait for longer than anybody else would.
        middle = writes[len(writes) // 2]
        took = middle * len(writes) + sum(max(0.0, each - middle - STALL_S) for each in others)
        share = took / (now - self._window_began)
        self._spent_s += took
        self._window_began = now
        self._writes.clear()
        allowed = max(SHARE * (now - self._began), LEAST_S, POINT_S * self._points)
        if share > SHARE and self._spent_s > allowed and self.every < _MOST * self._wanted:
            self._change(self.every * 2, step, f"the store took {100 * share:.0f} % of the time")
        elif share < SHARE / 4 and self.every > self._wanted and len(self._changes) < _TURNS:
            self._change(self.every // 2, step, "it took less")

    def _change(self, every: int, step: int, why: str) -> None:
        self.every = every
        which = f"one of {every}" if every > 1 else "all"
        self._changes.append(f"from step {step} on {which}, as {why}")
        # What was said of it before is in the new note as well.
        self._run.note_seen(_NOTED)
        self._run.note_unseen(_NOTED, "; ".join(self._changes))
