"""What trained boosters predict outside of XGBoost, so that metrics of it find their runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.tracking import predictions, trained

# What is no prediction of the target.
_OTHERS = ("pred_leaf", "pred_contribs", "pred_interactions", "output_margin")


def remember(call: Call, values: Any) -> None:
    """Remember what a trained booster predicted just now.

    Args:
        call: of ``predict`` or ``inplace_predict``.
        values: what it returned.
    """
    found = trained.find(call.instance)
    if found is None or found.data is None or not is_of_all(call.instance, call.arguments):
        return
    node = lineage.seen(call.arguments["data"])
    predictions.remember_use(values, found, method=call.name, data=node)


def is_of_all(model: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether a prediction is of the target, and of all rounds, or of those up to the best one.

    Args:
        model: a booster, or an estimator around one.
        arguments: of its ``predict`` or ``inplace_predict``, by parameter.
    """
    if any(arguments.get(name) for name in _OTHERS):
        return False
    first, end = arguments.get("iteration_range") or (0, 0)
    end = end or arguments.get("ntree_limit") or 0  # there is no such argument from 2.0 on
    if first or not end:
        return not first
    booster = vars(model).get("_Booster", model)
    best = {booster.attr("best_ntree_limit"), str(int(booster.attr("best_iteration") or -1) + 1)}
    return bool(end >= booster.num_boosted_rounds()) or str(end) in best
