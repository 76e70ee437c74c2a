"""What is wrong with a store, for `fitscribe doctor`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from fitscribe.store.layout import GITIGNORE, LAUNCHES, RUNS, TRASH, folder_ids
from fitscribe.store.plain_file import read_plain
from fitscribe.store.reader import read_run
from fitscribe.store.trash import launches_in_use


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        where: path within the store; "." is the store itself.
        problem: what is wrong.
        remedy: what to do about it.
    """

    where: str
    problem: str
    remedy: str


def health(root: Path) -> list[Finding]:
    """Look at every file of the store at `root`; one that does not exist has nothing wrong with it."""
    if not os.path.lexists(root):
        return []
    if not root.is_dir():
        return [Finding(".", "there is a file where the store should be", f"move {root} out of the way")]
    return [*_of_folders(root), *_of_runs(root), *_of_launches(root)]


def _of_folders(root: Path) -> list[Finding]:
    findings = []
    for part in (".", RUNS, LAUNCHES, TRASH):
        folder = root / part
        if folder.is_dir() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            remedy = f"give yourself the right to write to {folder}, or set FITSCRIBE_STORE to another folder"
            findings.append(Finding(part, "the folder cannot be written: nothing more is recorded", remedy))
    if not _is_ignored(root / GITIGNORE):
        remedy = f"write a line with * into {root / GITIGNORE}"
        findings.append(
            Finding(GITIGNORE, "does not ignore the store: git offers to commit the runs", remedy)
        )
    return findings


def _is_ignored(gitignore: Path) -> bool:
    try:
        return b"*" in read_plain(gitignore).split()
    except OSError:
        return False


def _of_runs(root: Path) -> list[Finding]:
    findings = []
    for run_id in sorted(folder_ids(root / RUNS)):
        record = read_run(root / RUNS / run_id)
        where = f"{RUNS}/{run_id}"
        of_children = [
            f"the child {child.id}: {problem}"
            for child in record.children.values()
            for problem in child.damage
        ]
        for problem in [*record.damage, *of_children]:
            remedy = "the rest of the run is read without it; `fitscribe rm` moves the run to the trash"
            findings.append(Finding(where, problem, remedy))
        if not record.header and not record.damage:
            problem = "does not say what it is: its process died while it began"
            findings.append(Finding(where, problem, "`fitscribe rm` moves the run to the trash"))
    return findings


def _of_launches(root: Path) -> list[Finding]:
    remedy = "delete the folder, unless a script that made it is still running"
    known = sorted(folder_ids(root / LAUNCHES))
    unused = set(known) - launches_in_use(root)
    findings = [
        Finding(f"{LAUNCHES}/{launch}", "no run belongs to this launch", remedy)
        for launch in known
        if launch in unused
    ]
    for launch in known:
        for path in sorted((root / LAUNCHES / launch).glob("*.json")):
            if not _is_document(path):
                what = f"{LAUNCHES}/{launch}/{path.name}"
                lost = "its runs are shown without what it said: script, arguments, commit or environment"
                findings.append(Finding(what, "cannot be read as JSON", lost))
    return findings


def _is_document(path: Path) -> bool:
    try:
        return isinstance(json.loads(read_plain(path)), dict)
    except (OSError, ValueError, RecursionError):
        return False
