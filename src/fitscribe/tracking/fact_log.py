"""Logging of facts, and what a training is worth by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fitscribe.reading.directions import FACT, STOPPING, best_in, stated_in
from fitscribe.tracking.retention import Worth


class FactLog:
    """The part of an active run that keeps facts."""

    final: dict[str, float]
    _telling: dict[str, Any]
    """Facts that tell how good the training is, or would have been had it been stopped in time."""

    def _record(self, event: str, /, **fields: Any) -> None:
        raise TypeError("a FactLog is a part of a run")

    def log_facts(self, values: Mapping[str, Any]) -> None:
        """Record what the fitted object says of itself, such as ``n_iter_``."""
        if values:
            self._record("facts", values=dict(values))
            self._telling.update(
                (name, fact) for name, fact in values.items() if name == FACT or name.endswith(STOPPING)
            )

    def log_directions(self, directions: Mapping[str, str]) -> None:
        """Record which way metrics get better, where their library says so.

        Args:
            directions: ``min`` or ``max`` by the name of the series; added to what is known.
        """
        known = self._telling.get(FACT, {})
        if not directions.items() <= known.items():
            self.log_facts({FACT: {**known, **directions}})

    @property
    def worth(self) -> Worth:
        """What the training came to: of what early stopping watched the best value, of all else the last."""
        best = {name: value for name, value in best_in(self._telling).items() if name in self.final}
        return Worth({**self.final, **best}, stated_in(self._telling), frozenset(best))
