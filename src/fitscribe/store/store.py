"""The store: the folder that holds runs, and where it is found."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from fitscribe.store import trash
from fitscribe.store.health import Finding, health
from fitscribe.store.ids import checked_id
from fitscribe.store.layout import LAUNCHES, RUNS, TRASH, folder_ids

_VARIABLE = "FITSCRIBE_STORE"
_FOLDER = ".fitscribe"
_PROJECT_MARKS = (".git", "pyproject.toml")

_recording: dict[str | None, Store] = {}
"""By ``FITSCRIBE_STORE``: the stores that this process records into."""


class Store:
    """A folder that holds runs. Making one of these creates nothing on disk.

    Args:
        root: the folder; a relative path is taken from the working directory of now.
    """

    __slots__ = ("root",)

    def __init__(self, root: Path | str) -> None:
        self.root = Path(os.path.abspath(root))

    def __repr__(self) -> str:
        return f"Store({str(self.root)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Store) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)

    @classmethod
    def locate(cls, path: str | os.PathLike[str] | None = None) -> Store:
        """Return the store to use here; it need not exist.

        Args:
            path: where it is. By default what ``FITSCRIBE_STORE`` says, else ``.fitscribe`` in the project:
                the nearest folder upwards that has a ``.git`` or a ``pyproject.toml``, the home folder and
                what is above it left out; else in the working directory. A process that records has found
                its store: it is the one to use wherever the script goes from then on.
        """
        if path is None:
            chosen = os.environ.get(_VARIABLE)
            return _recording.get(chosen) or cls._found(chosen)
        return cls._found(os.fspath(path))

    @classmethod
    def for_recording(cls) -> Store:
        """Return the store of this process, found once: a script that changes its folder keeps to it."""
        chosen = os.environ.get(_VARIABLE)
        store = _recording.get(chosen)
        if store is None:
            store = _recording[chosen] = cls._found(chosen)
        return store

    @classmethod
    def _found(cls, chosen: str | None) -> Store:
        if chosen:
            return cls(os.path.expanduser(chosen))
        return cls(_project_root(_working_directory()) / _FOLDER)

    def run_folder(self, run_id: str) -> Path:
        """Return the folder of a run, whether it exists or not.

        Raises:
            ValueError: the id could not be one.
        """
        return self.root / RUNS / checked_id(run_id)

    def launch_folder(self, launch_id: str) -> Path:
        """Return the folder of a launch, whether it exists or not.

        Raises:
            ValueError: the id could not be one.
        """
        return self.root / LAUNCHES / checked_id(launch_id)

    def run_ids(self) -> list[str]:
        """Return the ids of all runs, in no particular order; those in the trash are none."""
        return folder_ids(self.root / RUNS)

    def trashed_ids(self) -> list[str]:
        """Return the ids of the runs in the trash, in no particular order."""
        return folder_ids(self.root / TRASH)

    def trash(self, run_ids: Iterable[str]) -> list[str]:
        """Move runs, and the children of them, into the trash.

        Args:
            run_ids: whole ids; those without a run are left out.

        Returns:
            The ids of what was moved.

        Raises:
            ValueError: an id could not be one.
            OSError: a folder could not be moved; those before it are in the trash.
        """
        return trash.move(self.root / RUNS, self.root / TRASH, run_ids)

    def restore(self, run_ids: Iterable[str]) -> list[str]:
        """Move runs, and the children of them, back out of the trash; the rest is as in `trash`."""
        return trash.move(self.root / TRASH, self.root / RUNS, run_ids)

    def purge(self, run_ids: Iterable[str] | None = None) -> list[str]:
        """Delete runs in the trash for good, with their children, and launches that no run is left of.

        Args:
            run_ids: whole ids; those not in the trash are left out. All of the trash by default.

        Returns:
            The ids of what was deleted.

        Raises:
            ValueError: an id could not be one.
            OSError: a folder could not be deleted.
        """
        return trash.purge(self.root, self.trashed_ids() if run_ids is None else run_ids)

    def health(self) -> list[Finding]:
        """Look at every file of the store, and return what is wrong with it."""
        return health(self.root)


def _working_directory() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        # Deleted under the process: what is recorded cannot be kept there, but that must not raise here.
        return Path(os.environ.get("PWD", os.sep))


def _project_root(start: Path) -> Path:
    home = Path(os.path.realpath(os.path.expanduser("~")))
    too_high = {home, *home.parents}
    for folder in (start, *start.parents):
        if folder in too_high:
            break
        if any((folder / mark).exists() for mark in _PROJECT_MARKS):
            return folder
    return start
