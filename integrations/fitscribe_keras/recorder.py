"""What is recorded of a training while it goes on: batches, epochs, learning rates."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from time import monotonic, perf_counter, time
from typing import TYPE_CHECKING, Any

from fitscribe_keras.rates import learning_rate
from fitscribe_keras.values import numbers_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# What is seen at each batch is on disk at the latest after so many points, or so long.
_MOST_WAITING = 256
_LONGEST_WAITING_S = 1.0
_VALIDATION = "val_"
# Under these names callbacks of Keras' put the learning rate beside the metrics.
_RATES = ("learning_rate", "lr")

Point = tuple[str, int, float, float]
"""Name, step, time in seconds since 1970, and value."""
Values = Mapping[str, Any]


class TrainingRecorder:
    """Records one call of ``fit``: steps are batches, counted from 1, and ``epoch`` is a series of its own.

    Args:
        run: the run.
        prefix: what the names of series begin with.
        began: is called when the loop begins, with the model and what Keras tells its callbacks of the call.
    """

    def __init__(self, run: ActiveRun, prefix: str, began: Callable[[Any, Mapping[str, Any]], None]) -> None:
        self.step = 0
        """The batches that the training has made."""
        self.epoch: int | None = None
        """The epoch that is over or going on, as Keras counts: from 0."""
        self.made = 0
        """The epochs that are over, those before ``initial_epoch`` included."""
        self.last: dict[str, float] = {}
        """The last value of each series of epochs."""
        self.rates: list[tuple[int, float, float]] = []
        """Epochs at whose end callbacks have changed the learning rate, with the rates before and after."""
        self._run = run
        self._prefix = prefix
        self._began = began
        self._pace = run.pace
        self._before = 0
        self._started = 0.0
        self._rate: float | None = None
        self._steps: int | None = None
        self._batches: list[tuple[int, float, Values]] = []
        self._has_ended = False
        self._since = 0.0
        self._lock = threading.Lock()
        # Of an epoch that the callbacks of the script are at: its values, and the names that are Keras' own.
        self._pending: tuple[Values, frozenset[str], float] | None = None

    def began(self, model: Any, params: Mapping[str, Any] | None) -> None:
        """Record what is known when the loop begins."""
        params = params or {}
        self._steps = params.get("steps")
        self._began(model, params)

    def epoch_begins(self, epoch: int, model: Any) -> None:
        """Record which epoch begins at the next step, and its learning rate."""
        self.epoch = self.made = epoch
        self._before = self.step
        self._started = perf_counter()
        points = {f"{self._prefix}epoch": float(epoch)}
        self._rate = learning_rate(model.optimizer)
        if self._rate is not None:
            points[f"{self._prefix}learning_rate"] = self._rate
        self._write(points, self.step + 1)

    def batch_ends(self, batch: int, values: Values | None) -> None:
        """Take note of what a batch came to; from any thread, and not always in their order.

        Args:
            batch: its number in the epoch, from 0; of several in one execution that of the last one, as if
                the last execution of an epoch had as many as the others.
            values: what Keras gives for it: means over the epoch so far.
        """
        made = batch + 1
        step = self._before + (min(made, self._steps) if self._steps else made)
        self.step = max(self.step, step)
        if step % self._pace.every or not values:
            return
        batches = self._batches
        if not batches:
            self._since = monotonic()
        batches.append((step, time(), values))
        is_long = monotonic() - self._since >= _LONGEST_WAITING_S
        if is_long or len(batches) * len(values) >= _MOST_WAITING or self._has_ended:
            self.write_batches()

    def epoch_ends(self, epoch: int, values: Values | None, model: Any) -> None:
        """Take what an epoch came to, before the callbacks of the script are told."""
        values = values or {}
        self.made = epoch + 1
        if self._rate is not None:
            self._rate = learning_rate(model.optimizer)
        self._pending = (values, frozenset(numbers_of(values)), perf_counter() - self._started)
        self.write_batches()

    def epoch_is_over(self, values: Values | None, model: Any) -> None:
        """Record what an epoch came to, with what the callbacks of the script have added to it."""
        self._write_epoch()
        rate = None if self._rate is None else learning_rate(model.optimizer)
        if rate is not None and rate != self._rate and self.epoch is not None and self._rate is not None:
            self.rates.append((self.epoch, self._rate, rate))

    def ended(self) -> None:
        """Record what has not been recorded yet, however the training ended.

        A thread of Keras' may tell of a last batch after that, where another callback has ended the training.
        """
        self._has_ended = True
        self.write_batches()
        self._write_epoch()
        self._run.series_ended(self.last)

    def write_batches(self) -> None:
        """Write what is waiting of batches."""
        with self._lock:
            batches, self._batches = self._batches, []
        if not batches:
            return
        points: list[Point] = []
        for step, seen, values in sorted(batches, key=_step):
            for name, value in numbers_of(values).items():
                points.append((f"{self._prefix}train/batch_{name}", step, seen, value))
        self._run.log_timed(points)

    def _write_epoch(self) -> None:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        values, keras_own, seconds = pending
        left_out: list[str] = []
        points = {
            f"{self._prefix}{_named(name, name in keras_own)}": value
            for name, value in numbers_of(values, left_out).items()
            if name not in _RATES
        }
        points[f"{self._prefix}epoch_seconds"] = seconds
        self._write(points, max(self.step, 1))
        for name in left_out:
            self._run.note_unseen(
                f"{self._prefix}{_named(name, name in keras_own)}", "its values are no few numbers"
            )

    def _write(self, values: Mapping[str, float], step: int) -> None:
        now = time()
        self._run.log_timed([(name, step, now, value) for name, value in values.items()])
        self.last.update(values)


def _step(noted: tuple[int, float, Values]) -> int:
    return noted[0]


def _named(name: str, keras_own: bool) -> str:
    """The series of a value of an epoch: the name of what a callback of the script's has added stays."""
    if not keras_own:
        return name
    if name.startswith(_VALIDATION):
        return f"valid/{name[len(_VALIDATION) :]}"
    return f"train/{name}"
