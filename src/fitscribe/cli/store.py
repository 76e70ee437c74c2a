"""The store that a command works on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fitscribe.cli.errors import Failure

if TYPE_CHECKING:
    from fitscribe.store import Store


def located_store(path: str | None) -> Store:
    """The store of the option, of the environment, or of the project; it need not exist yet."""
    from fitscribe.store import Store

    return Store.locate(path)


def existing_store(path: str | None) -> Store:
    """The store of a command that reads.

    Raises:
        Failure: there is none where it should be, or a file is.
    """
    store = located_store(path)
    if store.root.is_file():
        raise Failure(
            f"{store.root} is a file, and no folder that runs could lie in",
            "Move it away, or choose another place: --store PATH, or set FITSCRIBE_STORE.",
        )
    if not store.root.is_dir() or not _may_be_a_store(store):
        raise Failure(
            f"there is no store at {store.root}",
            "It comes into being with the first recorded training: fitscribe run SCRIPT, or "
            "fitscribe.autolog() in the script. For a store elsewhere: --store PATH, or set FITSCRIBE_STORE.",
        )
    return store


def _may_be_a_store(store: Store) -> bool:
    """Whether a folder has what a store has, or nothing: a store may be made by hand."""
    from fitscribe.store.layout import GITIGNORE, LAUNCHES, RUNS, TRASH

    try:
        names = set(os.listdir(store.root))
    except OSError:
        return True  # what is read next says what is wrong
    return names <= {GITIGNORE} or not names.isdisjoint({RUNS, LAUNCHES, TRASH})
