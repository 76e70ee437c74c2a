"""Metrics of the sums of a pass: those of the core, which fitscribe records of every framework."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fitscribe.evaluation import Evaluation
from fitscribe_torch.evaluation_sums import BINARY, CLASSES, HITS, TOP, Errors, Hits, Kind


def compared(kind: Kind, sums: Any, totals: Any) -> Evaluation:
    """Evaluate how predictions compare with targets.

    Args:
        kind: of the sums.
        sums: what was added up, on whatever device.
        totals: the numbers of it, on the host.

    Returns:
        The metrics and matrices that fitscribe has of any framework's predictions, and what was left out.
    """
    if kind.what == CLASSES:
        return _of_counts(totals[: kind.columns**2].reshape(kind.columns, kind.columns))
    if kind.what == BINARY:
        others = int(totals[4])
        if others:
            return Evaluation(omitted={"accuracy": f"{others} targets are neither 0 nor 1"})
        return _of_counts(totals[:4].reshape(2, 2))
    return _of_hits(sums, totals.tolist()) if kind.what == HITS else _of_errors(sums, totals.tolist())


def _of_counts(counts: Any) -> Evaluation:
    """Evaluate a table of counts: its rows are the true classes, its columns the predicted ones."""
    cells = counts.nonzero()
    if not len(cells):
        return Evaluation(omitted={"accuracy": "no sample counts"})
    true, predicted = cells.T.tolist()
    found = _classification(true, predicted, counts[counts > 0].tolist(), len(counts))
    matrix = found.records.get("confusion_matrix", {})
    # To the core the counts are weights.
    if matrix.pop("weighted", False):
        matrix["counts"] = [[int(count) for count in row] for row in matrix["counts"]]
    return found


def _classification(true: list[int], predicted: list[int], counts: list[int], classes: int) -> Evaluation:
    try:
        from fitscribe.evaluation import classification

        return classification(true, predicted, labels=list(range(classes)), weights=counts)
    except ImportError:
        return Evaluation(omitted={"accuracy": "NumPy is not installed"})


def _of_hits(sums: Hits, totals: Sequence[int]) -> Evaluation:
    rows, best, among_best = totals
    found = Evaluation()
    if not rows:
        found.omitted["accuracy"] = "no sample counts"
        return found
    found.metrics["accuracy"] = best / rows
    found.metrics[f"top_{TOP}_accuracy"] = among_best / rows
    if sums.part > 1:
        found.omitted["accuracy of all rows"] = f"it is taken from every {sums.part}th row at the fewest"
    return found


def _of_errors(sums: Errors, totals: Sequence[float]) -> Evaluation:
    """As :func:`fitscribe.evaluation.regression`: outputs are averaged with equal weight."""
    found, rows, outputs = Evaluation(), sums.rows, len(totals) // 4
    absolute, squares, targets, target_squares = (
        totals[start : start + outputs] for start in range(0, len(totals), outputs)
    )
    if not rows:
        found.omitted["rmse"] = "there are no samples"
        return found
    metrics = {
        "mae": sum(absolute) / rows / outputs,
        "rmse": sum(math.sqrt(each / rows) for each in squares) / outputs,
    }
    if rows > 1:
        spreads = [
            square - total * total / rows for square, total in zip(target_squares, targets, strict=True)
        ]
        metrics["r2"] = sum(map(_r2, squares, spreads)) / outputs
    else:
        found.omitted["r2"] = "it needs two rows"
    for name, value in metrics.items():
        if math.isfinite(value):
            found.metrics[name] = value
        else:
            found.omitted[name] = "the predictions or targets hold non-finite values"
    return found


def _r2(error: float, spread: float) -> float:
    # A constant target: perfect predictions score 1 and all others 0, never minus infinity.
    if error == 0:
        return 1.0
    return 1 - error / spread if spread != 0 else 0.0


def of_loss(function: str, mean: float, classes: int) -> dict[str, float]:
    """The metrics that are the loss itself in another form.

    Args:
        function: the loss, neither weighted nor smoothed.
        mean: of all of its values.
        classes: how many there are.
    """
    if function == "mse_loss":
        return {"rmse": math.sqrt(mean)} if mean >= 0 and math.isfinite(mean) else {}
    if function == "l1_loss":
        return {"mae": mean} if math.isfinite(mean) else {}
    if classes:
        # Of that many classes, words of a language.
        return {"perplexity": math.exp(mean) if mean < 709 else math.inf}
    return {}
