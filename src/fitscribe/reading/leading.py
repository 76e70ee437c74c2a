"""Which metrics and parameters say most about runs that stand beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Protocol

from fitscribe.reading.series_names import EPOCH, SYSTEM, is_background, means_of, split
from fitscribe.reading.text import literal

if TYPE_CHECKING:
    from fitscribe.reading.run import Run

_ROLES = ("test", "valid", "cv", "train")
_OVER_FOLDS = "_by_fold"
_NOTHING = object()
_PLAIN = (str, int, float, type(None))


class Measured(Protocol):
    """A run, as far as it matters here."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters by name."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """Last values by name."""

    @property
    def changed(self) -> AbstractSet[str] | None:
        """Parameters that differ from their defaults; None where these are unknown."""


class ReadRun:
    """A run, read once, however many things of it are looked at.

    Args:
        run: the run.

    Attributes:
        run: the run.
        seen: what it showed.
        params: parameters by name.
        metrics: last values by name.
        changed: parameters that differ from their defaults; None where these are unknown.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.seen = run.snapshot()
        self.params = self.seen.params
        self.metrics = {name: each.last for name, each in self.seen.summaries.items()}
        self.changed = None if self.seen.changed is None else frozenset(self.seen.changed)


def leading_metrics(rows: Sequence[Measured], ranked_by: str | None = None) -> list[str]:
    """The metrics that most of the runs have; of those, measured on held-out data first.

    What belongs to another one, as `r2_std` does to `r2`, comes after those that stand for themselves, and
    learning rates and speeds after all of these. The last step of a series says less than the mean of its
    epoch, which stands in its place. The last point of a series over folds says nothing of a run.

    Args:
        rows: the runs.
        ranked_by: a metric that goes before all of these.
    """
    counts: dict[str, int] = {}
    for row in rows:
        for name in row.metrics:
            if not name.startswith(SYSTEM) and not name.endswith(_OVER_FOLDS) and name != EPOCH:
                counts[name] = counts.get(name, 0) + 1
    order = {name: position for position, name in enumerate(counts)}
    means = {base: name for name in counts if (base := means_of(name, counts)) is not None}
    for base, name in means.items():
        # The first epoch of a run may not be over yet.
        counts[name], order[name] = counts[base], order[base]

    def rank(name: str) -> tuple[bool, bool, int, bool, int, int]:
        role, _ = split(name)
        words = name.split("_")
        is_part = name in means or any("_".join(words[:length]) in counts for length in range(1, len(words)))
        place = _ROLES.index(role) if role in _ROLES else len(_ROLES) - 1
        return name != ranked_by, is_background(name), -counts[name], is_part, place, order[name]

    return sorted(counts, key=rank)


def differing_params(rows: Sequence[Measured]) -> list[str]:
    """The parameters in which the runs differ, those first that somebody set in most of them.

    Of a single run, those that differ from their defaults.
    """
    names = dict.fromkeys(name for row in rows for name in row.params)
    # What holds others, such as a step of a pipeline, is told by them.
    holders = {name.rpartition("__")[0] for name in names}
    weight: dict[str, int] = {}
    for name in names:
        set_in = sum(name in row.params and (row.changed is None or name in row.changed) for row in rows)
        plain = all(isinstance(row.params.get(name), _PLAIN) for row in rows)
        texts = {literal(row.params.get(name, _NOTHING)) for row in rows}
        if set_in and plain and name not in holders and (len(texts) > 1 or len(rows) == 1):
            weight[name] = set_in
    order = {name: position for position, name in enumerate(names)}
    return sorted(weight, key=lambda name: (-weight[name], order[name]))
