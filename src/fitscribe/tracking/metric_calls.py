"""What a metric that a script calls is about: it goes to the run of the model that made the predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

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
    trained,
    truths,
    unlinked,
)
from fitscribe.tracking.metric_functions import Inputs, MetricFunction, Record
from fitscribe.tracking.metric_targets import Link, Target

if TYPE_CHECKING:
    from fitscribe.tracking.predictions import Prediction

_COMPUTED = "computed"


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
    to = Target(link)
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
    to: Target, function: MetricFunction, arguments: Mapping[str, Any], inputs: Inputs, value: float
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
) -> Link | None:
    candidates, given_as_true = inputs
    given = [arguments[name] for name in (*candidates, *given_as_true)]
    if unlinked.are_known(given) and _written_part(candidates[0], whole_of) is None:
        return None
    for name in candidates:
        own, scores = predictions.recognize(arguments[name])
        if own is not None:
            if scores is not None and scores.trained is not own.trained:
                scores = None
            return Link(_of_all_or_some(own, arguments[name]), name, scores)
        if scores is not None:
            return Link(scores, scores=scores)
    values = arguments[candidates[0]] if candidates else None
    for name in given_as_true:
        # The other way round, as in f1_score(y_pred, y_true).
        found = predictions.find_object(arguments[name])
        if found is not None and (name not in function.truths or computed.are_about_rows(values, found.data)):
            return Link(_of_all_or_some(found, arguments[name]), name)
    if values is None or computed.is_constant(values):
        return None
    part = _written_part(candidates[0], whole_of)
    if part is not None:
        return Link(_some_of(part))
    labels = [arguments[name] for name in given_as_true]
    whole = joined.find(values, labels)
    if whole is not None:
        return Link(whole, candidates[0])
    about = computed.find(values, labels)
    if about is not None:
        found, is_likeliest, is_computed = about
        if is_likeliest:
            return Link(found, scores=found)
        # Where it was not computed from these nobody knows from what: a baseline, an average of models.
        if not is_computed and not _is_still_about(found):
            return None
        apart = found.apart(mark=_COMPUTED)
        return Link(apart, scores=found if is_computed else None, is_own=False)
    part = parts.find(values)
    if part is None:
        unlinked.know(given)
        return None
    return Link(_some_of(part))


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
    link: Link,
    function: MetricFunction,
    inputs: Inputs,
    arguments: Mapping[str, Any],
    whole_of: Callable[[str], Any] | None,
) -> Link | None:
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
            return Link(link.prediction.apart(mark=_COMPUTED), is_own=False)
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


def _evaluate(link: Link, inputs: Inputs, arguments: Mapping[str, Any]) -> None:
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
