"""Logging of metrics: one point, many at once, whole curves; and the series of the system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fitscribe.store.points import StepTooLarge
from fitscribe.tracking import aside
from fitscribe.tracking.arguments import need_name, need_names, number, whole

if TYPE_CHECKING:
    from fitscribe.store import ChildWriter, RunWriter
    from fitscribe.tracking.pace import Pace
    from fitscribe.tracking.refused import Refused
    from fitscribe.tracking.sweeps import Seat


class MetricLog:
    """The part of an active run that keeps numbers."""

    ended: bool
    seat: Seat | None
    final: dict[str, float]
    curve_names: set[str]
    """Series of which each point is an iteration: no other value is to become one of their points."""
    pace: Pace
    """Which steps that are observed are recorded."""
    _writer: RunWriter | ChildWriter
    _point: Callable[[str, float, int | None], None]
    _on_disk: bool
    _refused: Refused
    _sampling_cpu: float

    def _open(self) -> None:
        raise TypeError("a MetricLog is a part of a run")

    def _record(self, event: str, /, **fields: Any) -> None:
        raise TypeError("a MetricLog is a part of a run")

    def _store_takes(self, write: Callable[[], None]) -> bool:
        raise TypeError("a MetricLog is a part of a run")

    def _store_failed(self, error: Exception) -> None:
        raise TypeError("a MetricLog is a part of a run")

    def _tell_refused(self) -> None:
        raise TypeError("a MetricLog is a part of a run")

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Record one point of a series.

        Args:
            name: the metric's name, kept as it is.
            value: a number; NaN and infinities are numbers.
            step: any whole number, in any order; the one after the metric's last if left out.

        Raises:
            TypeError: the value is no number, the step no whole number, or the name no text.
            ValueError: the step does not fit 64 bits, or the value is a finite number that no float reaches.
        """
        if type(value) is not float:
            value = number(name, value)
        if step is not None and type(step) is not int:
            step = whole(name, step)
        if type(name) is not str or not name:
            need_name(name, "metric")
        try:
            if not self._on_disk:
                self._open()
            if aside.asleep:
                aside.wake()
            self._point(name, value, step)
        except StepTooLarge:
            raise
        except Exception as error:
            self._store_failed(error)
            self._refused.lose(1)
        else:
            if self._refused.waits and self._refused.is_due:  # nearly always one attribute that is False
                self._tell_refused()
        self.final[name] = value
        if self.ended:
            self._logged_late({name: value})

    def log_metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record one point of several series at the same step; see :meth:`log_metric`."""
        need_names(values, "metric")
        numbers = {name: number(name, value) for name, value in values.items()}
        if step is not None:
            step = whole("metrics", step)
        self.log_points(numbers, step)
        self.final.update(numbers)
        if self.ended:
            self._logged_late(numbers)

    def log_system(self, readings: Mapping[str, float], cpu_s: float) -> None:
        """Record a reading of the system's series, or none: a sign of life.

        Args:
            readings: names and values; may be empty.
            cpu_s: CPU seconds that reading them took, on a thread of its own.
        """
        if self.ended:
            return
        if readings:
            self.log_points(readings, None)
        else:
            self._record("alive")
        self._sampling_cpu += cpu_s

    def log_points(self, numbers: Mapping[str, float], step: int | None) -> None:
        """Record points that are no metrics of the run itself, such as those of the system."""
        if not self._store_takes(lambda: self._writer.points(numbers, step)):
            self._refused.lose(len(numbers))

    def log_timed(self, points: Sequence[tuple[str, int, float, float]]) -> None:
        """Record points that were seen a moment ago: name, step, time in seconds since the epoch, value."""
        if not points:
            return
        started = perf_counter()
        if not self._store_takes(lambda: self._writer.timed(points)):
            self._refused.lose(len(points))
        self.pace.wrote(started, len(points), points[-1][1])
        self.pace.recorded(points)

    def series_ended(self, last: Mapping[str, float]) -> None:
        """Take the last values of curves, whose points have been written, for those of the run.

        Args:
            last: names and values.
        """
        self.final.update(last)
        self.curve_names.update(last)

    def beside_curves(self, name: str) -> str:
        """The name for a metric of predictions: another one where an iteration's scores have that name."""
        return f"{name}[predicted]" if name in self.curve_names else name

    def log_curves(self, curves: Mapping[str, tuple[int, Sequence[float]]]) -> None:
        """Record whole series at once, as they are read from a fitted object.

        Args:
            curves: by name the step of the first value, and the values, one step from each other.
        """
        curves = {name: curve for name, curve in curves.items() if len(curve[1])}
        if not self._store_takes(lambda: self._writer.curves(curves)):
            self._refused.lose(sum(len(values) for _, values in curves.values()))
        self.series_ended({name: values[-1] for name, (_, values) in curves.items()})

    def _logged_late(self, metrics: Mapping[str, float]) -> None:
        if self.seat is not None:
            self.seat.loop.logged_late(self.seat.number, metrics)
