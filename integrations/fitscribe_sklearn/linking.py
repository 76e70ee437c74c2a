"""What ties a fit to the rest of the script: where its data is from, and which model came out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.evaluation import Evaluation
from fitscribe.tracking import predictions, trained
from fitscribe_sklearn import called, roles, splitters
from fitscribe_sklearn.fitted import attribute
from fitscribe_sklearn.kinds import Kind, is_search
from fitscribe_sklearn.splits import split_parameters
from fitscribe_sklearn.transformers import record_transform

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


class Origin(NamedTuple):
    """What is known of the data and the labels of a fit."""

    data: lineage.Node | None
    target: lineage.Node | None


def origin(call: Call, run: ActiveRun, data: Any, target: Any) -> Origin:
    """Find out where the data of a fit is from, and record how it was split.

    Args:
        call: that trains.
        run: of the fit.
        data: the training data; None where there is none.
        target: the labels; None where there are none.
    """
    if data is None:
        return Origin(None, None)
    splitters.recognize(data, target)
    called.recognize_taken(call, data, target)
    splitters.recognize_again(data, target)
    found = Origin(lineage.seen(data), None) if target is None else Origin(*lineage.pair(data, target))
    if found.data is not None:
        parameters = split_parameters(found.data)
        if parameters:
            # Nobody expects them, as they would what an estimator has by default.
            chosen = [
                name for name, value in parameters.items() if value is not None and name[-5:] != "_rows"
            ]
            run.log_params(parameters, changed=chosen)
        elif by := splitters.untold(found.data):
            run.note_unseen("split", f"by {by}: which fold the data is cannot be told once the loop is over")
    return found


def link(
    call: Call,
    run: ActiveRun,
    found: Origin,
    kind: Kind,
    evaluated: Evaluation | None,
    result: Any,
    *,
    step: int | None,
    validates_itself: bool,
) -> None:
    """Remember which run a model is from, so that what is done with the model finds it.

    Args:
        call: of the fit.
        run: of the fit.
        found: what is known of its data.
        kind: of the estimator.
        evaluated: what the run has of all rows of the training data; None where that is nothing.
        result: what the fit returned.
        step: how far the training is.
        validates_itself: whether the fit has put rows of the training data aside to score its iterations on.
            The series of these are ``valid/``: what the user validates on gets another name.
    """
    model = call.instance
    known = trained.remember(model, run, data=found.data, target=found.target, kind=kind.value)
    known.step = step
    if is_search(model) and vars(model).get("refit"):  # else it is that of an earlier search, if any
        trained.remember_as(vars(model).get("best_estimator_"), known)
    if validates_itself:
        known.use(roles.VALID, None)
    use = known.use(roles.TRAIN, found.data)
    use.data = found.data
    if evaluated is not None:
        use.methods.add("predict")
        use.metrics.update(evaluated.metrics)
        use.records.update(evaluated.records)
    if call.name == "fit_predict":
        predictions.remember(result, known, role=roles.TRAIN, method=call.name, data=found.data)
    elif call.name == "fit_transform":
        record_transform(call, next(iter(call.arguments.values()), None), result)
    labels = attribute(model, "labels_")
    if labels is not None and labels is not result:
        predictions.remember(labels, known, role=roles.TRAIN, method="labels_", data=found.data)
