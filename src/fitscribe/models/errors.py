"""What keeps a model from being saved or loaded. Each is also the builtin that a caller would catch."""

from __future__ import annotations


class ModelNotSavable(TypeError):
    """The object does not pickle; the message says which part and what helps."""


class ModelTooLarge(ValueError):
    """The model is larger than its budget; nothing of it was kept.

    Attributes:
        limit_bytes: the budget.
    """

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the model is larger than the {limit_bytes / 1e6:,.1f} MB that a model may take")
        self.limit_bytes = limit_bytes


class UntrustedModel(PermissionError):
    """The model was not written with this user's key, or was changed since; loading it would run its code."""


class ModelNotLoadable(RuntimeError):
    """The model's bytes are as they should be, but cannot be turned back into an object here."""


class SignatureMismatch(ValueError):
    """A loaded model was asked about data unlike what it was trained on; the message names the column."""


class UnseenMissingValues(UserWarning):
    """A loaded model is asked about missing values where it has seen none; the message names the column."""


class KeyUnavailable(OSError):
    """The key that models are signed with can be neither read nor created."""
