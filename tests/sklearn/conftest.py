"""scikit-learn, recorded in this process, and the runs that a test has made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")

import fitscribe

Runs = Callable[[], list[Any]]


@pytest.fixture
def runs(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record scikit-learn during the test; calling it gives the runs so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("sklearn")
    yield lambda: sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    fitscribe.disable("sklearn")


@pytest.fixture
def only_run(runs: Runs) -> Callable[[], Any]:
    """The one run that the test has made."""

    def find() -> Any:
        (run,) = runs()
        return run

    return find
