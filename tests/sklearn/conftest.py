"""scikit-learn, recorded in this process, and the runs that a test has made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")

from tests.sklearn.held_out import end_script_run

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
def no_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the script itself calls."""
    monkeypatch.setenv("FITSCRIBE_EVALUATION", "0")


@pytest.fixture
def metric_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No predictions of the tests before, and no open run for the tests after."""
    from fitscribe.tracking import predictions

    for name in ("_latest", "_marks", "_decided"):
        monkeypatch.setattr(predictions, name, type(getattr(predictions, name))())
    yield
    end_script_run()


@pytest.fixture
def split(runs: Runs) -> Any:
    """Training and held-out data, split where it is recorded."""
    from sklearn.model_selection import train_test_split
    from tests.sklearn.cancer import X, y

    return train_test_split(X, y, random_state=0)
