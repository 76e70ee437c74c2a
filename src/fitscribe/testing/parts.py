"""The parts of a check: each is made in a process of its own, which is in the state that the part needs.

The function of a check says what is compared with what, and does nothing else by itself: what trains, or
looks at the framework, is a part. A bare part is made in a fork of the server, where nothing is patched. An
active one is made in a fork of a process in which fitscribe was activated once. Functions do not travel
there: the check is begun anew in that fork, and the parts before the one that is wanted answer as they did.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from fitscribe.testing.forks import Answer, apart
from fitscribe.testing.templates import Template

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
    """What the process in which fitscribe is active is asked for.

    Attributes:
        check: name of the check.
        training: its number.
        folder: where the part is made.
        answers: of the parts before the one that is wanted.
    """

    check: str
    training: int
    folder: str
    answers: list[Answer]


class Made:
    """Has each part made, one after the other.

    Arguments:
        request: of the check; the answers are added to it.
        begin: what a fork of this process does before a bare part, with a folder for it.
        template: the process in which fitscribe is active.
        shared: where the parts are made that are made once.
        known: their answers.
    """

    def __init__(
        self,
        request: Request,
        begin: Callable[[str], None],
        template: Callable[[], Template],
        shared: str,
        known: dict[tuple[str, str], Answer],
    ) -> None:
        self._request = request
        self._begin = begin
        self._template = template
        self._shared = shared
        self._known = known

    def bare(self, part: Callable[[], Any], once: str = "") -> Any:
        """Make the part in a fork of this process."""

        def there() -> Any:
            self._begin(self._folder(once))
            return part()

        return self._take(("bare", once), lambda: Answer.of(lambda: apart(there, patience_s=PATIENCE_S)))

    def active(self, part: Callable[[], Any], once: str = "") -> Any:
        """Have the part made by the template, which finds it by itself."""
        request = self._request._replace(folder=self._folder(once))
        return self._take(("active", once), lambda: self._template().ask(request))

    def _folder(self, once: str) -> str:
        return os.path.join(self._shared, once) if once else self._request.folder

    def _take(self, name: tuple[str, str], make: Callable[[], Answer]) -> Any:
        answer = self._known.get(name) or make()
        if name[1]:
            self._known[name] = answer
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
        """Give the answer that there is; active is what is asked for."""
        return next(self._answers).take()

    def active(self, part: Callable[[], Any], once: str = "") -> Any:
        """Give the answer that there is, or stop here."""
        for answer in self._answers:
            return answer.take()
        raise _Reached(part)


def wanted(check: Callable[[], None]) -> Callable[[], Any]:
    """Follow a check whose parts are of `Wanted` to the part that is wanted, and return that."""
    try:
        check()
    except _Reached as reached:
        return reached.part
    raise LookupError("the check took another course than before")
