"""What the files of one run say, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fitscribe.store.identity import Identity
from fitscribe.store.liveness import is_alive
from fitscribe.store.values import Json

ENDS = ("finished", "failed", "interrupted", "unobserved")


@dataclass(slots=True)
class MetricSummary:
    """What listing and filtering need of a series.

    Attributes:
        last: value of the point that was logged last.
        min: smallest value; NaN only if all values are.
        max: largest value; NaN only if all values are.
        count: number of points.
        last_step: step of the point that was logged last.
    """

    last: float
    min: float
    max: float
    count: int
    last_step: int


class WriterInfo(NamedTuple):
    """One process that wrote to the run.

    Attributes:
        identity: who it is; None where that line is damaged.
        sealed: it said that it will write no more.
        last_write: when it wrote last, in seconds since 1970.
    """

    identity: Identity | None
    sealed: bool
    last_write: float


@dataclass
class RunRecord:
    """A run as its files have it. Values of users are still encoded: see `fitscribe.store.values.decode`.

    Attributes:
        id: the run's id, and the name of its folder if it has one of its own.
        header: what the run is: id, name, experiment, parent, role, launch, site, framework and the like.
        params: parameters by name.
        changed: names of those that differ from their defaults; None where defaults are unknown.
        given: names of those that have no default that is known: somebody has passed or logged them.
        last: summaries of the metrics by name.
        tags: tags by name.
        notes: free text.
        facts: what the fitted object says of itself.
        signature: columns and types that the model takes and gives.
        datasets: role and description of each dataset, in the order of logging.
        models: the models by name.
        artifacts: the artifacts by name.
        unseen: what was not recorded, and why.
        problems: where fitscribe itself failed.
        coverage: the patch points and their state.
        cost: what fitscribe cost the run.
        end: status and error of the end; None while there is none.
        lost: points that the store could not take, and why; one for each reason, with the times at which it
            was told of the first and of the last ones.
        started: when the run began, in seconds since 1970.
        ended: when it ended.
        last_write: when anything was written last; 0 where nothing was.
        writers: the processes that wrote.
        damage: what could not be read, one sentence each.
        holder: the run in whose files it is kept; None for one with a folder of its own.
        children: by id, the runs that are kept within this one's files.
    """

    id: str
    header: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Json] = field(default_factory=dict)
    changed: list[str] | None = None
    given: list[str] = field(default_factory=list)
    last: dict[str, MetricSummary] = field(default_factory=dict)
    tags: dict[str, Json] = field(default_factory=dict)
    notes: str = ""
    facts: dict[str, Json] = field(default_factory=dict)
    signature: dict[str, Any] | None = None
    datasets: list[dict[str, Any]] = field(default_factory=list)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    artifacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    unseen: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    coverage: list[dict[str, Any]] = field(default_factory=list)
    cost: dict[str, Any] | None = None
    end: dict[str, Any] | None = None
    lost: list[dict[str, Any]] = field(default_factory=list)
    started: float | None = None
    ended: float | None = None
    last_write: float = 0.0
    writers: list[WriterInfo] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    holder: str | None = None
    children: Mapping[str, RunRecord] = field(default_factory=dict)

    @property
    def folder_id(self) -> str:
        """The name of the folder in which its files lie."""
        return self.holder or self.id

    @property
    def child_id(self) -> str | None:
        """As which child it is kept in that folder; None where the folder is its own."""
        return None if self.holder is None else self.id

    @property
    def status(self) -> str:
        """What became of the run.

        "finished", "failed", "interrupted" or "unobserved" where it said so itself. Else "running" while a
        process that writes to it lives, "silent" where one cannot be looked at from here, and "crashed".
        """
        if self.end is not None:
            return str(self.end["status"])
        open_writers = [writer.identity for writer in self.writers if not writer.sealed]
        alive = [None if identity is None else is_alive(identity) for identity in open_writers]
        if True in alive:
            return "running"
        return "silent" if None in alive else "crashed"
