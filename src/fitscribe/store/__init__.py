"""The store: run folders, the files in them, and reading them back. Importing this imports no NumPy."""

from __future__ import annotations

from fitscribe.store.child_writer import ChildWriter
from fitscribe.store.health import Finding
from fitscribe.store.ids import checked_id, is_valid_id, new_id
from fitscribe.store.reader import read_run
from fitscribe.store.record import MetricSummary, RunRecord, WriterInfo
from fitscribe.store.series import Series, read_all_series, read_series
from fitscribe.store.store import Store
from fitscribe.store.writer import RunWriter

__all__ = [
    "ChildWriter",
    "Finding",
    "MetricSummary",
    "RunRecord",
    "RunWriter",
    "Series",
    "Store",
    "WriterInfo",
    "checked_id",
    "is_valid_id",
    "new_id",
    "read_all_series",
    "read_run",
    "read_series",
]
