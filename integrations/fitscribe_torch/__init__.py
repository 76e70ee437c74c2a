"""The PyTorch integration of fitscribe."""

from __future__ import annotations

from fitscribe.engine import Integration
from fitscribe_torch.compiling import leave_alone
from fitscribe_torch.patches import POINTS

__all__ = ["integration"]

integration = Integration("torch", POINTS)

leave_alone()
