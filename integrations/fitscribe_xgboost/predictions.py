"""What trained boosters predict outside of XGBoost, so that metrics of it find their runs."""

from __future__ import annotations

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
    if found is None or found.data is None or any(call.arguments.get(name) for name in _OTHERS):
        return
    node = lineage.seen(call.arguments["data"])
    predictions.remember_use(values, found, method=call.name, data=node)
