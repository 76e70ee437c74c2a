"""Trainings within another one: a booster that an estimator trains, a network in a trial of a search.

The innermost host around a training owns the run. A framework that trains within it is a guest: it adds what
only it can see, its curves and why they ended, to the run of its host, and opens none of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fitscribe.engine import Call
    from fitscribe.tracking.run import ActiveRun


class Guest(NamedTuple):
    """A training within another one.

    Attributes:
        run: the run of the host.
        number: 1 for the first training within it, then counting. The further ones of one host, such as
            those of a voting classifier, are told apart by it. They count as they begin: in threads that is
            in no order of the host's, which puts them in one only when all are trained.
        kind: what the host calls one training within it.
        is_all: whether nothing but this training tells what was trained, and on which data: the host has no
            model of its own that it would describe and keep.
    """

    run: ActiveRun
    number: int
    kind: str = "booster"
    is_all: bool = False

    @property
    def prefix(self) -> str:
        """What the names of its series begin with: nothing for the first, ``booster_2/`` for the second."""
        return "" if self.number == 1 else f"{self.kind}_{self.number}/"

    def log_decided(self, values: Mapping[str, Any]) -> None:
        """Record what was trained with where the parameters of the host leave that to the framework.

        A sweep has these parameters as they were set: what was decided then is no further choice.

        Args:
            values: by the host's names.
        """
        if values:
            self.run._record("params", values=dict(values), changed=[])


class _Host(NamedTuple):
    run: ActiveRun
    takes: Callable[[], bool]
    kind: str
    is_trainer: bool
    numbers: Iterator[int]


# By the id of the call, while it goes on.
_hosts: dict[int, _Host] = {}


@contextmanager
def host(
    call: Call,
    run: ActiveRun,
    takes: Callable[[], bool],
    *,
    kind: str = "booster",
    is_trainer: bool = True,
) -> Iterator[None]:
    """Let the trainings of other frameworks within a call add to its run.

    Args:
        call: an observed call, which may be within another one.
        run: its run.
        takes: whether what is trained now belongs to the run; the candidates of a search do not.
        kind: what one training within it is called.
        is_trainer: whether it trains a model of its own by them, which it records; a trial of a search does
            not.
    """
    _hosts[id(call)] = _Host(run, takes, kind, is_trainer, itertools.count(1))
    try:
        yield
    finally:
        del _hosts[id(call)]


def guest_of(call: Call) -> Guest | None:
    """Return the place of a nested call in the run around it; None where it adds nothing to that.

    Args:
        call: of a point that is declared with ``nested=True``. One that is nested in nothing is no guest.
    """
    around = call.parent
    while around is not None and id(around) not in _hosts:
        around = around.parent
    found = _hosts[id(around)] if around is not None else None
    if found is None or not found.takes():
        return None
    return Guest(found.run, next(found.numbers), found.kind, not found.is_trainer)
