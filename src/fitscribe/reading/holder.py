"""Runs that keep children in their files: read once, however many of the children are looked at."""

from __future__ import annotations

import os
from pathlib import Path

from fitscribe.reading.look import Look, look_at
from fitscribe.store import RunRecord, Store


class Holder:
    """A run in whose files others are kept.

    Args:
        store: where it is.
        run_id: its id.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self.id = run_id
        self.folder = store.run_folder(run_id)
        self._look: Look | None = None
        self._sizes: dict[str, int] = {}

    def look_at(self, child_id: str) -> Look:
        """Look at one of its children; one that is not there gives an empty record."""
        sizes = _sizes(self.folder)
        if self._look is None or sizes != self._sizes:
            self._look, self._sizes = look_at(self.folder), sizes
        record, stamp, at = self._look
        return Look(record.children.get(child_id) or RunRecord(child_id, holder=self.id), stamp, at)


def _sizes(folder: Path) -> dict[str, int]:
    """The sizes of the files that hold children: these are only ever appended to."""
    try:
        with os.scandir(folder) as entries:
            return {each.name: each.stat().st_size for each in entries if each.name.endswith(".jsonl")}
    except OSError:
        return {}
