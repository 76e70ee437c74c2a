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
from typing import Any, TypeVar

T = TypeVar("T")


class Broken(AssertionError):
    """What the check proves does not hold; the message says what was found instead."""


class Unfit(Exception):
    """The check has nothing to look at in this training."""


def require(holds: object, message: str) -> None:
    """Raise `Broken` with the message unless the condition holds."""
    if not holds:
        raise Broken(message)


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
    kind, value = pickle.loads(answer)
    if kind == "unfit":
        raise Unfit(value)
    if kind == "broken":
        raise Broken(value)
    result: T = value
    return result


def _answer(function: Callable[[], Any], sender: int) -> None:
    try:
        answer = ("returned", function())
    except Unfit as reason:
        answer = ("unfit", str(reason))
    except Broken as failure:
        answer = ("broken", str(failure))
    except BaseException:
        answer = ("broken", f"it raised\n{traceback.format_exc()}")
    data = pickle.dumps(answer)
    while data:
        data = data[os.write(sender, data) :]
    # Past atexit and the rest of the parent's clean-up, which is the parent's to do.
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
