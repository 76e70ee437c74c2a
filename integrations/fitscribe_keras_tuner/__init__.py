"""The KerasTuner integration of fitscribe."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_keras_tuner.patches import POINTS

__all__ = ["integration"]

integration = Integration("keras_tuner", POINTS)
