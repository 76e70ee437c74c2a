"""A tiny framework with all that makes patching hard: aliases, callbacks, inherited methods."""

from toyframe.engine import Booster, train
from toyframe.metrics import bias, error
from toyframe.models import Chain, Mean, Model

__version__ = "1.0"
__all__ = ["Booster", "Chain", "Mean", "Model", "bias", "error", "train"]
