"""Every test has a store, a cache and a key of its own, and no defect of fitscribe hides behind its guard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from fitscribe import engine
from fitscribe.engine import guard

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

# How long an example takes on a busy machine says nothing of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point fitscribe at folders of this test alone; child processes inherit them."""
    store = tmp_path / "store"
    monkeypatch.setenv("FITSCRIBE_STORE", str(store))
    monkeypatch.setenv("FITSCRIBE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FITSCRIBE_KEY", "0" * 64)
    monkeypatch.setenv("FITSCRIBE_RERAISE", "1")
    for name in ("FITSCRIBE_ACTIVE", "FITSCRIBE_LAUNCH", "FITSCRIBE_QUIET"):
        monkeypatch.delenv(name, raising=False)
    yield store


@pytest.fixture
def only_run(runs: Callable[[], list[Any]]) -> Callable[[], Any]:
    """The one run that the test has made, its children left out; each folder has `runs` of its own."""

    def find() -> Any:
        (run,) = [run for run in runs() if run.parent is None]
        return run

    return find


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The lines that fitscribe says, with its guard as users have it: swallowing."""
    monkeypatch.delenv("FITSCRIBE_RERAISE")
    monkeypatch.setattr(guard, "_reported", set())
    lines: list[str] = []
    engine.set_output(lines.append)
    yield lines
    engine.set_output(None)
