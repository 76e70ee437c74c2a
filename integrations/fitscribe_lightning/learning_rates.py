"""The learning rates of a training, as series: a point where one changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any


def names_of(optimizers: Sequence[Any]) -> list[list[str]]:
    """Return the name of the series of each parameter group of each optimizer.

    Args:
        optimizers: PyTorch's; for a single one the name is ``lr``, else as `LearningRateMonitor` has it:
            ``lr-Adam``, ``lr-Adam-1`` for a second one. Of several groups it is ``lr/pg1``.
    """
    seen: Counter[str] = Counter()
    found = []
    for optimizer in optimizers:
        kind = type(optimizer).__name__
        name = "lr" if len(optimizers) == 1 else f"lr-{kind}" + (f"-{seen[kind]}" if seen[kind] else "")
        seen[kind] += 1
        groups = len(optimizer.param_groups)
        found.append([name if groups == 1 else f"{name}/pg{index + 1}" for index in range(groups)])
    return found


class LearningRates:
    """What the learning rates were when they were last looked at."""

    def __init__(self) -> None:
        self._groups: list[tuple[str, Any, int]] = []
        self._last: dict[str, Any] = {}

    def begin_epoch(self, found: dict[str, Any], optimizers: Sequence[Any]) -> None:
        """Look at all of them, those on a device included, and add those that are not what they were.

        Args:
            found: what they are added to, by the names of their series.
            optimizers: of the trainer; held until :meth:`end`.
        """
        names = names_of(optimizers)
        self._groups = [
            (name, optimizer, index)
            for optimizer, its_names in zip(optimizers, names, strict=True)
            for index, name in enumerate(its_names)
        ]
        for name, optimizer, index in self._groups:
            rate = optimizer.param_groups[index].get("lr")
            if rate is not None and self._last.get(name) != float(rate):
                self._last[name] = found[name] = float(rate)

    def add_changed(self, found: dict[str, Any]) -> None:
        """Add those that are not what they were; one that is on a device is not waited for.

        Args:
            found: as for :meth:`begin_epoch`.
        """
        last = self._last
        for name, optimizer, index in self._groups:
            rate = optimizer.param_groups[index].get("lr")
            if type(rate) is not float:
                if rate is None or not getattr(rate, "is_cpu", True):
                    continue
                rate = float(rate)
            if last.get(name) != rate:
                last[name] = found[name] = rate

    def end(self) -> None:
        """Let the optimizers go."""
        self._groups = []
