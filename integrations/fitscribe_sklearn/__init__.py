"""The scikit-learn integration of fitscribe."""

from __future__ import annotations
