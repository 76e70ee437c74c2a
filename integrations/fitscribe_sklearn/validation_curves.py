"""Scores over the size of the training data, over a parameter, or over permuted targets."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe_sklearn.folds import CV, TRAIN, directions
from fitscribe_sklearn.parameters import shown

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# By role, or what was measured: a row per point of the curve, a column per fold.
Scores = Mapping[str, Any]


def record_learning_curve(run: ActiveRun, scorer: str, result: Sequence[Any]) -> None:
    """Record what ``learning_curve`` returns: its scores are series over the number of rows.

    Args:
        run: the run.
        scorer: the name of the scorer.
        result: sizes, then scores on training and left-out rows, then times if asked for.
    """
    sizes = [int(size) for size in result[0]]
    scores = dict(zip((TRAIN, CV, "fit_s", "score_s"), result[1:5], strict=False))
    means = {role: scores[role].mean(axis=1).tolist() for role in (TRAIN, CV)}
    deviations = scores[CV].std(axis=1).tolist()
    for index, size in enumerate(sizes):
        points = {f"{role}/{scorer}": values[index] for role, values in means.items()}
        run.log_metrics({**points, f"{CV}/{scorer}_std": deviations[index]}, step=size)
    _log_curve(run, "learning_curve", "rows", sizes, scores)
    _log_folds(run, scorer, "rows", sizes, scores)


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
    name, values = arguments["param_name"], [shown(value) for value in arguments["param_range"]]
    scores = dict(zip((TRAIN, CV), result[:2], strict=True))
    means = scores[CV].mean(axis=1)
    if not np.isnan(means).all():
        best = int(np.nanargmax(means))
        run.log_directions(directions(f"{role}/{scorer}" for role in scores))
        run.log_metrics({f"{role}/{scorer}": float(each.mean(axis=1)[best]) for role, each in scores.items()})
        run.log_metric(f"{CV}/{scorer}_std", float(scores[CV].std(axis=1)[best]))
        run.log_facts({"best_params_": {name: values[best]}})
    _log_curve(run, "validation_curve", name, values, scores)
    _log_folds(run, scorer, name, values, scores)


def record_permutations(run: ActiveRun, scorer: str, result: Sequence[Any]) -> None:
    """Record what ``permutation_test_score`` returns.

    Args:
        run: the run.
        scorer: the name of the scorer.
        result: the score, those of permuted targets, and the p-value.
    """
    score, permuted, p_value = result
    name = f"{CV}/{scorer}"
    run.log_directions(directions([name]))
    run.log_metrics({name: float(score), "p_value": float(p_value)})
    values = permuted.tolist()
    for number, value in enumerate(values):
        run.log_points({f"{name}_permuted": value}, number)
    rows = [list(row) for row in enumerate(values)]
    run.log_record("permutations", "table", {"columns": ["permutation", name], "rows": rows})
    run.note_unseen("scores of single folds", "permutation_test_score returns their means, and keeps no more")


def _log_curve(run: ActiveRun, name: str, x_name: str, x: list[Any], scores: Scores) -> None:
    """Log mean and standard deviation over the folds, and what each fold gave."""
    series = {
        role: {
            "mean": each.mean(axis=1).tolist(),
            "std": each.std(axis=1).tolist(),
            "folds": each.T.tolist(),
        }
        for role, each in scores.items()
    }
    run.log_record(name, "curve", {"x_name": x_name, "x": x, "series": series})


def _log_folds(run: ActiveRun, scorer: str, x_name: str, x: list[Any], scores: Scores) -> None:
    """Log what each fold gave as a table, with a row per point of the curve and fold."""
    names = {TRAIN: f"{TRAIN}/{scorer}", CV: f"{CV}/{scorer}"}
    columns = {names.get(role, role): each.ravel().tolist() for role, each in scores.items()}
    folds = scores[CV].shape[1]
    heads = ([value, fold] for value in x for fold in range(folds))
    rows = [[*head, *values] for head, *values in zip(heads, *columns.values(), strict=True)]
    run.log_record("folds", "table", {"columns": [x_name, "fold", *columns], "rows": rows})
