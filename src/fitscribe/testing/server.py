"""The fork server: imports the framework once, then makes each check in a fork of its own.

Run as ``python -m fitscribe.testing.server``: requests come as lines of JSON on standard input,
answers go to standard output. The first line names the integration, the trainings and a folder; each further
one names a check and a training.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from fitscribe.testing.cases import load_maker, takes_inside
from fitscribe.testing.checks import CHECKS
from fitscribe.testing.forks import Broken, Unfit, apart
from fitscribe.testing.lab import Lab, in_fresh_store
from fitscribe.testing.subject import Subject

# What every run loads; loaded once here, not in every fork. None of it imports a framework.
_CORE = ("tracking.run", "tracking.training", "reading", "capture", "models", "evaluation")


def preload(subject: Subject) -> None:
    """Import what the trainings import, by making each case once without running it."""
    for name in _CORE:
        importlib.import_module(f"fitscribe.{name}")
    for training in subject.trainings:
        maker = load_maker(training["make"])
        maker(None) if takes_inside(maker) else maker()


def answer(subject: Subject, request: dict[str, Any], folder: str) -> dict[str, str]:
    """Make one check on one training, and say how it went."""
    check = CHECKS[request["check"]]

    def made() -> None:
        in_fresh_store(folder)
        with open(os.path.join(folder, "stderr"), "w") as errors:
            os.dup2(errors.fileno(), 2)
        lab = Lab(subject, subject.trainings[request["training"]])
        if check.inside:
            lab.open_inside()
        check.function(lab)

    try:
        apart(made, patience_s=120.0)
    except Unfit as reason:
        return {"verdict": "unfit", "message": str(reason)}
    except Broken as failure:
        return {"verdict": "broken", "message": str(failure)}
    return {"verdict": "holds", "message": ""}


def main() -> None:
    """Serve until standard input ends."""
    # What the framework prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    subject = Subject.from_request(first)
    preload(subject)
    for number, line in enumerate(sys.stdin):
        reply = answer(subject, json.loads(line), os.path.join(first["folder"], str(number)))
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
