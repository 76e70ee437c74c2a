"""The state of an estimator whose training goes on: the last one is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.tracking import trained
from fitscribe_sklearn import predictions
from fitscribe_sklearn.fitted import fitted_facts
from fitscribe_sklearn.importances import importance_records

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def keep(estimator: Any, run: ActiveRun, *, signature: dict[str, Any] | None) -> None:
    """Record what an estimator has learned so far, and the estimator itself, in place of an earlier state.

    Args:
        estimator: as it is after the last call.
        run: its run.
        signature: the columns and types that it takes and gives.
    """
    with run.section("facts"):
        run.log_facts(fitted_facts(estimator))
    with run.section("importances"), predictions.calm():
        for name, data in importance_records(estimator):
            run.log_record(name, name, data)
    if run.options.models:
        with run.section("model"):
            known = trained.find(estimator)
            if run.options.models == "onnx" and known is not None:
                why = "that needs a row of the data, which is not kept from call to call: it is a pickle"
                known.note_once("onnx", "the model as ONNX", why)
            model_format = "skops" if run.options.models == "skops" else "pickle"
            run.log_model(estimator, model_format=model_format, signature=signature, of_training=True)
