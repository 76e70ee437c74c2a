"""The companions, switched on beside scikit-learn as they are for users."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

import fitscribe
from fitscribe.lineage.registry import Registry, registry
from fitscribe.tracking import continued

pytest.importorskip("sklearn")


@pytest.fixture(autouse=True)
def switched_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Record scikit-learn during the test; nothing is known of data before."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    vars(registry).update(vars(Registry()))
    fitscribe.autolog("sklearn")
    yield
    fitscribe.disable()
    gc.collect()
    continued.end_those_gone()  # nothing goes on into the next test
