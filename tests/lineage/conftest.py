"""Lineage with nothing known yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("numpy")

from fitscribe.lineage.registry import Registry, registry


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Each test begins with an empty registry, and leaves none of its data to others."""
    vars(registry).update(vars(Registry()))
    yield
    vars(registry).update(vars(Registry()))
