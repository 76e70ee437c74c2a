"""Lightning's integrations of fitscribe: one for each of its two packages, which share all of their code."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_lightning.patches import points_of

__all__ = ["lightning", "pytorch_lightning"]


def _integration(root: str) -> Integration:
    """Return the integration of one of the packages that Lightning comes in: their classes are separate."""
    return Integration(root, points_of(root))


lightning = _integration("lightning")
pytorch_lightning = _integration("pytorch_lightning")
