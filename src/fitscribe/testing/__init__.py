"""The conformance suite: what an integration must prove before it may touch anybody's training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe.testing.cases import Case, Training

if TYPE_CHECKING:
    from fitscribe.testing.suite import Conformance

__all__ = ["Case", "Conformance", "Training"]


def __getattr__(name: str) -> Any:
    # The processes that run the checks import this package too, and need no pytest.
    if name != "Conformance":
        raise AttributeError(f"module 'fitscribe.testing' has no attribute {name!r}")
    from fitscribe.testing.suite import Conformance

    return Conformance
