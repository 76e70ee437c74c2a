"""Paths that a store's files name, checked: a store may come from anybody."""

from __future__ import annotations

import os
from pathlib import Path


def path_inside(folder: Path, relative: object) -> Path | None:
    """Return the file that a record names, or None where it lies outside of the folder.

    Args:
        folder: the folder that it has to lie in, which must be no link itself.
        relative: what the record says; ``..``, absolute paths and symbolic links may all lead out.
    """
    if not isinstance(relative, str) or not relative or "\0" in relative:
        return None
    if os.path.islink(folder):
        return None
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, relative))
    return Path(path) if path.startswith(root.rstrip(os.sep) + os.sep) else None
