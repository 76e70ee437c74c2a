"""What keeps something from being evaluated."""

from __future__ import annotations


class NotEvaluable(ValueError):
    """The data cannot be evaluated; the message says why. It never leaves this package."""
