"""One look at a run: its record, and whether another look could show anything else."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from fitscribe.store import RunRecord, read_run
from fitscribe.store.liveness import is_alive

# A file made within one tick of the file system's clock does not change the folder's time again.
_TICK_S = 0.1
_COARSE_TICK_S = 2.5


class Look(NamedTuple):
    """What a run's folder held.

    Attributes:
        record: what its files said.
        stamp: the folder's time by which a later look can tell that nothing was added; 0 where it cannot.
        at: when the look began, in seconds since 1970.
    """

    record: RunRecord
    stamp: int
    at: float


def look_at(folder: Path) -> Look:
    """Read a run; a folder that is not there gives an empty record."""
    at = time.time()
    stamp = stamp_of(folder)
    record = read_run(folder)
    return Look(record, stamp if _is_old(stamp, at) and is_settled(record) else 0, at)


def stamp_of(folder: Path) -> int:
    """The time of a folder's last change in nanoseconds; 0 where there is no folder."""
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


def is_settled(record: RunRecord) -> bool:
    """Tell whether nobody will write to the files of a run again: new ones would have to be made."""
    return bool(record.writers) and all(
        writer.sealed or (writer.identity is not None and is_alive(writer.identity) is False)
        for writer in record.writers
    )


def _is_old(stamp: int, now: float) -> bool:
    # Whole seconds come from file systems that know no finer ones.
    tick = _COARSE_TICK_S if stamp % 1_000_000_000 == 0 else _TICK_S
    return 0 < stamp / 1e9 < now - tick
