"""Temporary folders that leave the script the choice of where its own are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = (
    ("~\\AppData\\Local\\Temp", "%SYSTEMROOT%\\Temp", "C:\\Temp")
    if os.name == "nt"
    else ("/tmp", "/var/tmp", "/usr/tmp")
)


def place() -> str:
    """Return where temporary files belong, as ``tempfile.gettempdir`` does, which sets it for good.

    A script that sets ``TMPDIR`` before it first makes a temporary file of its own must find that heeded.
    """
    if tempfile.tempdir is not None:
        return os.fsdecode(tempfile.tempdir)
    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    usual = (os.path.expanduser(os.path.expandvars(folder)) for folder in _USUAL)
    for folder in (*named, *usual):
        if folder and os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):
            return os.path.abspath(folder)
    return os.getcwd()


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A folder that is gone after the block.

    Where a library makes a temporary file within the block, the script can still choose a place after it.
    """
    chosen, ours = tempfile.tempdir, place()
    try:
        with tempfile.TemporaryDirectory(prefix="fitscribe-", dir=ours) as folder:
            yield folder
    finally:
        if chosen is None and tempfile.tempdir == ours:
            tempfile.tempdir = None
