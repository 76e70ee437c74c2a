"""What the script lets trained models predict, compared with the labels where these are known."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, NamedTuple

from fitscribe import evaluation, lineage
from fitscribe.engine import Call
from fitscribe.evaluation import Evaluation
from fitscribe.lineage.labels import Labels
from fitscribe.tracking import predictions, trained
from fitscribe.tracking.trained import Trained, Use
from fitscribe_keras.uses import use_of

PREDICT = "predict"
NOT_LOOKED = Labels(None, "nothing is known of the inputs")


def record(call: Call, values: Any) -> None:
    """Evaluate what a trained model predicted just now, or when a metric call brings the labels.

    Args:
        call: of ``predict``.
        values: what it returned: an array, or several in any structure.
    """
    found = trained.find(call.instance)
    if found is None:
        return
    with found.run.section("evaluation of predict"):
        role, use, node = use_of(call, found, call.arguments.get("x"), None)
        prediction = predictions.remember(
            values, found, role=role if use is not None else "other", method=PREDICT, data=node
        )
        if use is None or not found.run.options.evaluation:
            return
        prediction.metrics, prediction.records, prediction.sampled = use.metrics, use.records, use.sampled
        if PREDICT in use.methods:
            return
        loss = _loss(call.instance)
        # Labels that came with this very data, as in `evaluate(x, y)`, before those like what was trained on.
        known = NOT_LOOKED
        if node is not None:
            known = lineage.look_for_labels(node, node.target or found.target, found.data)
        if known.values is not None:
            _evaluate(found, role, use, loss, known.values, values)
            found.run.training_cpu_s += call.cpu
            found.run.log_cost()
        else:
            prediction.evaluate = partial(_evaluate, found, role, use, loss)
            key, what = f"labels of {role}", f"confusion matrix of predict on {role} data"
            found.note_once(key, what, f"its labels are not known: {known.missing}")


class Loss(NamedTuple):
    """What a model with one output was compiled to minimise, which tells what it is for.

    Attributes:
        name: ``crossentropy`` or ``hinge`` in it is that of a classification; empty where it has none.
        from_logits: whether the outputs are no probabilities, whatever they look like.
    """

    name: str = ""
    from_logits: bool = False


def _loss(model: Any) -> Loss:
    loss = getattr(model, "loss", None)
    if loss is None or isinstance(loss, (list, tuple, dict)):
        return Loss()
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")
    # Keras 2 has the settings of a loss with the function that it calls.
    settings = {**(getattr(loss, "_fn_kwargs", None) or {}), **getattr(loss, "__dict__", {})}
    return Loss(str(name or "").lower(), settings.get("from_logits") is True)


def _evaluate(found: Trained, role: str, use: Use, loss: Loss, labels: Any, values: Any) -> None:
    """Compare predictions with labels, and record what comes of it."""
    if PREDICT in use.methods:
        return
    use.methods.add(PREDICT)
    found.take_back(f"labels of {role}")
    result, reason = compare(loss, labels, values)
    if reason:
        found.note_once(reason, f"evaluation of predict on {role} data", reason)
        return
    run = found.run
    added = {name: each for name, each in result.metrics.items() if name not in use.metrics}
    run.log_metrics({run.beside_curves(f"{role}/{name}"): each for name, each in added.items()}, found.step)
    use.metrics.update(added)
    for name, data in result.records.items():
        if name not in use.records:
            use.records.add(name)
            run.log_record(f"{role}/{name}", name, data)
    for name, why in result.omitted.items():
        found.note_once(f"{role}/{name}", f"{role}/{name}", why)


def compare(loss: Loss, labels: Any, values: Any) -> tuple[Evaluation, str]:
    """Compare what a network gave for some rows with their labels.

    Args:
        loss: what it was trained to minimise; without a name whole numbers for labels of several outputs are
            classes.
        labels: classes, one-hot rows, or numbers.
        values: one row of outputs for each: scores of the classes, or numbers.

    Returns:
        The metrics and records, and why there are none, else an empty text.
    """
    numpy = sys.modules["numpy"]
    if not isinstance(values, numpy.ndarray):
        return Evaluation(), "the model has several outputs"
    truth = numpy.asarray(labels)
    if len(truth) != len(values):
        return Evaluation(), f"there are {len(truth)} labels for {len(values)} predictions"
    step = evaluation.row_step(len(truth), values.shape[-1] if values.ndim > 1 else 1)
    truth, values = truth[::step], values[::step]
    if values.ndim > 2 or truth.ndim > 2:
        return Evaluation(), "the model gives more than one row of numbers for each of the inputs"
    width = values.shape[1] if values.ndim == 2 else 1
    if truth.ndim == 2 and truth.shape[1] == 1:
        truth = truth[:, 0]
    if _is_classification(loss.name, truth, width):
        return _classes(numpy, truth, values.reshape(len(values), -1), width, loss.from_logits)
    if truth.dtype.kind not in "fiub":
        return Evaluation(), f"labels of type {truth.dtype} are no numbers"
    return evaluation.regression(truth, values.reshape(truth.shape) if width == 1 else values), ""


def _is_classification(loss: str, truth: Any, width: int) -> bool:
    if loss:
        return "crossentropy" in loss or "hinge" in loss
    return width > 1 and truth.ndim == 1 and truth.dtype.kind in "iu"


def _classes(numpy: Any, truth: Any, values: Any, width: int, from_logits: bool) -> tuple[Evaluation, str]:
    if truth.ndim == 2:
        if truth.shape[1] != width or not (numpy.count_nonzero(truth, axis=1) == 1).all():
            return Evaluation(), "its rows belong to several classes, or to parts of classes"
        truth = truth.argmax(axis=1)
    if truth.dtype.kind not in "iub" and not (truth == truth.astype("int64")).all():
        return Evaluation(), "its labels are no classes"
    truth = truth.astype("int64")
    if width > 1:
        result = evaluation.classification(truth, values.argmax(axis=1), values, labels=list(range(width)))
    else:
        scores = values[:, 0]
        is_probability = not from_logits and bool(((scores >= 0) & (scores <= 1)).all())
        predicted = (scores > (0.5 if is_probability else 0.0)).astype("int64")
        result = evaluation.classification(
            truth, predicted, scores, labels=[0, 1], probabilities=is_probability
        )
    result.metrics.pop("log_loss", None)  # it is the loss, which Keras gives
    return result, ""
