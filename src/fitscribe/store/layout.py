"""Where things are in a store, and how its folders come into being."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

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


def artifact_parts(name: str) -> list[str]:
    """Return the folders and the file that the name of an artifact stands for.

    Raises:
        ValueError: it is no relative path with forward slashes, or leaves the folder of the artifacts.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = ".." in parts or name.startswith("/") or "\\" in name or "\0" in name
    if not parts or outside or (":" in parts[0] and PureWindowsPath(parts[0]).drive):
        raise ValueError(f"not the name of an artifact: {name!r} (a relative path with '/', without '..')")
    return parts


def _create_store(root: Path) -> None:
    os.makedirs(root / RUNS, exist_ok=True)
    try:
        with open(root / GITIGNORE, "x", encoding="utf-8") as file:
            file.write("*\n")
    except FileExistsError:  # another process was first
        return


def folder_ids(folder: Path, *, links: bool = False) -> list[str]:
    """Return the names of the folders in `folder` that are valid ids; none where it does not exist.

    Args:
        folder: where they lie.
        links: whether links to folders are some. They may lead anywhere: nothing there is ours to change.
    """
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name
                for entry in entries
                if is_valid_id(entry.name) and entry.is_dir(follow_symlinks=links)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
