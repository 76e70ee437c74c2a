"""How a training ended: early, by a callback of XGBoost's or the user's, or by its last round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.capture import early_stopping_fact
from fitscribe.capture.stopping import RAN_OUT, no_improvement
from fitscribe_xgboost.iterables import items_of
from fitscribe_xgboost.rounds import RoundCallback

# `num_boost_round` where it is not given.
_ROUNDS = 10


def early_stopping(arguments: Mapping[str, Any], callback: RoundCallback) -> dict[str, Any] | None:
    """Return the fact ``early_stopping``; None where nothing was to stop the training, and nothing did.

    Args:
        arguments: of ``train`` or ``cv``.
        callback: what recorded the rounds.
    """
    if not callback.has_begun:
        return None  # which is said elsewhere
    stoppers = [each for each in items_of(arguments.get("callbacks")) if _is_early_stopping(each)]
    last = callback.before + callback.count - 1
    stopped = callback.count < arguments.get("num_boost_round", _ROUNDS)
    waited = next((each for each in stoppers if _has_waited(each)), None)
    if waited is not None:
        return _of_callback(waited, callback, last, stopped)
    patience = arguments.get("early_stopping_rounds")
    if patience and not stoppers:
        return _of_argument(patience, callback, last, stopped, callback.best_iteration)
    if patience and stopped:
        # Both leave a best iteration in the model; the one that stopped has waited since its own.
        found = _of_argument(patience, callback, last, stopped, last - patience)
        if "direction" in found:
            return found
    if stoppers:
        return _of_callback(stoppers[0], callback, last, stopped)
    if stopped:
        return _fact(None, None, None, None, last, stopped, has_waited=False)
    return None


def _is_early_stopping(callback: Any) -> bool:
    from xgboost.callback import EarlyStopping

    return isinstance(callback, EarlyStopping)


def _has_waited(stopper: Any) -> bool:
    return bool(stopper.current_rounds >= stopper.rounds)


def _of_callback(stopper: Any, callback: RoundCallback, last: int, stopped: bool) -> dict[str, Any]:
    # One that is used again goes on with the scores of the training before, and counts on from there.
    is_of_this = stopper.current_rounds < callback.count
    watched = best = None
    for data, metrics in stopper.best_scores.items():
        for metric, scores in metrics.items():
            watched = callback.name_of(data, metric)
            if is_of_this:
                score = _score(scores[-1])
                at = _round_of(
                    score, _scores(callback, data, metric), last - stopper.current_rounds, callback
                )
                best = (at, score)
    fact = _fact(
        watched,
        stopper.rounds,
        best,
        "max" if stopper.maximize else "min",
        last,
        stopped,
        has_waited=_has_waited(stopper),
        tolerance=getattr(stopper, "_min_delta", None),
    )
    if not is_of_this:
        fact["reason"] += "; the best score is of an earlier training by the same EarlyStopping"
    return fact


def _of_argument(
    patience: int, callback: RoundCallback, last: int, stopped: bool, at: int | None
) -> dict[str, Any]:
    """XGBoost makes the callback itself then, and watches the last metric of the last data set."""
    data, metrics = list(callback.log.items())[-1] if callback.log else ("", {})
    metric = list(metrics)[-1] if metrics else ""
    scores = _scores(callback, data, metric)
    best = direction = None
    if at is not None and 0 <= at - callback.before < len(scores):
        best = (at, scores[at - callback.before])
        direction = _direction(scores, best[1])
    return _fact(
        callback.name_of(data, metric) if metric else None,
        patience,
        best,
        direction,
        last,
        stopped,
        has_waited=best is not None and last - best[0] >= patience,
        tolerance=0.0,
    )


def _scores(callback: RoundCallback, data: str, metric: str) -> list[float]:
    """The score of each round; of several data sets of one name XGBoost takes the last."""
    logged = callback.log.get(data, {}).get(metric, [])
    each_round = max(len(logged) // max(callback.count, 1), 1)
    return [_score(each) for each in logged[each_round - 1 :: each_round]]


def _round_of(best: float, scores: list[float], at: int, callback: RoundCallback) -> int:
    """In which round a best score was: a stopper is not asked after a round that another callback has ended.

    Args:
        best: the score.
        scores: of all rounds.
        at: the round, if the stopper has been asked after each.
        callback: what recorded the rounds.
    """
    found = at
    while found > callback.before and scores[found - callback.before : found - callback.before + 1] != [best]:
        found -= 1
    return found if scores[found - callback.before : found - callback.before + 1] == [best] else at


def _direction(scores: list[float], best: float) -> str | None:
    """Told by which of the scores XGBoost took for the best: its rules for names differ between versions."""
    low, high = min(scores), max(scores)
    if low == high:
        return None
    return "min" if best == low else "max" if best == high else None


def _score(value: Any) -> float:
    # In a cross-validation it is the mean with its deviation.
    return float(value[0] if isinstance(value, tuple) else value)


def _fact(
    watched: str | None,
    patience: Any,
    best: tuple[int, float] | None,
    direction: str | None,
    last: int,
    stopped: bool,
    *,
    has_waited: bool,
    tolerance: Any = None,
) -> dict[str, Any]:
    reason = RAN_OUT
    if stopped:
        reason = no_improvement(patience) if has_waited else "a callback ended the training"
    return early_stopping_fact(
        watched=watched,
        patience=patience,
        tolerance=tolerance,
        best=best,
        last=last,
        stopped=stopped,
        reason=reason,
        direction=direction,
    )
