"""Why a boosting ended: what was watched, how patiently, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fitscribe import capture
from fitscribe.capture.stopping import RAN_OUT, no_improvement
from fitscribe_lightgbm import versions
from fitscribe_lightgbm.versions import Stopping

# The best iteration, counted from 1, and the value there if that is known.
Best = tuple[int, float | None]
# What the names of the means over the folds end with, in the result of `cv`.
_MEAN = "-mean"


class Made(NamedTuple):
    """The rounds of a boosting, counted from 0 and with those of the model that it started from.

    Attributes:
        first: the first one.
        last: the last one that was made.
        end: the one after the last that was to be made.
        results: of the last one.
        names: of the series of each of these.
    """

    first: int
    last: int
    end: int
    results: Sequence[Any]
    names: Sequence[str]


class Told(NamedTuple):
    """What LightGBM has of the `EarlyStopException` that ended a boosting, whoever raised it.

    Attributes:
        best_iteration: counted from 1, as ``best_iteration`` of boosters is; 0 or less where there was none.
        values: those at the best iteration, by the names of set and metric.
    """

    best_iteration: int
    values: Mapping[tuple[str, str], float]


def told_by_booster(booster: Any) -> Told:
    """Return what `train` has left on the booster that it returned."""
    scores = {
        (data, metric): value for data, of in booster.best_score.items() for metric, value in of.items()
    }
    return Told(int(booster.best_iteration), scores)


def told_by_folds(results: Mapping[str, Any]) -> Told:
    """Return what can be told by the result of `cv`, which ends with the best iteration."""
    means = {name[: -len(_MEAN)]: values for name, values in results.items() if name.endswith(_MEAN)}
    values = {versions.fold_result(*_named(name)): list(each)[-1] for name, each in means.items()}
    return Told(max(map(len, means.values()), default=0), values)


def _named(name: str) -> tuple[str, str]:
    side, space, metric = name.partition(" ")
    return (side, metric) if space and side in ("train", "valid") else ("cv_agg", name)


def early_stopping(
    states: Sequence[Stopping], made: Made, training_set: str, told: Told
) -> dict[str, Any] | None:
    """Return how a boosting ended, as the fact ``early_stopping``.

    Args:
        states: of the callbacks of early stopping, as the boosting left them.
        made: its rounds.
        training_set: the name of the training data among the sets; LightGBM does not stop by it.
        told: what LightGBM has of how it ended.

    Returns:
        The fact; None where nothing was to stop it, and nothing did. Its iterations are counted from 1, as
        ``best_iteration`` of LightGBM's own is.
    """
    for state in states:
        for index in _watched(state, made, training_set):
            if made.last - state.best_rounds[index] >= state.patience:
                return _fact(state, made, index, no_improvement(state.patience))
    ran_out = f"{RAN_OUT} (num_iterations={made.end - made.first})"
    if made.last + 1 < made.end:
        watched, best = _told_of(told, made, training_set)
        return _fact(states[0] if states else None, made, watched, "a callback stopped it", best)
    if not states:
        return None
    for state in states:
        for index in _watched(state, made, training_set):
            return _fact(state, made, index, ran_out)
    return _fact(states[0], made, None, f"{ran_out}: LightGBM had switched early stopping off")


def _watched(state: Stopping, made: Made, training_set: str) -> list[int]:
    """The places of the results that early stopping looks at, in the order in which it does."""
    results = made.results
    if not state.enabled or not len(state.best_rounds) == len(state.best_values) == len(results):
        return []
    named = [versions.fold_result(result[0], result[1]) for result in results]
    return [
        index
        for index, (data, metric) in enumerate(named)
        if data != training_set and (metric == named[0][1] or not state.first_metric_only)
    ]


def _told_of(told: Told, made: Made, training_set: str) -> tuple[int | None, Best | None]:
    """The place of the result that a callback of the user's went by, and the best of it, where it says so."""
    if told.best_iteration <= 0:
        return None, None
    named = [versions.fold_result(result[0], result[1]) for result in made.results]
    indices = [index for index, each in enumerate(named) if each[0] != training_set]
    if len(indices) != 1:
        return None, (told.best_iteration, None)
    value = told.values.get(named[indices[0]])
    return indices[0], (told.best_iteration, None if value is None else float(value))


def _fact(
    state: Stopping | None, made: Made, index: int | None, reason: str, best: Best | None = None
) -> dict[str, Any]:
    if best is None and state is not None and index is not None:
        best = _best(state, made, index)
    return capture.early_stopping_fact(
        watched=None if index is None else made.names[index],
        patience=None if state is None else state.patience,
        tolerance=None if state is None else state.tolerance,
        best=best,
        last=made.last + 1,
        stopped=not reason.startswith(RAN_OUT),
        reason=reason,
        direction=None if index is None else "max" if made.results[index][3] else "min",
        best_step=None if best is None else best[0] - 1,
    )


def _best(state: Stopping, made: Made, index: int) -> tuple[int, float]:
    value, best = float(made.results[index][2]), float(state.best_values[index])
    is_better = value > best if made.results[index][3] else value < best
    if is_better and not state.tolerance:
        # In the last round 3.3 may end before it has looked at all results.
        return made.last + 1, value
    return state.best_rounds[index] + 1, best
