"""The words of the benchmarks: a workload gives rows, a row compares one figure between tools."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Sample = dict[str, float]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `figure` is a key of the samples: `cpu_s`, `wall_s`, `peak_mib` or one that the workload reports itself.
    `compare` says what the limit is held against: the ratio to bare, the difference from it, the value alone.
    """

    title: str
    figure: str
    unit: str
    compare: Literal["ratio", "difference", "value"]
    limit: float | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Workload:
    """One piece of code, run as is and under each tool."""

    title: str
    rows: Sequence[Row]
    tools: tuple[str, ...] = ("bare", "fitscribe", "mlflow")
    repeats: int = 5
    warmups: int = 1
    notes: Mapping[str, str] = field(default_factory=dict)
    """By tool: what was written by hand for it, and what of fitscribe's record it lacks."""


@dataclass
class Measured:
    """The samples of one workload, by tool; the n-th ones of all tools ran one after the other."""

    name: str
    workload: Workload
    load: float = 0.0
    """What else the machine was doing as the measurement began: processes that were running, on average."""
    rounds: int = 0
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def values(self, row: Row, tool: str) -> list[float]:
        """Every sample of this row's figure under `tool`, in the row's unit (empty where there is none)."""
        return [
            sample[row.figure] * row.scale for sample in self.samples.get(tool, []) if row.figure in sample
        ]

    def compared(self, row: Row, tool: str) -> list[float]:
        """What the limit is held against, once per round: paired with the bare run of the same round."""
        values = self.values(row, tool)
        if row.compare == "value":
            return values
        pairs = list(zip(values, self.values(row, "bare"), strict=False))
        if row.compare == "ratio":
            return [value / bare for value, bare in pairs if bare]
        return [value - bare for value, bare in pairs]


def median(values: Sequence[float]) -> float | None:
    """The median, or None of nothing."""
    return statistics.median(values) if values else None
