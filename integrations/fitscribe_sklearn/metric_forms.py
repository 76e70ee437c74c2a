"""What scikit-learn's metric functions return where that is no number: matrices, curves, reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from fitscribe.evaluation.arrays import plain_label, vector
from fitscribe.evaluation.errors import NotEvaluable
from fitscribe.evaluation.scores import spread, steps
from fitscribe.tracking import metric_results
from fitscribe.tracking.metric_functions import MetricFunction, Record, describe

_CURVE_POINTS = 200
_MATRIX_LIMIT = 100
# What the parts of a tuple are.
_PARTS = {
    "calibration_curve": ("observed", "predicted"),
    "class_likelihood_ratios": ("positive_likelihood_ratio", "negative_likelihood_ratio"),
    "confusion_matrix_at_thresholds": ("tn", "fp", "fn", "tp", "threshold"),
    "det_curve": ("fpr", "fnr", "threshold"),
    "homogeneity_completeness_v_measure": ("homogeneity", "completeness", "v_measure"),
    "metric_at_thresholds": ("value", "threshold"),
    "precision_recall_curve": ("precision", "recall", "threshold"),
    "precision_recall_fscore_support": ("precision", "recall", "fscore", "support"),
    "roc_curve": ("fpr", "tpr", "threshold"),
}
# Records that fitscribe's own evaluation makes, too.
_RECORDS = {
    "calibration_curve": "calibration",
    "confusion_matrix": "confusion_matrix",
    "precision_recall_curve": "pr",
    "roc_curve": "roc",
}
_REPORT = ("", "precision", "recall", "f1-score", "support")
_REPORT_LINE = re.compile(r"^ *(\S.*?)" + 4 * r" +(nan|[\d.]+)" + "$", re.MULTILINE)
_ACCURACY_LINE = re.compile(r"^ *(accuracy) +([\d.]+) +([\d.]+)$", re.MULTILINE)

_known: dict[str, MetricFunction] = {}

Arguments = Mapping[str, Any]


def metric_function(name: str, function: Callable[..., Any]) -> MetricFunction:
    """What is to be known of one of scikit-learn's metric functions.

    Args:
        name: its name.
        function: the function.
    """
    found = _known.get(name)
    if found is None:
        found = describe(function)
        found.read = _READERS.get(name) or partial(_read, name, found.name)
        found.record = _RECORDS.get(name, "")
        _known[name] = found
    return found


def _read(name: str, short: str, arguments: Arguments, result: Any) -> Record | Mapping[str, float] | None:
    parts = _PARTS.get(name)
    if parts is None:
        return _per_class(short, arguments, result)
    numbers = {part: metric_results.number(value) for part, value in zip(parts, result, strict=False)}
    known = {part: value for part, value in numbers.items() if value is not None}
    if len(known) >= len(numbers) - 1:
        return known  # the support of averages is None
    data = metric_results.table(result, parts)
    return None if data is None else Record(short, "table", data)


def _confusion_matrix(arguments: Arguments, result: Any) -> Record:
    labels = _labels(arguments, len(result))
    if len(result) > _MATRIX_LIMIT:
        data = metric_results.table(result, labels)
        return Record("confusion_matrix", "table", data or {})
    record: dict[str, Any] = {"labels": labels, "counts": result.tolist()}
    if arguments.get("sample_weight") is not None:
        record["weighted"] = True
    return Record("confusion_matrix", "confusion_matrix", record)


def _multilabel_confusion_matrix(arguments: Arguments, result: Any) -> Record:
    labels = _labels(arguments, len(result))
    rows = [[label, *matrix.ravel().tolist()] for label, matrix in zip(labels, result, strict=True)]
    data = {"columns": ["class", "tn", "fp", "fn", "tp"], "rows": rows[: metric_results.ROWS]}
    return Record("multilabel_confusion_matrix", "table", data)


def _roc(arguments: Arguments, result: Any) -> Record:
    fpr, tpr, _ = result
    chosen = spread(fpr + tpr, _CURVE_POINTS)
    curve = {
        "label": _positive(arguments),
        "fpr": fpr[chosen].tolist(),
        "tpr": tpr[chosen].tolist(),
        "auc": float(((fpr[1:] - fpr[:-1]) * (tpr[1:] + tpr[:-1])).sum() / 2),
    }
    return Record("roc", "roc", {"curves": [curve]})


def _pr(arguments: Arguments, result: Any) -> Record:
    precision, recall = (each[::-1] for each in result[:2])
    chosen = steps(recall, precision, _CURVE_POINTS)
    curve = {
        "label": _positive(arguments),
        "recall": recall[chosen].tolist(),
        "precision": precision[chosen].tolist(),
        "average_precision": float(((recall[1:] - recall[:-1]) * precision[1:]).sum()),
        "positives": float(precision[-1]),
    }
    return Record("pr", "pr", {"curves": [curve]})


def _calibration(arguments: Arguments, result: Any) -> Record:
    observed, predicted = result
    probabilities = np.asarray(arguments["y_prob"])
    edges = np.linspace(0.0, 1.0, arguments.get("n_bins", 5) + 1)
    if arguments.get("strategy") == "quantile":
        edges = np.percentile(probabilities, edges * 100)
    counts = np.bincount(np.searchsorted(edges[1:-1], probabilities))
    data = {
        "of": _positive(arguments),
        "predicted": predicted.tolist(),
        "observed": observed.tolist(),
        "counts": counts[counts != 0].tolist(),
    }
    return Record("calibration", "calibration", data)


def _classification_report(arguments: Arguments, result: Any) -> Record:
    rows: list[list[Any]] = []
    if isinstance(result, str):
        rows = [[title, *map(float, numbers)] for title, *numbers in _REPORT_LINE.findall(result)]
        rows += [
            [title, None, None, float(f1), float(support)]
            for title, f1, support in _ACCURACY_LINE.findall(result)
        ]
    else:
        for title, values in result.items():
            averages = values if isinstance(values, Mapping) else {"f1-score": values}
            rows.append([title, *map(averages.get, _REPORT[1:])])
    rows = rows[: metric_results.ROWS]
    return Record("classification_report", "table", {"columns": list(_REPORT), "rows": rows})


def _per_class(short: str, arguments: Arguments, result: Any) -> Record | None:
    if arguments.get("average", "") is not None or not isinstance(result, np.ndarray):
        return None
    labels = _labels(arguments, len(result))
    rows = [[label, value] for label, value in zip(labels, result.tolist(), strict=True)]
    return Record(short, "table", {"columns": ["class", short], "rows": rows[: metric_results.ROWS]})


def _labels(arguments: Arguments, count: int) -> list[Any]:
    """The classes that the rows of a result stand for; their positions where these cannot be told."""
    labels = arguments.get("labels")
    try:
        if labels is None:
            labels = np.unique(
                np.concatenate([vector(arguments[name], name) for name in ("y_true", "y_pred")])
            )
        found = [plain_label(label) for label in labels]
    except (KeyError, TypeError, ValueError, NotEvaluable):  # several columns, or labels that do not sort
        found = []
    return found if len(found) == count else list(range(count))


def _positive(arguments: Arguments) -> Any:
    label = arguments.get("pos_label")
    return 1 if label is None else plain_label(label)


_READERS = {
    "calibration_curve": _calibration,
    "classification_report": _classification_report,
    "confusion_matrix": _confusion_matrix,
    "multilabel_confusion_matrix": _multilabel_confusion_matrix,
    "precision_recall_curve": _pr,
    "roc_curve": _roc,
}
