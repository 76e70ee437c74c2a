"""The XGBoost integration of fitscribe."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_xgboost.patches import POINTS

__all__ = ["integration"]

integration = Integration("xgboost", POINTS)
