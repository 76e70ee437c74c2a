"""What one fold of a cross-validation gave: scores, times, or the error it failed with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isnan, sqrt
from typing import Any, NamedTuple

from fitscribe.reading.directions import direction_of

CV, TRAIN = "cv", "train"
# What the series of the scores of single folds is called, after the metric that is their mean.
BY_FOLD = "_by_fold"


class Fold(NamedTuple):
    """What one fold gave.

    Attributes:
        valid: scores on the rows left out, by scorer.
        train: scores on the rows trained on, by scorer; empty where nobody asked for them.
        fit_s: seconds that the fit took; NaN where that is not known.
        score_s: seconds that scoring took; NaN where that is not known.
        error: the traceback of a fit that failed; else empty.
    """

    valid: dict[str, float]
    train: dict[str, float]
    fit_s: float
    score_s: float
    error: str


def read_fold(result: Mapping[str, Any], scorer: str) -> Fold:
    """Read what scikit-learn's ``_fit_and_score`` returns.

    Args:
        result: the mapping, which holds nothing more of a fit that failed than the scores that stand for it.
        scorer: the name of the scorer where there is but one.
    """
    nan = float("nan")
    return Fold(
        scores_by_name(result.get("test_scores"), scorer),
        scores_by_name(result.get("train_scores"), scorer),
        float(result.get("fit_time", nan)),
        float(result.get("score_time", nan)),
        result.get("fit_error") or "",
    )


def scores_by_name(scores: Any, scorer: str) -> dict[str, float]:
    """Return scores by scorer, whether they come by name, alone or not at all.

    One that scikit-learn calls ``score``, as it does where there is but one, is called by its own name.
    """
    if scores is None:
        return {}
    if isinstance(scores, Mapping):
        return {scorer if name == "score" else str(name): float(score) for name, score in scores.items()}
    return {scorer: float(scores)}


def fold_series(folds: Sequence[Fold]) -> dict[str, list[float]]:
    """Return the scores of single folds by metric, such as ``cv/accuracy``; NaN where there is none."""
    # A fold that failed has one score by no name, if the scorer is a function that would have named several.
    named = next((fold for fold in folds if not fold.error and fold.valid), folds[0])
    series = {f"{CV}/{name}": [_score(fold.valid, name) for fold in folds] for name in named.valid}
    series.update({f"{TRAIN}/{name}": [_score(fold.train, name) for fold in folds] for name in named.train})
    return series


def _score(scores: dict[str, float], name: str) -> float:
    return scores.get(name, next(iter(scores.values()), float("nan")))


def directions(names: Iterable[str]) -> dict[str, str]:
    """Return which way scores get better, of those whose names do not tell: scikit-learn's scorers go up.

    Args:
        names: of their series.
    """
    return {name: "max" for name in names if direction_of(name) != "max"}


def averages(folds: Sequence[Fold], series: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return mean and standard deviation of the scores of folds, as in ``cv_results_``, and mean times.

    Args:
        folds: the folds.
        series: their scores, as :func:`fold_series` has them.
    """
    found = {}
    for name, values in series.items():
        mean = sum(values) / len(values)
        found[name] = mean
        found[f"{name}_std"] = sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    times = {"fit_s": [fold.fit_s for fold in folds], "score_s": [fold.score_s for fold in folds]}
    found.update({name: sum(each) / len(each) for name, each in times.items() if not isnan(sum(each))})
    return found


def described_error(traceback: str) -> dict[str, str]:
    """Return type, message and traceback of an error that is known by the text of its traceback alone."""
    lines = traceback.rstrip().splitlines()
    last_frame = max((index for index, line in enumerate(lines) if line.startswith('  File "')), default=-1)
    # After the frame come its source and its marks, all of them indented further.
    rest = lines[last_frame + 1 :]
    while len(rest) > 1 and rest[0].startswith("    "):
        del rest[0]
    kind, _, message = "\n".join(rest).partition(": ")
    return {"type": kind, "message": message, "traceback": traceback}


def first_error(folds: Iterable[Fold]) -> str:
    """Return the first traceback among folds; empty where none failed."""
    return next((fold.error for fold in folds if fold.error), "")
