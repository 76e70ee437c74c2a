"""Trainings in worker processes: a script that `spawn` imports again, and loky's workers, which do not.

The pytest side runs `SCRIPT` as a file, with the request as JSON in its one argument: as ``__mp_main__`` the
script is what a user's would be.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from types import TracebackType
from typing import Any

from fitscribe import engine
from fitscribe.testing.forks import Broken, require
from fitscribe.testing.lab import Lab, in_fresh_store, settle
from fitscribe.testing.snapshots import difference, fingerprint
from fitscribe.testing.subject import Subject

SCRIPT = """\
import json, sys
from fitscribe.testing import workers

REQUEST = json.loads(sys.argv[1])
SUBJECT = workers.prepare(REQUEST)  # the one line, at the top of the script

def train(number, folder):
    return workers.train(SUBJECT, number, folder)

if __name__ == "__main__":
    workers.main(SUBJECT, REQUEST, train)
"""

# What `snapshots.seed` does, for a worker that must not import it.
_SEED = """
import random, importlib.util
random.seed(20_001)
if importlib.util.find_spec("numpy"):
    import numpy
    numpy.random.seed(20_001)
"""

_TASK = """(
    exec(seed),
    call(*args, **kwargs),
    [name for name in __import__("sys").modules if name.partition(".")[0] == "fitscribe"],
)"""


def prepare(request: dict[str, Any]) -> Subject:
    """Do what stands at the top of the script: the one line, and imports."""
    subject = Subject.from_request(request)
    subject.activate()
    for training in subject.trainings:
        Lab(subject, training).case()
    settle()
    return subject


def train(subject: Subject, number: int, folder: str) -> Any:
    """Train in the process that calls, require a complete run, and return the result."""
    lab = Lab(subject, subject.trainings[number])
    in_fresh_store(os.path.join(folder, f"{number}"))
    outcome = lab.outcome()
    lab.require_runs(1, "in this process")
    return outcome


def main(subject: Subject, request: dict[str, Any], script_train: Callable[[int, str], Any]) -> None:
    """Train here, in a spawned process and in loky's worker if there is joblib; write what went wrong."""
    folder: str = request["folder"]
    numbers = range(len(subject.trainings))
    failures: dict[str, list[list[str]]] = {"spawn": [[] for _ in numbers]}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for number in numbers:
            with _noting(failures["spawn"][number]):
                here = train(subject, number, os.path.join(folder, "here"))
                there = pool.apply(script_train, (number, os.path.join(folder, "spawned")))
                found = difference(here, there)
                require(not found, f"a spawned process trains differently: {found}")
    if find_spec("joblib") is not None:
        failures["loky"] = [[] for _ in numbers]
    for number in numbers if "loky" in failures else ():
        with _noting(failures["loky"][number]):
            _loky(Lab(subject, subject.trainings[number]), os.path.join(folder, "loky", f"{number}"))
    with open(os.path.join(folder, "answer.json"), "w") as file:
        json.dump({"failures": failures}, file)


class _noting:  # noqa: N801 - read as a statement
    def __init__(self, failures: list[str]) -> None:
        self._failures = failures

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Broken):
            self._failures.append(str(error))
        elif isinstance(error, Exception):
            self._failures.append("it raised\n" + "".join(traceback.format_exception(error)))
        return isinstance(error, Exception)


def _loky(lab: Lab, folder: str) -> None:
    """A bound method travels to a worker that has no fitscribe, trains there, and comes back."""
    import cloudpickle
    from joblib import Parallel, delayed

    # As if the training was written in __main__: what the script defines travels by value.
    cloudpickle.register_pickle_by_value(sys.modules[lab.maker.__module__])
    in_fresh_store(folder)
    with engine.suppress():
        case = lab.ready_case()
    names = {"seed": _SEED, "call": case.call, "args": case.args, "kwargs": case.kwargs}
    [(_, returned, loaded)] = Parallel(n_jobs=2, backend="loky")([delayed(eval)(_TASK, names)])
    found = difference(lab.outcome(), fingerprint(case.compare(returned)))
    require(not found, f"a worker of loky's trains differently: {found}")
    lab.require_runs(1, "of the training here; a worker records nothing unless it is asked to")
    require(not loaded, f"the worker of loky's imported {loaded}")
