"""The parts of a check: each is made in another process, which is in the state that the part needs.

The function of a check says what is compared with what, and does nothing else by itself: what trains, or
looks at the framework, is a part. A bare part is made in a fork of the server, where nothing is patched. An
active one is made in a fork of a process in which fitscribe was activated once. Functions do not travel
there: the check is begun anew in that fork, and the parts before the one that is wanted answer as they did.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from fitscribe.testing.forks import Answer

# More is needed where the environment asks for more of `failures`.
PATIENCE_S = float(os.environ.get("CONFORMANCE_PATIENCE", "60"))


class Parts(Protocol):
    """Who makes the parts of one check on one training."""

    def bare(self, part: Callable[[], Any], once: str = "") -> Any:
        """Return what a part returns where nothing is patched.

        Arguments:
            part: what it returns must pickle.
            once: a name, where other checks on the training have the same part: it is made for all of them.

        Raises:
            Broken, Unfit: as the part does.
        """

    def active(self, part: Callable[[], Any], once: str = "") -> Any:
        """Return what a part returns where fitscribe is active; as `bare`."""


class Request(NamedTuple):
    """What the process that makes a part is asked for.

    Attributes:
        check: name of the check.
        training: its number.
        folder: where the part is made.
        shared: whether other parts of the training may have been made in the process before.
        answers: of the parts before the one that is wanted.
    """

    check: str
    training: int
    folder: str
    shared: bool
    answers: list[Answer]


class Made:
    """Has each part made, one after the other.

    Arguments:
        request: of the check; the answers are added to it.
        bare: makes a part where nothing is patched.
        active: makes one where fitscribe is active.
        common: where the parts are made that are made once.
        known: their answers.
    """

    def __init__(
        self,
        request: Request,
        bare: Callable[[Request], Answer],
        active: Callable[[Request], Answer],
        common: str,
        known: dict[tuple[str, str], Answer],
    ) -> None:
        self._request = request
        self._makers = {"bare": bare, "active": active}
        self._common = common
        self._known = known

    def bare(self, part: Callable[[], Any], once: str = "") -> Any:
        """Have the part made where nothing is patched, by who finds it by itself."""
        return self._take("bare", once)

    def active(self, part: Callable[[], Any], once: str = "") -> Any:
        """Have the part made where fitscribe is active; as `bare`."""
        return self._take("active", once)

    def _take(self, state: str, once: str) -> Any:
        request = self._request
        if once:
            # It is looked at by several checks: nothing may have gone before it.
            request = request._replace(folder=os.path.join(self._common, once), shared=False)
        answer = self._known.get((state, once)) or self._makers[state](request)
        if once:
            self._known[state, once] = answer
        self._request.answers.append(answer)
        return answer.take()


class _Reached(BaseException):
    """The check has come to the part that is wanted."""

    def __init__(self, part: Callable[[], Any]) -> None:
        self.part = part


class Wanted:
    """Finds the one part that is wanted.

    Arguments:
        answers: of the parts before it.
    """

    def __init__(self, answers: list[Answer]) -> None:
        self._answers = iter(answers)

    def bare(self, part: Callable[[], Any], once: str = "") -> Any:
        """Give the answer that there is, or stop here."""
        for answer in self._answers:
            return answer.take()
        raise _Reached(part)

    active = bare


def wanted(check: Callable[[], None]) -> Callable[[], Any]:
    """Follow a check whose parts are of `Wanted` to the part that is wanted, and return that."""
    try:
        check()
    except _Reached as reached:
        return reached.part
    raise LookupError("the check took another course than before")
