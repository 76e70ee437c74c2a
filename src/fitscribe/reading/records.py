"""Records as text, for the index: reading one line of JSON is cheaper than reading a run's files again."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from fitscribe.store import MetricSummary, RunRecord, WriterInfo
from fitscribe.store.identity import Identity

# A record with a value this large is read from its files; the index stays small.
_LONGEST = 1_000_000

_EMPTY = RunRecord("")
# Children have rows of their own.
_NESTED = frozenset({"last", "writers", "children"})
_PLAIN = {
    field.name: getattr(_EMPTY, field.name)
    for field in dataclasses.fields(RunRecord)
    if field.name not in _NESTED
}


def pack(record: RunRecord) -> str | None:
    """Return a record as text, or None where it is too large to keep."""
    document: dict[str, Any] = {
        name: value for name, empty in _PLAIN.items() if (value := getattr(record, name)) != empty
    }
    document["last"] = {
        name: (each.last, each.min, each.max, each.count, each.last_step)
        for name, each in record.last.items()
    }
    document["writers"] = record.writers
    try:
        text = json.dumps(document, separators=(",", ":"))
    except RecursionError:
        return None
    return text if len(text) <= _LONGEST else None


def unpack(text: str) -> RunRecord:
    """Return the record that `pack` made the text of.

    Raises:
        ValueError: it is no such text: the index was damaged.
    """
    try:
        return _unpacked(json.loads(text))
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"not the text of a record: {error}") from error


def _unpacked(document: dict[str, Any]) -> RunRecord:
    last = {name: MetricSummary(*row) for name, row in document.pop("last").items()}
    writers = [
        WriterInfo(Identity(*identity) if identity else None, sealed, last_write)
        for identity, sealed, last_write in document.pop("writers")
    ]
    return RunRecord(**document, last=last, writers=writers)
