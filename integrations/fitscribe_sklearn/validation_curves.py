"""Scores over the size of the training data, over a parameter, or over permuted targets."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe_sklearn.folds import CV, TRAIN, directions
from fitscribe_sklearn.parameters import shown

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

Curve = dict[str, list[float]]


def record_learning_curve(run: ActiveRun, scorer: str, result: Sequence[Any]) -> None:
    """Record what ``learning_curve`` returns: its scores are series over the number of rows.

    Args:
        run: the run.
        scorer: the name of the scorer.
        result: sizes, then scores on training and left-out rows, then times if asked for.
    """
    sizes = [int(size) for size in result[0]]
    series = {role: _over_folds(scores) for role, scores in zip((TRAIN, CV), result[1:3], strict=True)}
    for index, size in enumerate(sizes):
        points = {f"{role}/{scorer}": curve["mean"][index] for role, curve in series.items()}
        points[f"{CV}/{scorer}_std"] = series[CV]["std"][index]
        run.log_metrics(points, step=size)
    series.update(zip(("fit_s", "score_s"), map(_over_folds, result[3:5]), strict=False))
    _log_curve(run, "learning_curve", "rows", sizes, series)


def record_validation_curve(
    run: ActiveRun, scorer: str, arguments: Mapping[str, Any], result: Sequence[Any]
) -> None:
    """Record what ``validation_curve`` returns, and the best value of its parameter.

    Args:
        run: the run.
        scorer: the name of the scorer.
        arguments: of the call.
        result: scores on training and left-out rows.
    """
    np: Any = sys.modules["numpy"]
    values = [shown(value) for value in arguments["param_range"]]
    series = {role: _over_folds(scores) for role, scores in zip((TRAIN, CV), result[:2], strict=True)}
    means = np.asarray(series[CV]["mean"])
    if not np.isnan(means).all():
        best = int(np.nanargmax(means))
        run.log_directions(directions(f"{role}/{scorer}" for role in series))
        run.log_metrics({f"{role}/{scorer}": curve["mean"][best] for role, curve in series.items()})
        run.log_metric(f"{CV}/{scorer}_std", series[CV]["std"][best])
        run.log_facts({"best_params_": {arguments["param_name"]: values[best]}})
    _log_curve(run, "validation_curve", arguments["param_name"], values, series)


def record_permutations(run: ActiveRun, scorer: str, result: Sequence[Any]) -> None:
    """Record what ``permutation_test_score`` returns.

    Args:
        run: the run.
        scorer: the name of the scorer.
        result: the score, those of permuted targets, and the p-value.
    """
    score, permuted, p_value = result
    run.log_directions(directions([f"{CV}/{scorer}"]))
    run.log_metrics({f"{CV}/{scorer}": float(score), "p_value": float(p_value)})
    for number, value in enumerate(permuted.tolist()):
        run.log_points({f"{CV}/{scorer}_permuted": value}, number)


def _over_folds(scores: Any) -> Curve:
    """Mean and standard deviation over the folds, which are the columns."""
    return {"mean": scores.mean(axis=1).tolist(), "std": scores.std(axis=1).tolist()}


def _log_curve(run: ActiveRun, name: str, x_name: str, x: list[Any], series: Mapping[str, Curve]) -> None:
    run.log_record(name, "curve", {"x_name": x_name, "x": x, "series": dict(series)})
