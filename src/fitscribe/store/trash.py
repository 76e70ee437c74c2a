"""Moving runs into the trash and back, and deleting them for good."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from fitscribe.store.files import read_header, read_lines_with, read_writers
from fitscribe.store.ids import checked_id
from fitscribe.store.layout import LAUNCHES, RUNS, TRASH, folder_ids
from fitscribe.store.liveness import is_alive
from fitscribe.store.reader import read_run


def move(source: Path, target: Path, run_ids: Iterable[str]) -> list[str]:
    """Move runs and their children from one folder to the other; `Store.trash` says the rest."""
    chosen = _with_children(source, run_ids)
    if chosen:
        _need_own(source if source.name == TRASH else target)
        os.makedirs(target, exist_ok=True)
    moved = []
    # Children first: should one fail, its parent is still there to be moved again.
    for run_id in reversed(chosen):
        try:
            os.rename(source / run_id, target / run_id)
        except FileNotFoundError:
            continue  # another process was first
        moved.append(run_id)
    return moved[::-1]


def purge(root: Path, run_ids: Iterable[str]) -> list[str]:
    """Delete runs in the trash with their children, and launches that this leaves without runs."""
    import shutil

    chosen = _with_children(root / TRASH, run_ids)
    if chosen:
        _need_own(root / TRASH)
    launches = set()
    for run_id in chosen:
        folder = root / TRASH / run_id
        launch = read_header(folder).get("launch")
        # A process that still lives may open further runs of its launch.
        writers = (writer.identity for writer in read_writers(folder, []))
        if isinstance(launch, str) and not any(writer is not None and is_alive(writer) for writer in writers):
            launches.add(launch)
    for run_id in reversed(chosen):
        shutil.rmtree(root / TRASH / run_id)
    if launches and not os.path.islink(root / LAUNCHES):
        there = launches.intersection(folder_ids(root / LAUNCHES))
        for launch in there - launches_in_use(root) if there else ():
            shutil.rmtree(root / LAUNCHES / launch)
    return chosen


def _need_own(trash: Path) -> None:
    """Refuse a trash that is a link: what it leads to may be anything, and none of it is ours to delete.

    Raises:
        OSError: it is one.
    """
    if os.path.islink(trash):
        raise OSError(errno.ELOOP, "the trash of the store is a link, and none is followed", os.fspath(trash))


def launches_in_use(root: Path) -> set[str]:
    """Return the launches that a run, or one in the trash, belongs to."""
    # A run that was moved elsewhere and is linked here still belongs to its launch.
    ids = [(root / part, run_id) for part in (RUNS, TRASH) for run_id in folder_ids(root / part, links=True)]
    launches = (read_header(folder / run_id).get("launch") for folder, run_id in ids)
    return {launch for launch in launches if isinstance(launch, str)}


def _with_children(folder: Path, run_ids: Iterable[str]) -> list[str]:
    """Those of the runs that are in `folder`, and all that descend from them, parents before children."""
    here = set(folder_ids(folder))
    chosen = [run_id for run_id in dict.fromkeys(map(checked_id, run_ids)) if run_id in here]
    if not chosen:
        return []
    children: dict[str, list[str]] = {}
    for run_id in here:
        parent = _parent(folder / run_id)
        if parent is not None:
            children.setdefault(parent, []).append(run_id)
    kept_elsewhere = children.keys() - here
    known = set(chosen)
    for run_id in chosen:  # grows on the way
        within = kept_elsewhere & read_run(folder / run_id).children.keys() if kept_elsewhere else ()
        for parent in (run_id, *within):
            for child in children.get(parent, ()):
                if child not in known:
                    known.add(child)
                    chosen.append(child)
    return chosen


def _parent(folder: Path) -> str | None:
    """The run that one is a child of, be it from the beginning or since it was joined to it."""
    joined = [
        line for lines in read_lines_with(folder, "joined") for line in lines if line["event"] == "joined"
    ]
    last = max(joined, key=lambda line: line["time"], default=None)
    parent = (last or read_header(folder)).get("parent")
    return parent if isinstance(parent, str) else None
