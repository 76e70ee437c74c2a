"""LightGBM, recorded in this process, and the runs that a test has made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("lightgbm")

import lightgbm as lgb
import numpy as np

import fitscribe
from fitscribe.tracking import continued, options

Runs = Callable[[], list[Any]]

IS_OLD = lgb.__version__.startswith("3.")
"""Whether it is a version that takes early stopping and objectives of the user's as arguments of `train`."""


class Sets(NamedTuple):
    """Small data for a classification: rows to train on, and rows held out."""

    X_train: Any
    y_train: Any
    X_valid: Any
    y_valid: Any

    def datasets(self) -> tuple[Any, Any]:
        """Fresh data sets of LightGBM's: one to train on, one to evaluate on."""
        train = lgb.Dataset(self.X_train, self.y_train)
        return train, lgb.Dataset(self.X_valid, self.y_valid, reference=train)


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
    """Record LightGBM and scikit-learn during the test; calling it gives the runs so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("lightgbm", "sklearn")
    yield lambda: sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    continued.end_those_gone()  # the boosters of the test, whose store will be gone
    fitscribe.disable("lightgbm", "sklearn")
