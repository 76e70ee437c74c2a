"""Keras and TensorFlow, recorded in this process, and the runs that loops have made."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.keras.conftest import ROOT

import fitscribe
from fitscribe.tracking import continued

Runs = Callable[[], list[Any]]


@pytest.fixture
def runs(keras: Any, own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """Record loops during the test; calling it ends them and gives their runs, oldest first."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    keras.utils.set_random_seed(0)
    fitscribe.autolog(ROOT, *(["tensorflow"] if importlib.util.find_spec("tensorflow") else []))

    def find() -> list[Any]:
        continued.end_each(lambda each: True)
        return sorted(fitscribe.search_runs(), key=lambda run: run.started or 0.0)

    yield find
    continued.end_each(lambda each: True)
    fitscribe.disable()
