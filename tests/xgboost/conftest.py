"""XGBoost, recorded in this process, and the runs that a test has made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("xgboost")
pytest.importorskip("sklearn")

import numpy as np
import xgboost as xgb

import fitscribe
from fitscribe.tracking import options

Runs = Callable[[], list[Any]]


class Sets(NamedTuple):
    """Small data for a classification: rows to train on, and rows held out."""

    X_train: Any
    y_train: Any
    X_valid: Any
    y_valid: Any

    def matrices(self) -> tuple[Any, Any]:
        """Fresh matrices of XGBoost's: one to train on, one to evaluate on."""
        return xgb.DMatrix(self.X_train, label=self.y_train), xgb.DMatrix(self.X_valid, label=self.y_valid)


@pytest.fixture(scope="session")
def sets() -> Sets:
    """The same for every test; none of them changes it."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 4))
    y = (X[:, 0] + X[:, 1] ** 2 + generator.normal(size=300) > 1).astype(int)
    return Sets(X[:200], y[:200], X[200:], y[200:])


@pytest.fixture(autouse=True)
def own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test asks `autolog` for holds in that test alone."""
    monkeypatch.setattr(options, "_given", {})


@pytest.fixture
def runs(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record XGBoost and scikit-learn during the test; calling it gives the runs so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("xgboost", "sklearn")
    yield lambda: sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    fitscribe.disable()
