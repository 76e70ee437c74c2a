"""Where a value goes that a metric gave: to which run, under which name, at which step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.tracking import reporting, trained
from fitscribe.tracking.continued import Continued

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction
    from fitscribe.tracking.run import ActiveRun

_EQUAL = 1e-9


class Link(NamedTuple):
    """Which predictions a metric is about.

    Attributes:
        prediction: of which model, on which data.
        parameter: the parameter that they were given to; empty where the metric was given something else
            about the same rows, such as labels that were computed from them.
        scores: those that the metric was given labels of, the model's own or the user's.
        is_own: whether it is about what the model predicted, and not about something else on these rows.
    """

    prediction: Prediction
    parameter: str = ""
    scores: Prediction | None = None
    is_own: bool = True


def _is_past(aim: reporting.Aim) -> bool:
    """Whether another model was trained since the training was called that a value would go to.

    A model of `partial_fit` may go on for as long as it is there: what is computed after a later training is
    not about it. In a loop of steps other models may be trained, too, and what follows is about the loop.
    """
    training = aim.training
    if training is None or training.run is not aim.run or training.unit != Continued.unit:
        return False
    return trained.was_any_after(training.touched)


class Target:
    """The run that a value goes to, and the role of the data it is about."""

    def __init__(self, link: Link | None) -> None:
        self.link = link
        self._run: ActiveRun | None = None
        self._step = None if link is None else link.prediction.step

    @property
    def run(self) -> ActiveRun:
        """The run; that of the script is opened when there is something to record and no training goes on."""
        if self._run is None:
            if self.link is not None:
                self._run = self.link.prediction.trained.run
            elif (aim := reporting.aim()) is not None and not _is_past(aim):
                self._run, self._step = aim.run, None if aim.training is None else aim.training.made
            else:
                from fitscribe.tracking import api

                self._run = api.run_of_log_calls()
        return self._run

    def full(self, name: str) -> str:
        """A name with the role of the data in front."""
        role = self.link.prediction.role if self.link is not None else ""
        return f"{role}/{name}" if role else name

    def has_another(self, name: str, value: float) -> bool:
        """Whether the run has another value of these predictions, of all their rows."""
        prediction = None if self.link is None else self.link.prediction
        if prediction is None or name in prediction.sampled:
            return False
        return name in prediction.metrics and not _is_equal(prediction.metrics[name], value)

    def point(self, name: str, value: float) -> None:
        """Add a point to a series, unless the run has this very value of these predictions."""
        if self.link is None or not self.link.is_own:
            self.add(name, value)
            return
        prediction = self.link.prediction
        before = prediction.metrics.get(name)
        prediction.metrics[name] = value
        if before is None or not _is_equal(before, value):
            self._step = prediction.sampled.pop(name, prediction.step)
            self.add(name, value)

    def add(self, name: str, value: float) -> None:
        """Add a point to a series."""
        run, full = self.run, self.full(name)
        run.log_metric(full if self.link is None else run.beside_curves(full), value, self._step)

    def has_record(self, name: str) -> bool:
        """Whether the run has a matrix or curve of these predictions."""
        return self.link is not None and self.link.is_own and name in self.link.prediction.records

    def record(self, name: str, kind: str, data: Mapping[str, Any]) -> None:
        """Keep a table, a matrix or a curve."""
        self.run.log_record(self.full(name), kind, data)


def _is_equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_EQUAL) or (one != one and other != other)
