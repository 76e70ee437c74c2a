"""All that stands between a script and its training fails, one function after the other, also as it ends.

The conformance suite tries a few of all functions that a training enters, for each training. These are all of
those whose failure nobody else would catch: of the engine, and of what opens and ends a run.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

import fitscribe
from fitscribe import engine
from fitscribe.store import Store
from fitscribe.testing.entries import PACKAGE, Counted, Entries, Failing, Place

np: Any = pytest.importorskip("numpy")
linear_model: Any = pytest.importorskip("sklearn.linear_model")

FOLDERS = (os.path.join(PACKAGE, ""),)
ENDS = ("training.py", "outcome.py", "context.py", "opening.py", "run.py", "continued.py")
WANTED = (os.path.join(PACKAGE, "engine", ""), *(os.path.join(PACKAGE, "tracking", name) for name in ENDS))

X = np.linspace(-1.0, 1.0, 60).reshape(20, 3)
Y = np.arange(20) % 2


def trained(entries: Entries) -> bytes:
    model = linear_model.LogisticRegression(C=0.5)
    # Code of its own each time: it is no loop over trainings.
    fit = compile("model.fit(X, Y)", "<a script>", "exec")
    with entries:
        exec(fit, {"model": model, "X": X, "Y": Y})
    coefficients: bytes = model.coef_.tobytes()
    return coefficients


def bare() -> bytes:
    with fitscribe.suppress():
        return trained(Entries(()))


def places() -> list[Place]:
    trained(Counted(FOLDERS))  # what only the first training does has been done
    counted = Counted(FOLDERS)
    trained(counted)
    return [place for place in counted.places() if place.file.startswith(WANTED)]


def ids() -> set[str]:
    return set(Store.locate().run_ids())


@pytest.fixture(autouse=True)
def swallowing(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("FITSCRIBE_RERAISE")
    fitscribe.autolog("sklearn", quiet=True)
    yield
    fitscribe.disable()


@pytest.mark.parametrize("kind", [MemoryError, KeyboardInterrupt])
def test_each_function_fails(kind: type[BaseException]) -> None:
    expected = bare()
    found = places()
    assert len(found) > 40
    wrong = []
    for place in found:
        for at in sorted({1, place.entered}):
            wrong += [f"{place}, entry {at}: {each}" for each in defects(place, at, kind, expected)]
    assert wrong == []


def defects(place: Place, at: int, kind: type[BaseException], expected: bytes) -> list[str]:
    """What is wrong where one function fails."""
    found = []
    failing = Failing(FOLDERS, place, at, kind)
    try:
        outcome = trained(failing)
    except kind as error:
        if kind is not KeyboardInterrupt:
            found.append(f"it reached the script: {error!r}")
    else:
        if outcome != expected:
            found.append("the training comes out differently")
        if kind is KeyboardInterrupt and failing.has_failed:
            found.append("Ctrl-C was swallowed")
    if engine.current_owner() is not None:
        found.append("the call that is over still owns what comes after")
    known = ids()
    if trained(Entries(())) != expected:
        found.append("the next training comes out differently")
    new = [fitscribe.get_run(run) for run in ids() - known]
    if [(run.status, run.params.get("C"), run.parent) for run in new] != [("finished", 0.5, None)]:
        found.append(f"the next training has {new}")
    return found
