"""What is proved of each training: every check is a function that begins in an unpatched process."""

from __future__ import annotations

from fitscribe.testing.checks import calls, errors, failures, faults, identity, ownership, switching
from fitscribe.testing.checks.registry import CHECKS, Check

__all__ = ["CHECKS", "Check", "calls", "errors", "failures", "faults", "identity", "ownership", "switching"]
