"""Running a function in a forked process and getting back what it returned."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeVar

T = TypeVar("T")


class Broken(AssertionError):
    """What the check proves does not hold; the message says what was found instead."""


class Unfit(Exception):
    """The check has nothing to look at in this training."""


def require(holds: object, message: str) -> None:
    """Raise `Broken` with the message unless the condition holds."""
    if not holds:
        raise Broken(message)


class Answer(NamedTuple):
    """How a function ended, in a form that travels from one process to another.

    Attributes:
        kind: ``"returned"``, ``"unfit"`` or ``"broken"``.
        value: what it returned, or the message.
    """

    kind: str
    value: Any

    @classmethod
    def of(cls, function: Callable[[], Any]) -> Answer:
        """Call a function; whatever it raises besides `Unfit` and `Broken` breaks it as well."""
        try:
            return cls("returned", function())
        except Unfit as reason:
            return cls("unfit", str(reason))
        except Broken as failure:
            return cls("broken", str(failure))
        except BaseException:
            return cls("broken", f"it raised\n{traceback.format_exc()}")

    def take(self) -> Any:
        """Return what the function returned, or raise the `Unfit` or `Broken` that it raised."""
        if self.kind == "unfit":
            raise Unfit(self.value)
        if self.kind == "broken":
            raise Broken(self.value)
        return self.value


def apart(function: Callable[[], T], *, patience_s: float = 45.0) -> T:
    """Call a function in a fork of this process.

    Arguments:
        function: what it returns must pickle.
        patience_s: seconds after which the fork is killed.

    Returns:
        What the function returned there.

    Raises:
        Broken: so did the function, or it raised anything else, died, or took too long.
        Unfit: so did the function.
    """
    receiver, sender = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(receiver)
        _answer(function, sender)
    os.close(sender)
    try:
        answer = _read(receiver, patience_s)
    finally:
        os.close(receiver)
        if os.waitpid(child, os.WNOHANG) == (0, 0):
            # It has answered, or was too slow: either way nothing more is wanted of it.
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if not answer:
        raise Broken(f"the process died, or was not done after {patience_s:.0f} seconds")
    told: Answer = pickle.loads(answer)
    result: T = told.take()
    return result


def _answer(function: Callable[[], Any], sender: int) -> NoReturn:
    try:
        data = pickle.dumps(Answer.of(function))
        while data:
            data = data[os.write(sender, data) :]
    finally:
        # Past atexit and the rest of the parent's clean-up, which is the parent's to do; and never back to
        # where it was forked, not even if there is nobody to answer.
        os._exit(0)


def _read(receiver: int, patience_s: float) -> bytes:
    deadline = time.monotonic() + patience_s
    data = b""
    while True:
        ready, _, _ = select.select([receiver], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b""
        chunk = os.read(receiver, 1 << 16)
        if not chunk:
            return data
        data += chunk
