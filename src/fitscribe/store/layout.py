"""Where things are in a store, and how its folders come into being."""

from __future__ import annotations

import os
from pathlib import Path

from fitscribe.store.ids import is_valid_id

FORMAT = 1
"""Version of the format; a reader of this version understands it and everything before."""

RUNS = "runs"
LAUNCHES = "launches"
TRASH = "trash"
ARTIFACTS = "artifacts"
GITIGNORE = ".gitignore"


def create_run_folder(folder: Path) -> None:
    """Create a run's folder, and the store around it if need be.

    Raises:
        OSError: it cannot be created.
    """
    try:
        os.mkdir(folder)
    except FileExistsError:
        return
    except FileNotFoundError:
        _create_store(folder.parent.parent)
        os.makedirs(folder, exist_ok=True)


def _create_store(root: Path) -> None:
    os.makedirs(root / RUNS, exist_ok=True)
    try:
        with open(root / GITIGNORE, "x", encoding="utf-8") as file:
            file.write("*\n")
    except FileExistsError:  # another process was first
        return


def folder_ids(folder: Path) -> list[str]:
    """Return the names of the folders in `folder` that are valid ids; none where it does not exist."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if is_valid_id(entry.name) and entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
