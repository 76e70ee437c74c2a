"""What `cross_val_predict` gives: a prediction for each row, by a model that has not seen it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.tracking import predictions
from fitscribe.tracking.trained import Trained
from fitscribe_sklearn import uses
from fitscribe_sklearn.comparing import compare
from fitscribe_sklearn.folds import CV
from fitscribe_sklearn.kinds import kind_of

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def record_predictions(run: ActiveRun, call: Call, predicted: Any) -> None:
    """Evaluate the predictions, remember that they are the run's, and keep them where that is asked for.

    Args:
        run: the run.
        call: the call of ``cross_val_predict``.
        predicted: what it gave.
    """
    target = call.arguments.get("y")
    method = call.arguments.get("method", "predict")
    kind = kind_of(call.arguments["estimator"])
    data = lineage.seen(call.arguments["X"])
    labels = None if target is None else lineage.pair(call.arguments["X"], target)[1]
    # Not remembered for the estimator: no model of that name was trained, each fold had one of its own.
    trained = Trained(run, data, labels, kind.value, 0)
    prediction = predictions.remember(predicted, trained, role=CV, method=method, data=data)
    if not run.options.evaluation:
        return
    if target is None:
        run.note_unseen("evaluation of the predictions", "there is no target")
        return
    compared = compare(kind.value, method, target, predicted, None)
    if compared.reason:
        run.note_unseen("evaluation of the predictions", compared.reason)
        return
    result = compared.result
    run.log_metrics({f"{CV}/{name}": value for name, value in result.metrics.items()})
    for name, record in result.records.items():
        run.log_record(f"{CV}/{name}", name, record)
    for name, reason in result.omitted.items():
        run.note_unseen(f"{CV}/{name}", reason)
    if compared.taken < compared.rows:
        why = f"taken from {compared.taken:,} evenly spaced rows of {compared.rows:,}"
        run.note_unseen(f"{CV} metrics on all rows", why)
    prediction.metrics.update(result.metrics)
    prediction.records.update(result.records)
    if run.options.keep_predictions:
        uses.keep(trained, CV, method, predicted, target, _classes(predicted, target))


def _classes(predicted: Any, target: Any) -> Any:
    """What the columns of predictions stand for; None where that is not one class each."""
    classes = sys.modules["numpy"].unique(target)
    return classes if predicted.ndim == 2 and predicted.shape[1] == len(classes) else None
