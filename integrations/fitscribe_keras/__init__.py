"""The integrations of Keras, which comes in two packages of the same code, and of TensorFlow."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_keras import patches
from fitscribe_keras.loops import patches as loops

__all__ = ["keras", "tensorflow", "tf_keras"]


def _integration(root: str) -> Integration:
    return Integration(root, (*patches.points_of(root), *loops.points_of(root)))


keras = _integration("keras")
tf_keras = _integration("tf_keras")
tensorflow = Integration("tensorflow", loops.points_of("tensorflow"))
