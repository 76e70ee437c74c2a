"""Where the value of a metric goes: to the run of the model that predicted, under the name the user wrote."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.capture import type_name
from fitscribe.lineage.objects import is_array, shape_of
from fitscribe.tracking import metric_results, predictions, reporting, trained
from fitscribe.tracking.continued import Continued
from fitscribe.tracking.metric_functions import Inputs, MetricFunction, Record

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction
    from fitscribe.tracking.run import ActiveRun

_EQUAL = 1e-9
_COMPUTED = "computed"
# The role of some rows of the data that was predicted.
_PART = "part"
# A look at these tells nearly all arrays from a constant.
_FEW = 64


class _Link(NamedTuple):
    """Which predictions a metric is about.

    Attributes:
        prediction: of which model, on which data.
        parameter: the parameter that they were given to; empty where the metric was given something else
            about the same rows, such as labels that were computed from them.
    """

    prediction: Prediction
    parameter: str


def record(function: MetricFunction, arguments: Mapping[str, Any], result: Any) -> None:
    """Record what a metric function returned.

    A number is a point of a series on the run of the model that made the predictions; anything larger is a
    table or a curve of it. Where no such model is known it is the active run, else that of the training that
    goes on, else the run of the script.

    Args:
        function: what is known of the function.
        arguments: by parameter, in the order of the parameters.
        result: what it returned.
    """
    inputs = function.inputs(arguments)
    link = _link(inputs, arguments)
    if link is not None and link.parameter and link.prediction.evaluate is not None:
        _evaluate(link, inputs, arguments)
    name = function.named(arguments, inputs, "" if link is None else link.prediction.mark)
    suffix = name.removeprefix(function.name)
    to = _Target(link)
    value = metric_results.number(result)
    if value is not None:
        to.point(name, value)
        return
    if link is not None and function.read is not None and isinstance(result, tuple):
        for part in result:  # of a framework's own functions, which never return what they were given
            predictions.derive(part, link.prediction)
    if function.record and to.has_record(f"{function.record}{suffix}") and not function.reshaped(arguments):
        return
    read = function.read(arguments, result) if function.read is not None else None
    if isinstance(read, Record):
        to.record(f"{read.name}{suffix}", read.kind, read.data)
    elif named := metric_results.numbers(result if read is None else read):
        for part, each in named.items():
            to.point(f"{part}{suffix}", each)
    elif (data := metric_results.table(result)) is not None:
        to.record(name, "table", data)
    elif not function.unreadable:
        function.unreadable = True  # said once
        to.run.note_unseen(to.full(name), f"its value is of type {type_name(result)}")


def _link(inputs: Inputs, arguments: Mapping[str, Any]) -> _Link | None:
    candidates, truths = inputs
    for name in candidates:
        found = predictions.find(arguments[name])
        if found is not None:
            return _Link(_of_all_or_some(found, arguments[name]), name)
    for name in truths:
        # The other way round, as in f1_score(y_pred, y_true).
        found = predictions.find_object(arguments[name])
        if found is not None:
            return _Link(_of_all_or_some(found, arguments[name]), name)
    given = arguments[candidates[0]] if candidates else None
    if given is not None and _is_constant(given):
        return None
    for name in truths:
        found = None if given is None else predictions.latest_on(arguments[name], computed=given)
        if found is not None:
            return _Link(found, "")
    for name in truths:
        found = predictions.latest_on(arguments[name])
        if found is not None:
            # What it was computed from nobody knows: a baseline, an average of several models.
            apart = replace(found, mark=_COMPUTED, evaluate=None, metrics={}, records=set(), sampled={})
            return _Link(apart, "")
    return None


def _of_all_or_some(prediction: Prediction, given: Any) -> Prediction:
    """The prediction, or that part of it which a slice of its values is about."""
    shape = shape_of(given)
    if prediction.rows is None or shape is None or not 1 < shape[0] < prediction.rows:
        return prediction
    return replace(prediction, role=_PART, evaluate=None, rows=None, metrics={}, records=set(), sampled={})


def _is_constant(values: Any) -> bool:
    """Whether it is the same for all rows: a baseline to compare with, which no model made."""
    if type(values) is list:
        return len(values) > 1 and all(value == values[0] for value in values)
    if not is_array(values) or values.size < 2:
        return False
    few = values[:: -(-len(values) // _FEW)]
    return bool((few == few.flat[0]).all() and (values == values.flat[0]).all())


def _evaluate(link: _Link, inputs: Inputs, arguments: Mapping[str, Any]) -> None:
    """Hand the labels that a metric was given to the evaluation that waits for them."""
    prediction, given = link
    candidates, truths = inputs
    for name in (*truths, *candidates):
        labels = arguments[name]
        shape = shape_of(labels)
        if name == given or shape is None or shape[0] != prediction.rows or predictions.find_object(labels):
            continue
        evaluate, prediction.evaluate = prediction.evaluate, None
        if evaluate is not None:
            with prediction.trained.run.section("evaluation"):
                evaluate(labels, arguments[given])
        return


def _is_past(aim: reporting.Aim) -> bool:
    """Whether another model was trained since the training was called that a value would go to.

    A model of `partial_fit` may go on for as long as it is there: what is computed after a later training is
    not about it. In a loop of steps other models may be trained, too, and what follows is about the loop.
    """
    training = aim.training
    if training is None or training.run is not aim.run or training.unit != Continued.unit:
        return False
    return trained.was_any_after(training.touched)


class _Target:
    """The run that a value goes to, and the role of the data it is about."""

    def __init__(self, link: _Link | None) -> None:
        self._link = link
        self._run: ActiveRun | None = None
        self._step: int | None = None

    @property
    def run(self) -> ActiveRun:
        """The run; that of the script is opened when there is something to record and no training goes on."""
        if self._run is None:
            if self._link is not None:
                self._run = self._link.prediction.trained.run
            elif (aim := reporting.aim()) is not None and not _is_past(aim):
                self._run, self._step = aim.run, None if aim.training is None else aim.training.made
            else:
                from fitscribe.tracking import api

                self._run = api.run_of_log_calls()
        return self._run

    def full(self, name: str) -> str:
        """A name with the role of the data in front."""
        role = self._link.prediction.role if self._link is not None else ""
        return f"{role}/{name}" if role else name

    def point(self, name: str, value: float) -> None:
        """Add a point to a series, unless the run has this very value of these predictions."""
        run, step = self.run, self._step
        if self._link is not None:
            prediction, parameter = self._link
            before = prediction.metrics.get(name)
            has_it = before is not None and (
                math.isclose(before, value, rel_tol=_EQUAL) or (before != before and value != value)
            )
            if parameter:
                prediction.metrics[name] = value
            elif has_it:
                # Once: of other values with the same rows that happen to be as good each is a point.
                del prediction.metrics[name]
            if has_it:
                return
            step = prediction.sampled.pop(name, prediction.step) if parameter else prediction.step
        full = self.full(name)
        run.log_metric(full if self._link is None else run.beside_curves(full), value, step)

    def has_record(self, name: str) -> bool:
        """Whether the run has a matrix or curve of these predictions."""
        return self._link is not None and bool(self._link.parameter) and name in self._link.prediction.records

    def record(self, name: str, kind: str, data: Mapping[str, Any]) -> None:
        """Keep a table, a matrix or a curve."""
        self.run.log_record(self.full(name), kind, data)
