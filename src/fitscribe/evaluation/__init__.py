"""Evaluation as data: metrics, matrices and curves in NumPy; drawing them is `fitscribe.evaluation.render`.

Importing this package imports nothing heavy; NumPy is imported at the first evaluation.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fitscribe.evaluation.result import Evaluation

if TYPE_CHECKING:
    from fitscribe.evaluation.classifier import class_scores, classification
    from fitscribe.evaluation.regressor import regression
    from fitscribe.evaluation.sampling import row_step

__all__ = ["Evaluation", "class_scores", "classification", "regression", "row_step"]

# No module is called as a function is: importing it would put the module in the function's place.
_HOMES = {
    "class_scores": "classifier",
    "classification": "classifier",
    "regression": "regressor",
    "row_step": "sampling",
}


def __getattr__(name: str) -> Any:
    """Import the implementations on first use: they need NumPy, which the core does not."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"fitscribe.evaluation.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
