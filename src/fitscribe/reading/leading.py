"""Which metrics and parameters say most about runs that stand beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Protocol

from fitscribe.reading.directions import is_time
from fitscribe.reading.series_names import EPOCH, SYSTEM, is_background, kind_of, means_of, split
from fitscribe.reading.text import literal

if TYPE_CHECKING:
    from fitscribe.reading.run import Run

LONGEST_NAME = 1000
"""What is longer is no column of a table, and no filter is written with it."""

_HELD_OUT = ("test", "valid", "cv")
_OVER_FOLDS = "_by_fold"
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

    A score on held-out data that half of the runs have counts as much as the same one on training data: a
    run that was not evaluated does not put training data before all else.

    What belongs to another one, as `r2_std` does to `r2`, comes after those that stand for themselves, and
    learning rates, speeds and times after all of these. The last step of a series says less than the mean of
    its epoch, which stands in its place where half of the runs have it. The last point of a series over folds
    says nothing of a run.

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
    for base, name in list(means.items()):
        order[name] = order[base]
        # The first epoch of a run may not be over yet; what few have by epochs does not stand for all.
        if 2 * counts[name] >= counts[base]:
            counts[name] = counts[base]
        else:
            del means[base]
    data = {}
    for name in counts:
        role, metric = split(name)
        data[name] = kind_of(role), metric
    # How many runs have a metric on data that is not known to be held out.
    otherwise: dict[str, int] = {}
    for name, (role, metric) in data.items():
        if role not in _HELD_OUT:
            otherwise[metric] = max(counts[name], otherwise.get(metric, 0))

    def rank(name: str) -> tuple[bool, bool, int, bool, bool, int, int, int]:
        role, metric = data[name]
        words = name.split("_") if len(name) <= LONGEST_NAME else []
        is_part = name in means or any("_".join(words[:length]) in counts for length in range(1, len(words)))
        held_out = role in _HELD_OUT
        place = _HELD_OUT.index(role) if held_out else len(_HELD_OUT)
        count = counts[name]
        rival = otherwise.get(metric, 0) if held_out else 0
        weight = max(count, rival) if 2 * count >= rival else count
        return (
            name != ranked_by,
            is_background(name) or is_time(name),
            -weight,
            is_part,
            not held_out,
            -count,
            place,
            order[name],
        )

    return sorted(counts, key=rank)


def nameable(names: Iterable[str]) -> list[str]:
    """Return the names that are short enough for the columns of a table."""
    return [name for name in names if len(name) <= LONGEST_NAME]


def differing_params(rows: Sequence[Measured]) -> list[str]:
    """The parameters in which the runs differ, those first that somebody set in most of them.

    One that only some of the runs have, with the same value in all of these, is among them where the runs
    differ in nothing else. Of a single run, those that differ from their defaults.
    """
    names = dict.fromkeys(name for row in rows for name in row.params)
    # What holds others, such as a step of a pipeline, is told by them.
    holders = {name.rpartition("__")[0] for name in names}
    weight: dict[str, int] = {}
    alike = set()
    for name in names:
        present = [row for row in rows if name in row.params]
        set_in = sum(row.changed is None or name in row.changed for row in present)
        if not set_in or name in holders or not all(isinstance(row.params[name], _PLAIN) for row in present):
            continue
        same = len({literal(row.params[name]) for row in present}) == 1
        if not same or len(present) < len(rows) or len(rows) == 1:
            weight[name] = set_in
        if same:
            alike.add(name)
    chosen = [name for name in weight if name not in alike] or list(weight)
    order = {name: position for position, name in enumerate(names)}
    return sorted(chosen, key=lambda name: (-weight[name], order[name]))
