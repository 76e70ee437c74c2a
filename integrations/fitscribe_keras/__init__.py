"""Keras' integrations of fitscribe: one for each of its packages, which share all of their code."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_keras.patches import points_of

__all__ = ["keras", "tf_keras"]

keras = Integration("keras", points_of("keras"))
tf_keras = Integration("tf_keras", points_of("tf_keras"))
