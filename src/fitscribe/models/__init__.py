"""Saving, signing and loading models."""

from __future__ import annotations

from fitscribe.models.errors import (
    KeyUnavailable,
    ModelNotLoadable,
    ModelNotSavable,
    ModelTooLarge,
    UntrustedModel,
)
from fitscribe.models.pickled import SavedModel, load_pickle, save_pickle

__all__ = [
    "KeyUnavailable",
    "ModelNotLoadable",
    "ModelNotSavable",
    "ModelTooLarge",
    "SavedModel",
    "UntrustedModel",
    "load_pickle",
    "save_pickle",
]
