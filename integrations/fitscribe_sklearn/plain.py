"""Values that are their own plain form: most parameters are, and need no closer look."""

from __future__ import annotations

PLAIN = frozenset({str, bool, int, float, type(None)})
"""Their types."""
