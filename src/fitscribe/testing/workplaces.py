"""Where the parts of checks are made: in a fork each, or one after the other in a process that they share.

What switches, plants or replaces something, and what several checks look at, has a fork of its own. The
others only call: in a store of its own each, with the environment as it was. As a fork copies each page that
it touches, the first training in it costs several times what the next one does.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from typing import Any

from fitscribe.testing.checks import CHECKS
from fitscribe.testing.forks import Answer, apart
from fitscribe.testing.lab import Lab, in_fresh_store
from fitscribe.testing.parts import PATIENCE_S, Request, Wanted, wanted
from fitscribe.testing.snapshots import process_state
from fitscribe.testing.templates import Template


class Workplace:
    """Makes parts in forks of this process, which stays as it is.

    Arguments:
        enter: called in a fork, with the number of a training; returns its lab.
    """

    def __init__(self, enter: Callable[[int], Lab]) -> None:
        self._enter = enter
        self._shared: tuple[int, Template] | None = None

    def make(self, request: Request) -> Answer:
        """Make the part that is wanted."""
        if not request.shared:
            return Answer.of(lambda: apart(lambda: self._make(request), patience_s=PATIENCE_S))
        if self._shared is None or self._shared[0] != request.training:
            self.close()
            there = Template(lambda: self._share(request), patience_s=PATIENCE_S)
            self._shared = request.training, there
        answer = self._shared[1].ask(request)
        if answer.kind == "returned":
            value, is_as_before = answer.value
            answer = Answer("returned", value)
        else:
            is_as_before = False
        if not is_as_before:
            # What the part has left must not be there for the next one.
            self.close()
        return answer

    def _make(self, request: Request) -> Any:
        _begin(request.folder)
        return _part(self._enter(request.training), request)

    def _share(self, first: Request) -> Callable[[Request], Answer]:
        _begin(f"{first.folder}-first")
        lab = self._enter(first.training)
        # What a training leaves by itself is no part's doing, nor is what joblib's threads settle.
        lab.outcome()
        multiprocessing.get_start_method()
        environment = dict(os.environ)

        def begin(request: Request) -> None:
            os.environ.clear()
            os.environ.update(environment)
            _begin(request.folder)
            lab.forget()

        def one(request: Request) -> tuple[Any, bool]:
            begin(request)
            before = process_state()
            value = _part(lab, request)
            begin(request)
            return value, process_state() == before

        return lambda request: Answer.of(lambda: one(request))

    def close(self) -> None:
        """End the process that parts share."""
        if self._shared is not None:
            self._shared[1].close()
            self._shared = None


def _begin(folder: str) -> None:
    in_fresh_store(folder)
    with open(os.path.join(folder, "stderr"), "a") as errors:
        os.dup2(errors.fileno(), 2)


def _part(lab: Lab, request: Request) -> Any:
    lab.parts = Wanted(request.answers)
    return wanted(lambda: CHECKS[request.check].function(lab))()
