"""One order of importing, activating and deactivating, in one process, with every training after each step.

Run as ``python -m fitscribe.testing.orders``: JSON on standard input, JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import islice
from typing import Any

from fitscribe import engine
from fitscribe.engine import PatchedFunction
from fitscribe.store import new_id
from fitscribe.testing.forks import Broken
from fitscribe.testing.lab import Lab, in_fresh_store, settle
from fitscribe.testing.snapshots import difference, instances
from fitscribe.testing.subject import Subject

STEPS = {"i": "import", "a": "activate", "d": "deactivate"}
# On, on again, off, off again, on, off: with the import in each place there is.
ORDERS = tuple(f"{'aaddad'[:place]}i{'aaddad'[place:]}" for place in range(7))


def describe(order: str, done: int) -> str:
    """Name the steps up to the one that was just done."""
    return ", ".join(STEPS[step] for step in order[: done + 1])


def follow(subject: Subject, order: str) -> dict[str, Any]:
    """Take the steps of an order.

    Returns:
        Under ``failures`` a list of messages per training, under ``modules`` the framework's modules that the
        user's own imports brought, under ``points`` the patch points that no training is of.
    """
    failures: list[list[str]] = [[] for _ in subject.trainings]
    labs: list[Lab] = []
    bare: list[Any] = []
    modules: list[str] = []
    active = False
    for done, step in enumerate(order):
        if step == "a":
            subject.activate()
            active = True
        elif step == "d":
            subject.deactivate()
            active = False
        else:
            if subject.framework in sys.modules:
                raise Broken(
                    f"{subject.framework} was imported before the user imports it ({describe(order, done)})"
                )
            labs = [Lab(subject, training) for training in subject.trainings]
            for lab in labs:
                lab.case()
            modules = sorted(
                name for name in sys.modules.copy() if name.partition(".")[0] == subject.framework
            )
            with engine.suppress():
                bare = [lab.outcome() for lab in labs]
            settle()
        if not active:
            roots = [subject.framework, *(lab.maker.__module__.partition(".")[0] for lab in labs)]
            left = [*islice(instances(roots, PatchedFunction), 5)]
            for each in failures:
                each += [f"after {describe(order, done)}: {which} is still patched" for which in left]
        for number, lab in enumerate(labs):
            folder = os.path.join(os.getcwd(), f"{number}-{done}")
            failures[number] += _train(lab, folder, bare[number], active, f"after {describe(order, done)}")
    for each in failures:
        each += [f"fitscribe reported: {report}" for report in subject.reports]
    trained = {subject.point_id(training["point"]) for training in subject.trainings}
    points = [subject.point_id(point.id) for point in subject.load().points]
    return {
        "failures": failures,
        "modules": modules,
        "points": [point for point in points if point not in trained],
    }


def _train(lab: Lab, folder: str, bare: Any, active: bool, when: str) -> list[str]:
    here = os.getcwd()
    in_fresh_store(folder)
    try:
        found = difference(bare, lab.outcome())
        lab.require_runs(1 if active else 0, when)
    except Broken as failure:
        return [str(failure)]
    except Exception as error:
        return [f"{when} the training raised {error!r}"]
    finally:
        os.chdir(here)
    return [f"{when} the result differs: {found}"] if found else []


def main() -> None:
    """Answer one request."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    os.chdir(request["folder"])
    # One launch for all, as for the checks.
    os.environ["FITSCRIBE_LAUNCH"] = f"{new_id()}.{os.getpid()}"
    try:
        reply = follow(Subject.from_request(request), request["order"])
    except Broken as failure:
        reply = {"failures": [[str(failure)] for _ in request["trainings"]], "modules": []}
    json.dump(reply, answers)
    answers.close()


if __name__ == "__main__":
    main()
