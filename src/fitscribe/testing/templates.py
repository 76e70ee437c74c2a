"""Processes that were put into a state once, and answer one request after the other."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from fitscribe.testing.forks import Answer


class Template:
    """A fork of this process in which something was done that would cost too much in every fork.

    Arguments:
        prepare: called once, there; what it returns is called there with each request.
        patience_s: seconds within which a request is answered.
    """

    def __init__(self, prepare: Callable[[], Callable[[Any], Answer]], *, patience_s: float) -> None:
        there, requests = os.pipe()
        answers, back = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._process = os.fork()
        if self._process == 0:
            os.close(requests)
            os.close(answers)
            _serve(prepare, there, back)
        os.close(there)
        os.close(back)
        self._requests = os.fdopen(requests, "wb")
        self._answers = os.fdopen(answers, "rb")
        self._patience_s = patience_s
        self._alive = True

    def ask(self, request: Any) -> Answer:
        """Have a request answered.

        Arguments:
            request: pickles, as what is answered does.
        """
        if self._alive:
            try:
                pickle.dump(request, self._requests)
                self._requests.flush()
                if select.select([self._answers], [], [], self._patience_s)[0]:
                    answer: Answer = pickle.load(self._answers)
                    return answer
            except (BrokenPipeError, EOFError):
                pass
            # What it may still answer would be taken for the answer to the next request.
            self._alive = False
        return Answer("broken", "the process that makes the parts died, or does not answer")

    def close(self) -> None:
        """End the process."""
        for stream in (self._requests, self._answers):
            stream.close()
        # Another template, forked later, may hold the pipes open.
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


def _serve(prepare: Callable[[], Callable[[Any], Answer]], requests: int, answers: int) -> NoReturn:
    try:
        prepared = Answer.of(prepare)
        with os.fdopen(requests, "rb") as reader, os.fdopen(answers, "wb") as writer:
            while True:
                try:
                    request = pickle.load(reader)
                except EOFError:
                    break
                answer = prepared.value(request) if prepared.kind == "returned" else prepared
                pickle.dump(answer, writer)
                writer.flush()
    finally:
        os._exit(0)
