"""How far probabilities can be taken at their word: what was predicted, and how often it came true."""

from __future__ import annotations

from typing import Any

import numpy as np

from fitscribe.evaluation.arrays import plain_label
from fitscribe.evaluation.labels import Encoded

Array = np.ndarray[Any, Any]

BINS = 10
MOST_PROBABLE = "most probable class"


def calibration(encoded: Encoded, probabilities: Array) -> dict[str, Any]:
    """Compare predicted probabilities with how often they came true, in ten bins.

    The bins are as wide as each other, as in ``sklearn.calibration.calibration_curve``; `quantile` holds the
    same over bins of equal counts, which tell more where most probabilities are alike. Empty bins are left
    out.

    Args:
        encoded: the true labels.
        probabilities: between 0 and 1: one per row, of the positive class, or one column per class. Of two
            classes the positive one is looked at, of more the most probable one of each row.

    Returns:
        `of`: the class that the probabilities are of. `predicted`, `observed`, `counts`: per bin the mean
        probability, the share of rows where it came true, and the number of rows. `quantile`: these again.
    """
    if encoded.declared == 2:
        chosen = probabilities if probabilities.ndim == 1 else probabilities[:, 1]
        true = encoded.true == 1
        name = plain_label(encoded.labels[1])
    else:
        best = probabilities.argmax(axis=1)
        chosen = probabilities[np.arange(len(best)), best]
        true = encoded.true == best
        name = MOST_PROBABLE
    edges = np.linspace(0.0, 1.0, BINS + 1)
    quantiles = np.percentile(chosen, edges * 100)
    return {"of": name, **_curve(true, chosen, edges), "quantile": _curve(true, chosen, quantiles)}


def _curve(true: Array, probabilities: Array, edges: Array) -> dict[str, list[float]]:
    bins = np.searchsorted(edges[1:-1], probabilities)
    counts = np.bincount(bins, minlength=BINS)
    used = counts != 0
    predicted = np.bincount(bins, probabilities, BINS)[used] / counts[used]
    observed = np.bincount(bins, true, BINS)[used] / counts[used]
    return {
        "predicted": predicted.tolist(),
        "observed": observed.tolist(),
        "counts": counts[used].tolist(),
    }
