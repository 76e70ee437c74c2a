"""What trained boosters predict: remembered, so that metrics of it find the run of the training."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.tracking import predictions, trained

# What is no prediction of the target.
_OTHERS = ("pred_leaf", "pred_contrib", "raw_score")


def record_prediction(call: Call, values: Any) -> None:
    """Remember what a trained booster predicted just now.

    Args:
        call: of `Booster.predict`.
        values: what it returned.
    """
    given = call.arguments
    found = trained.find(call.instance)
    if found is None or not is_of_all(call.instance, given):
        return
    with found.run.section("predictions"):
        data = given.get("data")
        node = None if data is None or isinstance(data, (str, os.PathLike)) else lineage.seen(data)
        predictions.remember_use(values, found, method="predict", data=node)


def is_of_all(model: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether a prediction is of the target, and of all rounds, or of those up to the best one.

    Args:
        model: a booster, or an estimator around one.
        arguments: of its `predict`, by parameter.
    """
    if any(arguments.get(name) for name in _OTHERS):
        return False
    first, count = arguments.get("start_iteration") or 0, arguments.get("num_iteration") or 0
    if first > 0 or count <= 0:
        return bool(first <= 0)
    booster = vars(model).get("_Booster", model)
    return bool(count >= booster.current_iteration() or count == booster.best_iteration)
