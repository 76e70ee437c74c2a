"""The scikit-learn integration of fitscribe: what to patch is in `patches`, the rest reads its objects."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_sklearn.patches import POINTS

__all__ = ["integration"]

integration = Integration("sklearn", POINTS)
