"""What is recorded of one training, part by part: each part may fail without the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from time import thread_time
from typing import TYPE_CHECKING, Any

from fitscribe import capture, evaluation, lineage, models
from fitscribe.engine import Call
from fitscribe.evaluation import Evaluation
from fitscribe_sklearn import linking, onnx, predictions
from fitscribe_sklearn.arguments import fit_arguments
from fitscribe_sklearn.fitted import attribute, fitted_facts, fitted_metrics, given_labels
from fitscribe_sklearn.importances import importance_records
from fitscribe_sklearn.iterations import Curves, curves, state, unkept
from fitscribe_sklearn.kinds import Kind, is_own, is_search
from fitscribe_sklearn.parameters import read_parameters, shown
from fitscribe_sklearn.rows import column_count, every, row_count
from fitscribe_sklearn.segments import Segment
from fitscribe_sklearn.stateless import objection
from fitscribe_sklearn.stopping import early_stopping
from fitscribe_sklearn.training_data import record_data

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
        self._call = call
        self._estimator = call.instance
        self._kind = kind
        self._is_own = is_own(call.instance)
        self._arguments = fit_arguments(call)
        self.parameters = read_parameters(call.instance)
        self._dataset: dict[str, Any] | None = None
        self._predicted: Any = None
        self._origin = linking.Origin(None, None)
        self._evaluated: Evaluation | None = None
        self._curves_before = state(call.instance)
        self._curves: Curves = {}
        self.segment = Segment(call.instance, self.parameters, is_fit=call.name != "partial_fit")
        self._started = 0.0
        self._best_before = (
            id(vars(call.instance).get("best_estimator_")) if is_search(call.instance) else None
        )

    def is_training_the_model(self) -> bool:
        """Whether what is trained now within the fit is the model: of a search its refit, no candidate."""
        if self._best_before is None:
            return True
        return id(vars(self._estimator).get("best_estimator_")) != self._best_before

    def before(self, run: ActiveRun) -> None:
        """Record what goes into the fit, as it is before the fit can change it."""
        if self.parameters.missing:
            run.note_unseen("parameters", self.parameters.missing)
        arguments = self._arguments
        if arguments.others:
            with run.section("arguments"):
                run.log_params({f"fit__{name}": shown(value) for name, value in arguments.others.items()})
        with run.section("origin of the data"):
            self._origin = linking.origin(self._call, run, arguments.data, arguments.target)
            self._pair_eval_sets()
        if arguments.data is not None and not self.segment.has_seen(arguments.data):
            self._log_data(run)
        self._started = thread_time()

    def _pair_eval_sets(self) -> None:
        """Take note of the labels of the eval sets: they are what the labels are that it is trained on."""
        for data, labels in _eval_pairs(self._arguments.others):
            _, node = lineage.pair(data, labels)
            if self._origin.target is not None:
                node.variable = self._origin.target.variable

    def _log_data(self, run: ActiveRun) -> None:
        arguments = self._arguments
        self._dataset = record_data(run, arguments.data, arguments.target)
        if run.options.input_example:
            with run.section("input example"):
                example = capture.first_rows(arguments.data)
                if example is None:
                    run.note_unseen("input example", f"the data is {capture.type_name(arguments.data)}")
                else:
                    run.log_record("input_example", "table", example)

    def after(self, run: ActiveRun, result: Any) -> None:
        """Record what came out of the fit, and what its call returned."""
        started = thread_time()
        trained_s = started - self._started
        added: Curves = {}
        with run.section("iterations"):
            self._curves = curves(self._estimator)
            added = self.segment.added(self._curves)
            run.log_curves(added)
            stopped = early_stopping(self._estimator, self._curves)
            if stopped is not None:
                run.log_facts({"early_stopping": stopped})
            if self.segment.number == 0:
                for name, why in unkept(self._estimator, self._curves).items():
                    run.note_unseen(f"{name} of each iteration", why)
        if not self.segment.is_cut_short:
            self._record_fitted(run, trained_s)
        self.link(run, result)
        with run.section("segment"):
            self.segment.ended(run, self._arguments.data, added, self._signature(), thread_time() - started)

    def link(self, run: ActiveRun, result: Any) -> None:
        """Remember that the estimator was trained in this run.

        Args:
            run: the run.
            result: what the call returned.
        """
        with run.section("link to the model"):
            linking.link(
                self._call,
                run,
                self._origin,
                self._kind,
                self._evaluated,
                result,
                step=self.segment.step,
                validates_itself=any(name.startswith("valid/") for name in self._curves),
            )

    def _record_fitted(self, run: ActiveRun, trained_s: float) -> None:
        estimator = self._estimator
        with run.section("facts"):
            run.log_facts(fitted_facts(estimator))
        with run.section("metrics without labels"):
            found = fitted_metrics(estimator)
            # A curve of the same name has the value as its last point.
            metrics = {name: value for name, value in found.items() if name not in self._curves}
            if metrics:
                run.log_metrics(metrics)
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
            signature = self.log_signature(run)
        if run.options.models:
            with run.section("model"):
                self._save(run, signature)

    def broken_off(self, run: ActiveRun) -> None:
        """Record the iterations of a fit that raised, or was interrupted, as far as it came."""
        with run.section("iterations"):
            run.log_curves(self.segment.added(curves(self._estimator, before=self._curves_before)))
            self.segment.failed()

    def log_signature(self, run: ActiveRun) -> dict[str, Any] | None:
        """Record the columns and types that the estimator takes and gives, and return them."""
        signature = self._signature()
        if signature:
            run.log_signature(signature)
        return signature

    def _save(self, run: ActiveRun, signature: dict[str, Any] | None) -> None:
        wanted = run.options.models
        run.log_model(
            self._estimator,
            model_format=wanted if isinstance(wanted, str) else "pickle",
            native=models.native_format(self._estimator) if wanted is True and not self._is_own else None,
            convert=partial(onnx.convert, self._estimator, self._arguments.data, run.note_unseen),
            signature=signature,
            of_training=True,
        )

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
        rows = row_count(data)
        if rows is None or row_count(target) != rows:
            odd = data if rows is None else target
            return f"fitscribe takes no rows out of data of type {capture.type_name(odd)}"
        if self._kind is Kind.CLASSIFIER and column_count(target) > 1:
            return "the target has several columns of classes"
        step = predictions.thinning(data, rows)
        data, target = every(data, step), every(target, step)
        if weights is not None and row_count(weights) == rows:
            weights = every(weights, step)
        taken = -(-rows // step)
        try:
            predicted = predictions.predict(model, data, taken, allowed_s)
        except predictions.TooSlow as error:
            self._predicted = error.labels
            return str(error)
        self._predicted = predicted.labels
        result = self._compare(model, target, predicted, weights)
        _log_evaluation(run, result, self._curves, self.segment.number)
        if step == 1:
            self._evaluated = result
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
            return self.segment.signature
        outputs = self._predicted
        if outputs is None:
            outputs = given_labels(self._estimator, is_classifier=self._kind is Kind.CLASSIFIER)
        return capture.signature(self._dataset, outputs)


def _eval_pairs(arguments: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """The data and labels that XGBoost and LightGBM are told to evaluate their rounds on.

    Args:
        arguments: of a fit: ``eval_set``, or ``eval_X`` and ``eval_y``; for a step ``lgbm__eval_set``.
    """
    for name, pairs in arguments.items():
        kind = name.rpartition("__")[2]
        if kind == "eval_X":
            labels: Any = arguments.get(f"{name[:-1]}y")
            are_several = type(pairs) is tuple and type(labels) is tuple
            pairs = list(zip(pairs, labels, strict=False)) if are_several else [(pairs, labels)]
        elif kind != "eval_set" or not isinstance(pairs, (list, tuple)):
            continue
        elif type(pairs) is tuple and not all(isinstance(each, (list, tuple)) for each in pairs):
            pairs = [pairs]  # one without a list around it, as LightGBM takes it
        for each in pairs:
            if isinstance(each, (list, tuple)) and len(each) == 2 and each[1] is not None:
                yield each[0], each[1]


def _log_evaluation(run: ActiveRun, result: Evaluation, logged: Curves, step: int) -> None:
    named = {f"train/{name}": value for name, value in result.metrics.items()}
    # Where the fit has scored its iterations by a metric, one more point would be none of them.
    fresh = {name: value for name, value in named.items() if name not in logged}
    run.log_metrics({run.beside_curves(name): value for name, value in fresh.items()}, step)
    for name, data in result.records.items():
        run.log_record(f"train/{name}", name, data)
    for name, reason in result.omitted.items():
        run.note_unseen(f"train/{name}", reason)
