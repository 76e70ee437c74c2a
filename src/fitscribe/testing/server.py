"""The fork server: imports the framework once, then makes each part of a check in a fork of its own.

Run as ``python -m fitscribe.testing.server``: requests come as lines of JSON on standard input,
answers go to standard output. The first line names the integration, the trainings and a folder; each further
one names a check and a training.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from fitscribe.store import new_id
from fitscribe.testing.cases import load_maker, takes_inside
from fitscribe.testing.checks import CHECKS
from fitscribe.testing.forks import Answer, Broken
from fitscribe.testing.lab import Lab, in_fresh_store, settle
from fitscribe.testing.parts import PATIENCE_S, Made, Request, Wanted, wanted
from fitscribe.testing.subject import Subject
from fitscribe.testing.templates import Template

# What runs load; loaded once here, not in every fork. None of it imports a framework.
_CORE = ("engine", "tracking", "lineage", "reading", "capture", "models", "evaluation", "store")


def preload(subject: Subject, folder: str) -> None:
    """Import what the trainings import, by making each case once without running it.

    Args:
        subject: the integration.
        folder: where cases make the files that they need.

    Raises:
        Broken: a module of the integration imports more than the core and the standard library.
    """
    for name in _CORE:
        _import_all(f"fitscribe.{name}")
    before = set(sys.modules)
    root = subject.root()
    _import_all(root)
    brought = {name.partition(".")[0] for name in set(sys.modules) - before}
    foreign = sorted(brought - sys.stdlib_module_names - {root, "fitscribe"})
    if foreign:
        raise Broken(f"the modules of {root} bring {', '.join(foreign)} where a call should need it first")
    here = os.getcwd()
    for training in subject.trainings:
        maker = load_maker(training["make"])
        os.chdir(folder)
        maker(None) if takes_inside(maker) else maker()
        os.chdir(here)
    settle()


def _import_all(package: str) -> None:
    """Import a package with all its modules; a module that is no package by itself."""
    module = importlib.import_module(package)
    for each in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{package}."):
        importlib.import_module(each.name)


class Server:
    """Makes checks.

    Arguments:
        subject: the integration.
        folder: each check gets a folder of its own in it.
    """

    def __init__(self, subject: Subject, folder: str) -> None:
        self._subject = subject
        self._folder = folder
        self._count = 0
        self._known: dict[str, dict[tuple[str, str], Answer]] = {}
        self._active: Template | None = None
        self._layered: tuple[int, Template] | None = None

    def answer(self, name: str, training: int) -> dict[str, str]:
        """Make one check on one training, and say how it went."""
        self._count += 1
        folder = os.path.join(self._folder, str(self._count))
        check = CHECKS[name]
        lab = Lab(self._subject, self._subject.trainings[training])
        layered = check.beneath or (check.inside and not takes_inside(lab.maker))

        def begin(folder: str) -> None:
            _begin(folder)
            if layered:
                lab.put_layer()

        shared = os.path.join(self._folder, f"{'layered' if layered else 'plain'}-{training}")
        lab.parts = Made(
            Request(name, training, folder, []),
            begin,
            lambda: self._template(training, layered),
            shared,
            self._known.setdefault(shared, {}),
        )
        answer = Answer.of(lambda: check.function(lab))
        if answer.kind == "returned":
            return {"verdict": "holds", "message": ""}
        return {"verdict": answer.kind, "message": answer.value}

    def _template(self, training: int, layered: bool) -> Template:
        """The process in which fitscribe is active: with a layer beneath it, it is of one training only."""
        if not layered:
            if self._active is None:
                self._active = Template(partial(_activate, self._subject), patience_s=PATIENCE_S)
            return self._active
        if self._layered is None or self._layered[0] != training:
            if self._layered is not None:
                self._layered[1].close()
            lab = Lab(self._subject, self._subject.trainings[training])
            self._layered = training, Template(partial(_activate_above, lab), patience_s=PATIENCE_S)
        return self._layered[1]

    def close(self) -> None:
        """End the processes that are left."""
        for template in (self._active, self._layered and self._layered[1]):
            if template is not None:
                template.close()


def _begin(folder: str) -> None:
    in_fresh_store(folder)
    with open(os.path.join(folder, "stderr"), "a") as errors:
        os.dup2(errors.fileno(), 2)


def _activate(subject: Subject) -> Callable[[Request], Any]:
    subject.activate()
    settle()
    return lambda request: _make(Lab(subject, subject.trainings[request.training]), request)


def _activate_above(lab: Lab) -> Callable[[Request], Any]:
    lab.put_layer()
    lab.subject.activate()
    settle()
    return lambda request: _make(lab, request)


def _make(lab: Lab, request: Request) -> Any:
    """Make the part that is wanted, in a fork that was made for it."""
    _begin(request.folder)
    lab.parts = Wanted(request.answers)
    return wanted(lambda: CHECKS[request.check].function(lab))()


def main() -> None:
    """Serve until standard input ends."""
    # What the framework prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    # One launch for all: to describe it in every store would take longer than the trainings.
    os.environ["FITSCRIBE_LAUNCH"] = f"{new_id()}.{os.getpid()}"
    subject = Subject.from_request(first)
    preload(subject, first["folder"])
    server = Server(subject, first["folder"])
    for line in sys.stdin:
        request = json.loads(line)
        reply = server.answer(request["check"], request["training"])
        answers.write(json.dumps(reply) + "\n")
        answers.flush()
    server.close()


if __name__ == "__main__":
    main()
