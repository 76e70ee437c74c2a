"""Trainings within the training of another framework: a booster that an estimator trains.

The outermost call owns the run. A framework that trains within it is a guest: it adds what only it can see,
its curves and why they ended, to the run of its host, and opens none of its own.
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
    """

    run: ActiveRun
    number: int

    @property
    def prefix(self) -> str:
        """What the names of its series begin with: nothing for the first, ``booster_2/`` for the second."""
        return "" if self.number == 1 else f"booster_{self.number}/"

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
    numbers: Iterator[int]


# By the id of the outermost call, while it goes on.
_hosts: dict[int, _Host] = {}


@contextmanager
def host(call: Call, run: ActiveRun, takes: Callable[[], bool]) -> Iterator[None]:
    """Let the trainings of other frameworks within a call add to its run.

    Args:
        call: an outermost call.
        run: its run.
        takes: whether what is trained now belongs to the run; the candidates of a search do not.
    """
    _hosts[id(call)] = _Host(run, takes, itertools.count(1))
    try:
        yield
    finally:
        del _hosts[id(call)]


def guest_of(call: Call) -> Guest | None:
    """Return the place of a nested call in the run around it; None where it adds nothing to that.

    Args:
        call: of a point that is declared with ``nested=True``. One that is nested in nothing is no guest.
    """
    found = _hosts.get(id(call.owner)) if call.owner is not None else None
    if found is None or not found.takes():
        return None
    return Guest(found.run, next(found.numbers))
