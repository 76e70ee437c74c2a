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

from fitscribe.store import new_id
from fitscribe.testing.cases import load_maker, takes_inside
from fitscribe.testing.checks import CHECKS, Check
from fitscribe.testing.forks import Answer, Broken
from fitscribe.testing.lab import Lab, settle
from fitscribe.testing.parts import PATIENCE_S, Made, Request
from fitscribe.testing.subject import Subject
from fitscribe.testing.templates import Template
from fitscribe.testing.workplaces import Workplace

# What runs load; loaded once here, not in every fork. None of it imports a framework.
_CORE = ("engine", "tracking", "lineage", "reading", "capture", "models", "evaluation", "store")

# A part is given up sooner, where it is made; what the template does before its first one comes on top.
_TEMPLATE_PATIENCE_S = 3 * PATIENCE_S


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
        self._bare = Workplace(self._lab)
        self._bare_layered = Workplace(self._layered_lab)
        self._active: Template | None = None
        self._layered: tuple[int, Template] | None = None

    def _lab(self, training: int) -> Lab:
        return Lab(self._subject, self._subject.trainings[training])

    def _layered_lab(self, training: int) -> Lab:
        lab = self._lab(training)
        lab.put_layer()
        return lab

    def answer(self, name: str, training: int) -> dict[str, str]:
        """Make one check on one training, and say how it went."""
        check = CHECKS[name]
        answer = self._answer(check, training, check.shared)
        if check.shared and answer.kind == "broken":
            # Of what parts of other checks have left behind it may not say so.
            answer = self._answer(check, training, False)
        if answer.kind == "returned":
            return {"verdict": "holds", "message": ""}
        return {"verdict": answer.kind, "message": answer.value}

    def _answer(self, check: Check, training: int, shared: bool) -> Answer:
        self._count += 1
        folder = os.path.join(self._folder, str(self._count))
        lab = self._lab(training)
        layered = check.beneath or (check.inside and not takes_inside(lab.maker))
        common = os.path.join(self._folder, f"{'layered' if layered else 'plain'}-{training}")
        lab.parts = Made(
            Request(check.name, training, folder, shared, []),
            (self._bare_layered if layered else self._bare).make,
            lambda request: self._template(training, layered).ask(request),
            common,
            self._known.setdefault(common, {}),
        )
        return Answer.of(lambda: check.function(lab))

    def _template(self, training: int, layered: bool) -> Template:
        """The process in which fitscribe is active: with a layer beneath it, it is of one training only."""
        if not layered:
            if self._active is None:
                self._active = Template(self._activate, patience_s=_TEMPLATE_PATIENCE_S)
            return self._active
        if self._layered is None or self._layered[0] != training:
            if self._layered is not None:
                self._layered[1].close()
            self._layered = (
                training,
                Template(lambda: self._activate_above(training), patience_s=_TEMPLATE_PATIENCE_S),
            )
        return self._layered[1]

    def _activate(self) -> Callable[[Request], Answer]:
        self._subject.activate()
        settle()
        return Workplace(self._lab).make

    def _activate_above(self, training: int) -> Callable[[Request], Answer]:
        lab = self._layered_lab(training)
        self._subject.activate()
        settle()
        return Workplace(lambda _: lab).make

    def close(self) -> None:
        """End the processes that are left."""
        for template in (self._active, self._layered and self._layered[1]):
            if template is not None:
                template.close()
        for workplace in (self._bare, self._bare_layered):
            workplace.close()


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
