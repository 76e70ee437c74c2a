"""What goes on inside of a ``score``: the predictions that it is made of."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any


class Scoring:
    """One call of ``score``.

    Args:
        predictors: the estimator whose ``score`` was called, and those in it that may predict for it.

    Attributes:
        taken: what was predicted first, by method.
    """

    def __init__(self, predictors: list[Any]) -> None:
        self.taken: dict[str, Any] = {}
        self._predictors = predictors

    def expects(self, estimator: Any) -> bool:
        """Whether what this predicts may be what is scored."""
        return any(each is estimator for each in self._predictors)


scoring: ContextVar[Scoring | None] = ContextVar("fitscribe_sklearn_scoring", default=None)
"""The call of ``score`` that is going on in this context."""
