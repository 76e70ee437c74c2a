"""What is recorded of one training, part by part: each part may fail without the others."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, Any

from fitscribe import capture, evaluation
from fitscribe.engine import Call
from fitscribe.evaluation import Evaluation
from fitscribe_sklearn import predictions
from fitscribe_sklearn.arguments import fit_arguments
from fitscribe_sklearn.fitted import attribute, final_estimator, fitted_facts
from fitscribe_sklearn.importances import importance_records
from fitscribe_sklearn.kinds import Kind, is_search
from fitscribe_sklearn.parameters import read_parameters, shown
from fitscribe_sklearn.stateless import objection

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# What evaluating may take: this much, or this share of the training.
EVALUATION_S = 0.02
EVALUATION_SHARE = 0.01


class Recording:
    """The recording of one observed fit.

    Args:
        call: the observed call.
        kind: what kind of estimator it is called on.
    """

    def __init__(self, call: Call, kind: Kind) -> None:
        self._estimator = call.instance
        self._kind = kind
        self._arguments = fit_arguments(call)
        self.parameters = read_parameters(call.instance)
        self._dataset: dict[str, Any] | None = None
        self._predicted: Any = None
        self._started = 0.0

    def before(self, run: ActiveRun) -> None:
        """Record what goes into the fit, as it is before the fit can change it."""
        if self.parameters.missing:
            run.note_unseen("parameters", self.parameters.missing)
        arguments = self._arguments
        if arguments.others:
            with run.section("arguments"):
                run.log_params({f"fit__{name}": shown(value) for name, value in arguments.others.items()})
        if run.options.datasets and arguments.data is not None:
            with run.section("datasets"):
                self._dataset = run.log_dataset(arguments.data, role="train", target=arguments.target)
        self._started = thread_time()

    def after(self, run: ActiveRun) -> None:
        """Record what came out of the fit."""
        trained_s = thread_time() - self._started
        estimator = self._estimator
        with run.section("facts"):
            run.log_facts(fitted_facts(estimator))
        with run.section("importances"), predictions.calm():
            for name, data in importance_records(estimator):
                run.log_record(name, name, data)
        if run.options.evaluation:
            with run.section("evaluation"):
                reason = self._evaluate(run, max(EVALUATION_S, EVALUATION_SHARE * trained_s))
                if reason:
                    run.note_unseen("evaluation on the training data", reason)
        signature = None
        with run.section("signature"):
            signature = self._signature()
            if signature:
                run.log_signature(signature)
        if run.options.models:
            with run.section("model"):
                run.log_model(estimator, signature=signature)

    def _evaluate(self, run: ActiveRun, allowed_s: float) -> str:
        """Evaluate on the training data, or return why not; empty also where there is nothing to evaluate."""
        model = self._estimator
        if self._kind not in (Kind.CLASSIFIER, Kind.REGRESSOR):
            predicts = self._kind is Kind.OTHER and hasattr(type(model), "predict")
            return "scikit-learn takes it neither for a classifier nor for a regressor" if predicts else ""
        parameters = self.parameters.raw
        if is_search(model):
            model = vars(model).get("best_estimator_")
            if model is None:
                return "the search was not refitted"
            parameters = read_parameters(model).raw
        data, target, weights, _ = self._arguments
        found = objection(model, parameters)
        if found or target is None:
            return found or "there is no target"
        rows = predictions.row_count(data)
        if rows is None or predictions.row_count(target) != rows:
            odd = data if rows is None else target
            return f"fitscribe takes no rows out of data of type {capture.type_name(odd)}"
        if self._kind is Kind.CLASSIFIER and _columns(target) > 1:
            return "the target has several columns of classes"
        step = predictions.thinning(data, rows)
        data, target = predictions.every(data, step), predictions.every(target, step)
        if weights is not None and predictions.row_count(weights) == rows:
            weights = predictions.every(weights, step)
        taken = -(-rows // step)
        try:
            predicted = predictions.predict(model, data, taken, allowed_s)
        except predictions.TooSlow as error:
            return str(error)
        self._predicted = predicted.labels
        result = self._compare(model, target, predicted, weights)
        _log_evaluation(run, result)
        if step > 1:
            run.note_unseen(
                "train metrics on all rows", f"taken from {taken:,} evenly spaced rows of {rows:,}"
            )
        return ""

    def _compare(
        self, model: Any, target: Any, predicted: predictions.Predictions, weights: Any
    ) -> Evaluation:
        if self._kind is Kind.REGRESSOR:
            return evaluation.regression(target, predicted.labels, weights)
        classes = attribute(model, "classes_")
        return evaluation.classification(
            target,
            predicted.labels,
            predicted.scores,
            classes if getattr(classes, "ndim", 0) == 1 else None,
            weights,
            probabilities=predicted.probabilities,
        )

    def _signature(self) -> dict[str, Any] | None:
        if self._dataset is None:
            return None
        outputs = self._predicted
        if outputs is None:
            outputs = attribute(final_estimator(self._estimator), "labels_")
        if outputs is None:
            outputs = self._dataset.get("target")
        return capture.signature(self._dataset, outputs)


def _columns(target: Any) -> int:
    if isinstance(target, list):
        return len(target[0]) if target and isinstance(target[0], (list, tuple)) else 1
    return int(target.shape[1]) if len(target.shape) > 1 else 1


def _log_evaluation(run: ActiveRun, result: Evaluation) -> None:
    run.log_metrics({f"train/{name}": value for name, value in result.metrics.items()})
    for name, data in result.records.items():
        run.log_record(f"train/{name}", name, data)
    for name, reason in result.omitted.items():
        run.note_unseen(f"train/{name}", reason)
