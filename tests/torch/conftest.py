"""PyTorch, recorded in this process, and the runs that a test has made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

import fitscribe
from fitscribe.tracking import options

Runs = Callable[[], list[Any]]

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test asks `autolog` for holds in that test alone."""
    monkeypatch.setattr(options, "_given", {})


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """Every test begins with the same random state."""
    torch.manual_seed(0)


@pytest.fixture
def run(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A run that is open."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    with fitscribe.start_run("by hand") as opened:
        yield opened


@pytest.fixture
def runs(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record PyTorch during the test; calling it gives the runs so far, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("torch")
    yield lambda: sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)
    fitscribe.disable()
