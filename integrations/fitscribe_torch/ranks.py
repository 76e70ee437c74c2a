"""Trainings in several processes (``torchrun``): rank 0 opens the run, others have their own files in it.

Rank 0 leaves the id of its run in the key-value store that the ranks have met by; that is a message to a
process, no collective operation that all would have to take part in. The other ranks look for it when they
step, and record how fast they are, what they take of the machine, and how they end.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitscribe.store import Store
from fitscribe.tracking.opening import options_in_force
from fitscribe.tracking.outcome import status_of
from fitscribe.tracking.run import ActiveRun
from fitscribe.tracking.sampler import watch
from fitscribe_torch.losses import release
from fitscribe_torch.members import Made, Member
from fitscribe_torch.training import Training

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fitscribe_torch.evaluation import PassEvaluation
    from fitscribe_torch.passes import Pass

_KEY = "fitscribe/run/"
_opened = 0
_looked = 0


def rank() -> int:
    """Which of the processes of a distributed training this is; 0 where it is the only one."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return 0
    return int(distributed.get_rank())


def announce(run: ActiveRun) -> None:
    """Tell the other ranks which run this one has opened, and say on it how many they are."""
    global _opened
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return
    size = distributed.get_world_size()
    if size > 1:
        with run.section("ranks"):
            known = {
                "store": str(run.store.root),
                "id": run.id,
                "name": run.name,
                "experiment": run.experiment,
            }
            _meeting_point().set(f"{_KEY}{_opened}", json.dumps(known))
            _opened += 1
            values = {"world_size": size, "backend": distributed.get_backend()}
            run.log_params(values, changed=set(values))


def _meeting_point() -> Any:
    return sys.modules["torch.distributed.distributed_c10d"]._get_default_store()


def attached() -> RankTraining | None:
    """Join the run that rank 0 has opened; None where it has not done so yet."""
    global _opened, _looked
    _looked += 1
    if _looked & (_looked - 1):
        return None  # to ask is a message to another process: at the steps 1, 2, 4, 8 ...
    store, key = _meeting_point(), f"{_KEY}{_opened}"
    if not store.check([key]):
        return None
    missed, _looked = _looked - 1, 0
    _opened += 1
    return RankTraining(RankRun(json.loads(store.get(key)), rank()), missed)


class RankRun(ActiveRun):
    """The run of rank 0, as another rank writes to it.

    Args:
        known: what rank 0 said of it.
        rank: which one this is.
    """

    def __init__(self, known: Mapping[str, str], rank: int) -> None:
        super().__init__(
            Store(Path(known["store"])),
            name=known["name"],
            experiment=known["experiment"],
            role="training",
            options=options_in_force("torch"),
            opened_as=known["id"],
        )
        self.rank = f"rank_{rank}"
        self.log_facts({self.rank: f"on {socket.gethostname()}, process {os.getpid()}: has not ended"})
        watch(self)

    def log_system(self, readings: Mapping[str, float], cpu_s: float) -> None:
        """Record a reading of the system's series; see :meth:`ActiveRun.log_system`."""
        super().log_system({f"{self.rank}/{name}": value for name, value in readings.items()}, cpu_s)


class RankTraining(Training):
    """What a rank that has not opened the run records of it.

    Args:
        run: the run of rank 0.
        missed: how many steps this rank had made before there was one.
    """

    def __init__(self, run: RankRun, missed: int) -> None:
        super().__init__(run, began=0)
        self._rank = run.rank
        self._missed = missed

    def member(self) -> Member:
        """An optimizer of this rank's."""
        found = Member(self, "")
        found.count.made = found.count.recorded = self._missed
        return found

    def _record(self, noted: list[tuple[Member, Made]]) -> None:
        for member, made in noted:
            member.count.recorded += 1
            self.calls = max(self.calls, member.count.recorded)
            self.epochs.last_step = made.time
            release(made.values)
            if made.during is not None and made.during is not self.epochs.innermost:
                self.epochs.enters(made.during)

    def log_points(self, points: dict[str, float], step: int) -> None:
        """Record how fast this rank is, and how long it waits for data."""
        self.run.log_points({f"{self._rank}/{name}": value for name, value in points.items()}, step)

    def log_loader(self, each: Pass, *, beside: bool = False) -> None:
        """Rank 0 does."""

    def note_unseen_pass(self, role: str) -> None:
        """Rank 0 does."""

    def evaluated(self, evaluation: PassEvaluation, role: str, step: int | None = None) -> None:
        """Rank 0 does."""

    def _log_evaluation(self, evaluation: PassEvaluation, role: str, step: int) -> None:
        """Rank 0 does."""

    def keep_if_affordable(self, part: float = 1.0) -> None:
        """Rank 0 does."""

    def end(self, status: str = "finished", error: BaseException | None = None) -> None:
        """Say how this rank has ended; the run ends with rank 0."""
        if not self.run.ended and self.process == os.getpid():
            with self.run.section("end of a rank"):
                self.catch_up()
                self.epochs.end_here()
                told = status_of(error) if error is not None else status
                why = "" if error is None else f": {type(error).__name__}: {error}"
                self.run.log_facts({self._rank: f"{told}{why}"})
            self.run.end(status)
