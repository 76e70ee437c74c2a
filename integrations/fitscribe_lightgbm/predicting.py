"""What trained boosters predict: remembered, so that metrics of it find the run of the training."""

from __future__ import annotations

import os
from typing import Any

from fitscribe import lineage
from fitscribe.engine import Call
from fitscribe.tracking import predictions, trained


def record_prediction(call: Call, values: Any) -> None:
    """Remember what a trained booster predicted just now.

    Args:
        call: of `Booster.predict`.
        values: what it returned.
    """
    given = call.arguments
    found = trained.find(call.instance)
    if found is None or given.get("pred_leaf") or given.get("pred_contrib"):
        return
    with found.run.section("predictions"):
        data = given.get("data")
        node = None if data is None or isinstance(data, (str, os.PathLike)) else lineage.seen(data)
        method = "raw_score" if given.get("raw_score") else "predict"
        predictions.remember_use(values, found, method=method, data=node)
