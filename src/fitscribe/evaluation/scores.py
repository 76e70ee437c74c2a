"""Metrics and curves of scores: log loss, ROC AUC, and the points of both curves."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitscribe.evaluation.arrays import plain_label, to_array
from fitscribe.evaluation.calibrating import calibration
from fitscribe.evaluation.errors import NotEvaluable
from fitscribe.evaluation.labels import Encoded
from fitscribe.evaluation.result import Evaluation

Array = np.ndarray[Any, Any]

# Points kept of one curve, of all curves of a record together, and curves kept at most.
CURVE_POINTS = 200
RECORD_POINTS = 600
CURVES = 20
DIGITS = 6


def evaluate_scores(
    result: Evaluation,
    encoded: Encoded,
    scores: Any,
    weight: Array | None,
    probabilities: bool | None,
    *,
    calibrated: bool = False,
) -> None:
    """Add to `result` what can be said of the scores; leave out the rest, with its reason.

    Args:
        result: what is added to.
        encoded: the true labels.
        scores: what the model gave.
        weight: sample weights.
        probabilities: whether they are probabilities; None to see by their values.
        calibrated: add the record `calibration`, where they are probabilities and there are no weights.
    """
    try:
        table = _table(scores, encoded)
    except NotEvaluable as error:
        result.omitted["log_loss"] = result.omitted["roc_auc"] = str(error)
        return
    if probabilities is None:
        probabilities = _are_probabilities(table)
    for name, step in (("log_loss", _log_loss), ("roc_auc", _curves)):
        try:
            step(result, encoded, table, weight, probabilities)
        except NotEvaluable as error:
            result.omitted[name] = str(error)
    if calibrated and weight is None and "log_loss" in result.metrics:
        result.records["calibration"] = calibration(encoded, table)


def _table(scores: Any, encoded: Encoded) -> Array:
    """Return the scores as floats, 1-D for the positive class alone.

    Raises:
        NotEvaluable: they do not fit the labels, or are not numbers.
    """
    table = to_array(scores, "the scores")
    if table.dtype.kind != "f":
        try:
            table = table.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise NotEvaluable("the scores are not numbers") from error
    if table.ndim == 2 and table.shape[1] == 1:
        table = table[:, 0]
    if table.ndim > 2 or len(table) != len(encoded.true):
        raise NotEvaluable(f"scores of shape {table.shape} do not fit {len(encoded.true)} rows")
    columns = encoded.declared
    if len(encoded.labels) > columns:
        raise NotEvaluable(f"the scores have no column for the class {encoded.labels[columns]!r}")
    if table.ndim == 1 and columns != 2:
        raise NotEvaluable(f"one score per row cannot tell {columns} classes apart")
    if table.ndim == 2 and table.shape[1] != columns:
        raise NotEvaluable(f"there are {table.shape[1]} columns of scores for {columns} classes")
    if not np.isfinite(table).all():
        raise NotEvaluable("the scores hold non-finite values")
    return table


def _are_probabilities(table: Array) -> bool:
    if table.ndim == 1 or table.min() < 0 or table.max() > 1:
        return False
    return bool(np.abs(table.sum(axis=1) - 1).max() < 1e-3)


def _log_loss(
    result: Evaluation, encoded: Encoded, table: Array, weight: Array | None, probabilities: bool
) -> None:
    if not probabilities:
        raise NotEvaluable("the scores are not probabilities")
    if table.min() < 0 or table.max() > 1:
        raise NotEvaluable("the probabilities are not between 0 and 1")
    # Clipped before it is widened, with the epsilon of the type the model computed in, as scikit-learn does.
    epsilon = np.finfo(table.dtype).eps
    if table.ndim == 1:
        own = np.where(encoded.true == 1, table, 1 - table)
    else:
        own = table[np.arange(len(table)), encoded.true]
    loss = -np.log(np.clip(own, epsilon, 1 - epsilon).astype(np.float64))
    result.metrics["log_loss"] = float(loss.mean() if weight is None else np.average(loss, weights=weight))


def _curves(
    result: Evaluation, encoded: Encoded, table: Array, weight: Array | None, probabilities: bool
) -> None:
    if encoded.declared == 2:
        column = table if table.ndim == 1 else table[:, 1]
        columns, classes = column[:, None], [1]
    else:
        if not probabilities:
            raise NotEvaluable("one-vs-rest over more than two classes needs probabilities")
        columns, classes = table, list(range(encoded.declared))
    true = encoded.true
    if weight is not None and not weight.all():
        used = weight > 0
        columns, true, weight = columns[used], true[used], weight[used]
    counts = np.bincount(true, minlength=encoded.declared)
    order = np.argsort(-columns, axis=0, kind="stable")
    kept = set(_most_frequent(counts, classes))
    limit = max(20, min(CURVE_POINTS, RECORD_POINTS // len(kept)))
    areas: list[float] = []
    undefined: str | None = None
    roc: list[dict[str, Any]] = []
    pr: list[dict[str, Any]] = []
    for index, label in enumerate(classes):
        name = plain_label(encoded.labels[label])
        if counts[label] in (0, len(true)):
            undefined = undefined or (
                f"y_true holds {'nothing but' if counts[label] else 'no'} class {name!r}"
            )
            continue
        rows = order[:, index]
        hits, misses = _cumulated(columns[rows, index], true[rows] == label, weight, rows)
        area = float(((misses[1:] - misses[:-1]) * (hits[1:] + hits[:-1])).sum()) / 2 / hits[-1] / misses[-1]
        areas.append(float(area))
        if label in kept:
            roc.append(_roc_record(name, hits, misses, areas[-1], limit))
            pr.append(_pr_record(name, hits, misses, limit))
    if roc:
        result.records["roc"] = _record(roc, len(classes))
        result.records["pr"] = _record(pr, len(classes))
    if undefined:
        raise NotEvaluable(undefined)
    result.metrics["roc_auc"] = sum(areas) / len(areas)


def _cumulated(values: Array, positive: Array, weight: Array | None, rows: Array) -> tuple[Array, Array]:
    """Return the true and the false positives at each distinct threshold, falling, from none on."""
    ends = np.append(np.flatnonzero(values[1:] != values[:-1]), len(values) - 1)
    if weight is None:
        hits = np.cumsum(positive, dtype=np.float64)[ends]
        misses = 1 + ends - hits
    else:
        weight = weight[rows]
        hits = np.cumsum(positive * weight)[ends]
        misses = np.cumsum(~positive * weight)[ends]
    return np.concatenate(([0.0], hits)), np.concatenate(([0.0], misses))


def _roc_record(name: Any, hits: Array, misses: Array, area: float, limit: int) -> dict[str, Any]:
    if len(hits) > 2:
        # A point on the straight line between its neighbours adds nothing to the drawing.
        bent = (np.diff(hits, 2) != 0) | (np.diff(misses, 2) != 0)
        corners = np.concatenate(([True], bent, [True]))
        hits, misses = hits[corners], misses[corners]
    tpr, fpr = hits / hits[-1], misses / misses[-1]
    chosen = spread(fpr + tpr, limit)
    return {"label": name, "fpr": _numbers(fpr[chosen]), "tpr": _numbers(tpr[chosen]), "auc": area}


def _pr_record(name: Any, hits: Array, misses: Array, limit: int) -> dict[str, Any]:
    recall = hits / hits[-1]
    precision = np.ones(len(hits))
    np.divide(hits[1:], hits[1:] + misses[1:], out=precision[1:])
    average = float(((recall[1:] - recall[:-1]) * precision[1:]).sum())
    share = float(hits[-1] / (hits[-1] + misses[-1]))
    if len(hits) > 2:
        # Within a straight line across, or straight down, a point adds nothing to the drawing or the average.
        across, down = precision[1:] == precision[:-1], recall[1:] == recall[:-1]
        corners = np.concatenate(([True], ~(across[:-1] & across[1:] | down[:-1] & down[1:]), [True]))
        recall, precision = recall[corners], precision[corners]
    chosen = steps(recall, precision, limit)
    return {
        "label": name,
        "recall": _numbers(recall[chosen]),
        "precision": _numbers(precision[chosen]),
        "average_precision": average,
        "positives": share,
    }


def steps(recall: Array, precision: Array, limit: int) -> Array | slice:
    """Choose at most `limit` points of a precision-recall curve by rising recall, which is drawn in steps.

    The first point at each recall, of the best precision there, is what the steps and the average precision
    are made of; what follows it at the same recall lies on the line straight down.
    """
    if len(recall) <= limit:
        return slice(None)
    firsts = np.concatenate(([0], 1 + np.flatnonzero(recall[1:] > recall[:-1])))
    # The best precision from there on only falls: where it does, the points lie close to each other.
    ahead = np.maximum.accumulate(precision[firsts][::-1])[::-1]
    chosen = firsts[spread(recall[firsts] - ahead, limit - 1)]
    end = len(recall) - 1
    return chosen if chosen[-1] == end else np.append(chosen, end)


def spread(position: Array, limit: int) -> Array | slice:
    """Choose at most `limit` points of a curve, evenly along it, with both ends and both sides of a jump."""
    if len(position) <= limit:
        return slice(None)
    targets = np.linspace(position[0], position[-1], limit)
    after = np.searchsorted(position, targets)
    before = np.maximum(after - 1, 0)
    chosen = np.unique(np.where(targets - position[before] < position[after] - targets, before, after))
    chosen[-1] = len(position) - 1
    return chosen


def _numbers(values: Array) -> list[float]:
    rounded: list[float] = np.round(values, DIGITS).tolist()
    return rounded


def _most_frequent(counts: Array, classes: list[int]) -> list[int]:
    if len(classes) <= CURVES:
        return classes
    return [int(label) for label in np.argsort(-counts, kind="stable")[:CURVES]]


def _record(curves: list[dict[str, Any]], classes: int) -> dict[str, Any]:
    record: dict[str, Any] = {"curves": curves}
    if len(curves) < classes:
        record["classes"] = classes
    return record
