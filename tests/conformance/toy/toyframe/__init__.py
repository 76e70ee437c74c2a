"""A tiny framework with all that makes patching hard: aliases, callbacks, inherited methods."""

from toyframe.engine import Booster, train
from toyframe.models import Chain, Mean, Model

__version__ = "1.0"
__all__ = ["Booster", "Chain", "Mean", "Model", "train"]
