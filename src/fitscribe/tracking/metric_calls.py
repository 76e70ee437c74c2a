"""Where the value of a metric goes: to the run of the model that predicted, under the name the user wrote."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.capture import type_name
from fitscribe.lineage.objects import shape_of
from fitscribe.tracking import (
    computed,
    context,
    joined,
    known_labels,
    metric_results,
    parts,
    predictions,
    reporting,
    trained,
    truths,
    unlinked,
)
from fitscribe.tracking.continued import Continued
from fitscribe.tracking.metric_functions import Inputs, MetricFunction, Record

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction
    from fitscribe.tracking.run import ActiveRun

_EQUAL = 1e-9
_COMPUTED = "computed"


class _Link(NamedTuple):
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


def record(
    function: MetricFunction,
    arguments: Mapping[str, Any],
    result: Any,
    whole_of: Callable[[str], Any] | None = None,
) -> None:
    """Record what a metric function returned.

    A number is a point of a series on the run of the model that made the predictions; anything larger is a
    table or a curve of it. Where no such model is known, or two are compared with each other, it is the
    active run, else that of the training that goes on, else the run of the script.

    Args:
        function: what is known of the function.
        arguments: by parameter, in the order of the parameters.
        result: what it returned.
        whole_of: gives what the argument of a parameter was written to be a part of; None where nobody knows.
    """
    inputs = function.inputs(arguments)
    link = _link(function, inputs, arguments, whole_of)
    if link is not None:
        link = _judged(link, function, inputs, arguments, whole_of)
    if link is not None and link.parameter and link.prediction.evaluate is not None:
        _evaluate(link, inputs, arguments)
    to = _Target(link)
    value = metric_results.number(result)
    if value is not None:
        _record_number(to, function, arguments, inputs, value)
        return
    name = function.named(arguments, inputs, "" if link is None else link.prediction.mark)
    suffix = name.removeprefix(function.name)
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


def _record_number(
    to: _Target, function: MetricFunction, arguments: Mapping[str, Any], inputs: Inputs, value: float
) -> None:
    """Add a point, or two: thresholds that a user tries are one series, of which the model's own is a point.

    That one has the name of what the model predicted as well. It is taken into the series with the first
    threshold that is another.
    """
    link = to.link
    name = function.named(arguments, inputs, "" if link is None else link.prediction.mark)
    if link is None or link.scores is None:
        to.point(name, value)
        return
    # The same for all predictions of that data: a loop may predict anew for each threshold.
    use = link.scores.trained.uses.get(link.scores.role)
    tried = link.scores.tried if use is None else use.tried
    plain, marked = (function.named(arguments, inputs, mark) for mark in ("", _COMPUTED))
    if link.is_own and (link.parameter or not to.has_another(plain, value)):
        to.point(plain, value)
        if plain in tried.series:
            to.add(marked, value)
        elif not link.parameter:
            tried.own[plain] = value
        return
    before = tried.own.pop(plain, None)
    tried.series.add(plain)
    for each in (before, value):
        if each is not None:
            to.add(marked, each)


def _link(
    function: MetricFunction,
    inputs: Inputs,
    arguments: Mapping[str, Any],
    whole_of: Callable[[str], Any] | None,
) -> _Link | None:
    candidates, given_as_true = inputs
    given = [arguments[name] for name in (*candidates, *given_as_true)]
    if unlinked.are_known(given) and _written_part(candidates[0], whole_of) is None:
        return None
    for name in candidates:
        own, scores = predictions.recognize(arguments[name])
        if own is not None:
            if scores is not None and scores.trained is not own.trained:
                scores = None
            return _Link(_of_all_or_some(own, arguments[name]), name, scores)
        if scores is not None:
            return _Link(scores, scores=scores)
    values = arguments[candidates[0]] if candidates else None
    for name in given_as_true:
        # The other way round, as in f1_score(y_pred, y_true).
        found = predictions.find_object(arguments[name])
        if found is not None and (name not in function.truths or computed.are_about_rows(values, found.data)):
            return _Link(_of_all_or_some(found, arguments[name]), name)
    if values is None or computed.is_constant(values):
        return None
    part = _written_part(candidates[0], whole_of)
    if part is not None:
        return _Link(_some_of(part))
    labels = [arguments[name] for name in given_as_true]
    whole = joined.find(values, labels)
    if whole is not None:
        return _Link(whole, candidates[0])
    about = computed.find(values, labels)
    if about is not None:
        found, is_likeliest, is_computed = about
        if is_likeliest:
            return _Link(found, scores=found)
        # Where it was not computed from these nobody knows from what: a baseline, an average of models.
        if not is_computed and not _is_still_about(found):
            return None
        apart = found.apart(mark=_COMPUTED)
        return _Link(apart, scores=found if is_computed else None, is_own=False)
    part = parts.find(values)
    if part is None:
        unlinked.know(given)
        return None
    return _Link(_some_of(part))


def _written_part(parameter: str, whole_of: Callable[[str], Any] | None) -> Prediction | None:
    """The prediction that an argument was written to be some rows of."""
    return None if whole_of is None else parts.find_written(whole_of(parameter))


def _is_still_about(prediction: Prediction) -> bool:
    """Whether nothing has come since the predictions that other values of the same rows may be of.

    That is another training, or a run that the user has opened for something else.
    """
    if trained.was_any_after(prediction.made):
        return False
    opened, run = context.opened_run(), prediction.trained.run
    while opened is not None and run is not opened:
        if run.outer is None:
            return False
        run = run.outer
    return True


def _judged(
    link: _Link,
    function: MetricFunction,
    inputs: Inputs,
    arguments: Mapping[str, Any],
    whole_of: Callable[[str], Any] | None,
) -> _Link | None:
    """The link, unless what the predictions are compared with are not the labels of their data."""
    for name in inputs.truths:
        if name == link.parameter:
            continue
        labels, by_name = arguments[name], name in function.truths
        if known_labels.are_known(labels, link.prediction):
            continue
        written = None if whole_of is None or link.parameter else whole_of(name)
        if truths.is_predicted(labels, written, link.prediction, by_name=by_name):
            return None
        if by_name and link.is_own and known_labels.are_others(labels, link.prediction):
            return _Link(link.prediction.apart(mark=_COMPUTED), is_own=False)
    return link


def _of_all_or_some(prediction: Prediction, given: Any) -> Prediction:
    """The prediction, or that part of it which a slice of its values is about."""
    shape = shape_of(given)
    if prediction.rows is None or shape is None or not 1 < shape[0] < prediction.rows:
        return prediction
    return _some_of(prediction)


def _some_of(prediction: Prediction) -> Prediction:
    is_trained_on = prediction.role == predictions.TRAIN
    role = f"{predictions.TRAIN}_{predictions.PART}" if is_trained_on else predictions.PART
    return prediction.apart(role=role, rows=None)


def _evaluate(link: _Link, inputs: Inputs, arguments: Mapping[str, Any]) -> None:
    """Hand the labels that a metric was given to the evaluation that waits for them."""
    prediction, given = link.prediction, link.parameter
    for name in (*inputs.truths, *inputs.predictions):
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
