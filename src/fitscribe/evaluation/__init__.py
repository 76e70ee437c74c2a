"""Evaluation as data: metrics, matrices and curves in NumPy; drawing them is `fitscribe.evaluation.render`.

Importing this package imports nothing heavy; NumPy is imported at the first evaluation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.evaluation.result import Evaluation

if TYPE_CHECKING:
    from fitscribe.evaluation.classifier import classification
    from fitscribe.evaluation.regressor import regression

__all__ = ["Evaluation", "classification", "regression"]


def __getattr__(name: str) -> Any:
    """Import the implementations on first use: they need NumPy, which the core does not."""
    found: Any
    if name == "classification":
        from fitscribe.evaluation import classifier

        found = classifier.classification
    elif name == "regression":
        from fitscribe.evaluation import regressor

        found = regressor.regression
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found
