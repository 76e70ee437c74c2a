"""Saving, signing and loading models."""

from __future__ import annotations

from fitscribe.models.errors import (
    KeyUnavailable,
    ModelNotLoadable,
    ModelNotSavable,
    ModelTooLarge,
    SignatureMismatch,
    UnseenMissingValues,
    UntrustedModel,
)
from fitscribe.models.native import (
    Models,
    NativeFormat,
    framework_of,
    load_native,
    models_of,
    native_format,
    save_native,
)
from fitscribe.models.onnx_format import OnnxModel, describe_onnx, save_onnx
from fitscribe.models.pickled import ModelUnpickler, load_pickle, save_pickle, why_not_savable
from fitscribe.models.signing import SavedModel, binding, shown
from fitscribe.models.skops_format import load_skops, save_skops

__all__ = [
    "KeyUnavailable",
    "ModelNotLoadable",
    "ModelNotSavable",
    "ModelTooLarge",
    "ModelUnpickler",
    "Models",
    "NativeFormat",
    "OnnxModel",
    "SavedModel",
    "SignatureMismatch",
    "UnseenMissingValues",
    "UntrustedModel",
    "binding",
    "describe_onnx",
    "framework_of",
    "load_native",
    "load_pickle",
    "load_skops",
    "models_of",
    "native_format",
    "save_native",
    "save_onnx",
    "save_pickle",
    "save_skops",
    "shown",
    "why_not_savable",
]
