"""What an evaluation returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Evaluation:
    """The numbers of one evaluation, and the data its plots are drawn from.

    Attributes:
        metrics: metric name, without a role, to its value. Every value is finite.
        records: record name (`confusion_matrix`, `roc`, `pr`, `residuals`) to plain, JSON-ready data.
        omitted: what could not be computed, to the reason in words for people.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    omitted: dict[str, str] = field(default_factory=dict)
