"""Classification metrics from one confusion matrix and one array of scores, equal to scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitscribe.evaluation.arrays import plain_label, sample_weights
from fitscribe.evaluation.errors import NotEvaluable
from fitscribe.evaluation.labels import Encoded, encode
from fitscribe.evaluation.result import Evaluation
from fitscribe.evaluation.scores import evaluate_scores

# A larger matrix is unreadable: the rarest classes share its last row and column.
MATRIX_LIMIT = 100
FOLDED = "(other)"


def classification(
    y_true: Any,
    y_pred: Any,
    scores: Any = None,
    labels: Any = None,
    weights: Any = None,
    *,
    probabilities: bool | None = None,
) -> Evaluation:
    """Evaluate predicted classes, and the scores they came from where there are any.

    Two classes give `f1`, `precision` and `recall` of the positive class, which is `labels[1]` (of the
    sorted classes where none are declared); more give them as `*_macro` and `*_weighted`, over the classes
    that appear, as scikit-learn does. A metric that is undefined here is left out, with the reason.

    Args:
        y_true: the true labels.
        y_pred: the predicted labels.
        scores: probabilities or decision values: one column per class in the order of `labels`, or for two
            classes one value per row, of the positive class.
        labels: the classes the model knows (`classes_`); by default those that appear, sorted.
        weights: sample weights.
        probabilities: whether `scores` are probabilities. By default they are taken for such when every
            row of several columns sums to one.

    Returns:
        The metrics; the records `confusion_matrix` and, with usable scores, `roc` and `pr`; what was left
        out. Never raises for what is in the data.
    """
    result = Evaluation()
    try:
        encoded = encode(y_true, y_pred, labels)
        weight = sample_weights(weights, len(encoded.true))
    except NotEvaluable as error:
        result.omitted["classification"] = str(error)
        return result
    _evaluate_labels(result, encoded, weight)
    if scores is not None:
        evaluate_scores(result, encoded, scores, weight, probabilities)
    return result


def class_scores(
    y_true: Any, scores: Any, labels: Any = None, weights: Any = None, *, probabilities: bool | None = None
) -> Evaluation:
    """Evaluate scores of classes alone, where the predicted labels are not known or evaluated already.

    Args:
        y_true: the true labels.
        scores: as in :func:`classification`.
        labels: as in :func:`classification`.
        weights: sample weights.
        probabilities: as in :func:`classification`.

    Returns:
        `log_loss` and `roc_auc`; the records `roc` and `pr`, and `calibration` of probabilities without
        weights; what was left out.
    """
    result = Evaluation()
    try:
        encoded = encode(y_true, y_true, labels)
        weight = sample_weights(weights, len(encoded.true))
    except NotEvaluable as error:
        result.omitted["classification"] = str(error)
        return result
    evaluate_scores(result, encoded, scores, weight, probabilities, calibrated=True)
    return result


def _evaluate_labels(result: Evaluation, encoded: Encoded, weight: np.ndarray[Any, Any] | None) -> None:
    true, predicted, count = encoded.true, encoded.predicted, len(encoded.labels)
    hit = true == predicted
    if weight is None:
        true_sum = np.bincount(true, minlength=count)
        predicted_sum = np.bincount(predicted, minlength=count)
        hits = np.bincount(true[hit], minlength=count)
        present = (true_sum + predicted_sum) > 0
        accuracy = float(hits.sum()) / len(true)
    else:
        true_sum = np.bincount(true, weight, count)
        predicted_sum = np.bincount(predicted, weight, count)
        hits = np.bincount(true[hit], weight[hit], count)
        # A class of which every row weighs nothing still counts in scikit-learn's averages.
        present = (np.bincount(true, minlength=count) + np.bincount(predicted, minlength=count)) > 0
        accuracy = float(np.average(hit, weights=weight))
    recall = _ratio(hits, true_sum)
    precision = _ratio(hits, predicted_sum)
    f1 = _ratio(2 * hits, true_sum + predicted_sum)
    metrics = result.metrics
    metrics["accuracy"] = accuracy
    seen = true_sum > 0
    metrics["balanced_accuracy"] = float(recall[seen].sum()) / int(seen.sum())
    if encoded.positive is not None:
        metrics["f1"] = float(f1[encoded.positive])
        metrics["precision"] = float(precision[encoded.positive])
        metrics["recall"] = float(recall[encoded.positive])
    else:
        total = float(true_sum.sum())
        for name, values in (("f1", f1), ("precision", precision), ("recall", recall)):
            metrics[f"{name}_macro"] = float(values[present].sum()) / int(present.sum())
            metrics[f"{name}_weighted"] = float(values @ true_sum) / total
    result.records["confusion_matrix"] = _matrix(encoded, weight, true_sum)


def _ratio(part: np.ndarray[Any, Any], whole: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Divide, with zero where there is nothing to divide by: scikit-learn's default."""
    result = np.zeros(len(part))
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _matrix(
    encoded: Encoded, weight: np.ndarray[Any, Any] | None, true_sum: np.ndarray[Any, Any]
) -> dict[str, Any]:
    true, predicted, labels = encoded.true, encoded.predicted, encoded.labels
    count, folded = len(labels), 0
    names = [plain_label(label) for label in labels]
    if count > MATRIX_LIMIT:
        kept = np.sort(np.argsort(-true_sum, kind="stable")[: MATRIX_LIMIT - 1])
        position = np.full(count, MATRIX_LIMIT - 1)
        position[kept] = np.arange(MATRIX_LIMIT - 1)
        true, predicted = position[true], position[predicted]
        names = [names[index] for index in kept] + [FOLDED]
        folded = count - len(kept)
        count = MATRIX_LIMIT
    counts = np.bincount(true * count + predicted, weight, count * count).reshape(count, count)
    record: dict[str, Any] = {"labels": names, "counts": counts.tolist()}
    if weight is not None:
        record["weighted"] = True
    if folded:
        record["folded"] = folded
    return record
