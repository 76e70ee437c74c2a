"""What git says about a folder: read by the `git` program, without prompts, hooks, locks or the network."""

from __future__ import annotations

import os
from typing import Any

from fitscribe.capture.asking import Answer, Asked, Unasked, begin

DIFF_BYTES = 1_000_000
UNTRACKED = 200

_STATUS = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
_REMOTES = ("config", "-z", "--get-regexp", r"^remote\..*\.url$")
_DIFF = ("--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short")

# What was asked along with a repository, until it is wanted: the diff, by root, and whether git has a script.
_diffs: dict[str, Asked] = {}
_scripts: dict[tuple[str, str], bool] = {}


def ask(folder: str, *arguments: str, limit: int = DIFF_BYTES) -> Answer:
    """Run one git command in a folder.

    Args:
        folder: where to run it.
        arguments: the command and its options.
        limit: the most bytes of output to read; git is ended where it prints more.
    """
    try:
        asked = begin(folder, [arguments])
    except Unasked as reason:
        return Answer("", error=str(reason))
    try:
        return asked.answer(limit)
    finally:
        asked.close()


def repository(folder: str, script: str | None = None, *, changed: bool = False) -> dict[str, Any]:
    """Describe the repository that a folder lies in.

    Args:
        folder: where to look.
        script: a file that :func:`has` will be asked about, so that git is started once for all of it.
        changed: the same for :func:`changes`.

    Returns:
        `commit` (None where there is none yet), `branch` (None where HEAD is detached), `dirty`, `untracked`
        (names, at most 200 of them), `remote` (an address, credentials included) and `root`; or `not_read`,
        the reason why there is nothing. Where only a part could not be read in time, that part is missing
        and `not_read` says so.
    """
    questions: list[tuple[str, ...]] = [("rev-parse", "--show-toplevel"), _REMOTES]
    if script is not None:
        questions.append(("ls-files", "--", os.path.realpath(script)))
    questions.append(_STATUS)
    if changed:
        questions.append(("diff", "HEAD", *_DIFF))
    try:
        asked = begin(folder, questions)
    except Unasked as reason:
        return {"not_read": str(reason)}
    facts: dict[str, Any] = {}
    try:
        facts = _read(asked, script)
    finally:
        if changed and facts.get("commit") and not asked.is_over:
            _diffs[facts["root"]] = asked
        else:
            asked.close()
    return facts


def _read(asked: Asked, script: str | None) -> dict[str, Any]:
    top = asked.answer(DIFF_BYTES)
    if top.error:
        missing = "not a git repository" in top.error
        return {"not_read": "the script lies in no git repository" if missing else top.error}
    root = top.output.rstrip("\n")
    facts: dict[str, Any] = {"root": root}
    remote = _remote(asked.answer(DIFF_BYTES))
    if script is not None:
        _scripts[root, script] = bool(asked.answer(DIFF_BYTES).output)
    status = asked.answer(DIFF_BYTES)
    if status.error:
        facts["commit"] = ask(root, "rev-parse", "--verify", "--quiet", "HEAD").output.strip() or None
        facts["branch"] = ask(root, "symbolic-ref", "--short", "--quiet", "HEAD").output.strip() or None
        facts["not_read"] = f"whether it is dirty: {status.error}"
    else:
        facts.update(_read_status(status))
    if remote:
        facts["remote"] = remote
    return facts


def _read_status(status: Answer) -> dict[str, Any]:
    facts: dict[str, Any] = {"commit": None, "branch": None, "dirty": False}
    untracked: list[str] = []
    for entry in status.output.split("\0"):
        if entry.startswith("# branch.oid "):
            commit = entry[13:]
            facts["commit"] = None if commit == "(initial)" else commit
        elif entry.startswith("# branch.head "):
            branch = entry[14:]
            facts["branch"] = None if branch == "(detached)" else branch
        elif entry.startswith("? "):
            untracked.append(entry[2:])
        elif entry[:2] in ("1 ", "2 ", "u "):
            facts["dirty"] = True
    if untracked:
        facts["untracked"] = untracked[:UNTRACKED]
    if len(untracked) > UNTRACKED:
        facts["untracked_more"] = len(untracked) - UNTRACKED
    return facts


def _remote(configured: Answer) -> str | None:
    """The address of `origin`, else of the remote that comes first."""
    entries = configured.output.split("\0")
    addresses = dict(reversed([entry.split("\n", 1) for entry in entries if "\n" in entry]))
    return addresses.get("remote.origin.url") or next(reversed(addresses.values()), None)


def has(root: str, path: str) -> bool:
    """Tell whether a file is in a repository: committed, or staged so that :func:`changes` shows it.

    Args:
        root: the repository's folder.
        path: of the file.
    """
    known = _scripts.pop((root, path), None)
    return bool(ask(root, "ls-files", "--", os.path.realpath(path)).output) if known is None else known


def changes(root: str, *, commit: bool) -> Answer:
    """Return what differs from the last commit, staged or not, as a patch.

    Args:
        root: the repository's folder.
        commit: whether there is one; what is staged is the difference where there is none.
    """
    asked = _diffs.pop(root, None)
    if asked is None or not commit:
        return ask(root, "diff", "HEAD" if commit else "--cached", *_DIFF)
    try:
        answer = asked.answer(DIFF_BYTES)
    finally:
        asked.close()
    return answer
