"""What git says about a folder: read by the `git` program, without prompts, hooks, locks or the network."""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any, NamedTuple

TIMEOUT_S = 5.0
DIFF_BYTES = 1_000_000
UNTRACKED = 200

# Another repository than the folder's own: set inside of git's hooks.
_ELSEWHERE = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"})
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # a status that writes the index would be in the way of the user's own git
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
# Programs that a repository's own configuration could have git start.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.external=", "--no-pager")


class Answer(NamedTuple):
    """What one git command printed.

    Attributes:
        output: its standard output, at most as long as was asked for.
        complete: whether that is all of it.
        error: why there is no answer; empty if there is one.
    """

    output: str
    complete: bool = True
    error: str = ""


def ask(folder: str, *arguments: str, limit: int = DIFF_BYTES) -> Answer:
    """Run one git command in a folder.

    Args:
        folder: where to run it.
        arguments: the command and its options.
        limit: the most bytes of output to read; git is ended where it prints more.
    """
    import shutil
    import subprocess

    # By its path: to look for a name, `subprocess` changes the filters of warnings for a moment, and what a
    # script was warned of once would be shown once more.
    program = shutil.which("git")
    if program is None:
        return Answer("", error="git is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # Into files, not pipes: they need neither a thread nor select to be read with a limit in bytes and in
        # time.
        try:
            process = subprocess.Popen(
                [os.path.abspath(program), *_SAFE, *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env={**environment, **_ENVIRONMENT},
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            return Answer("", error=f"git cannot be run: {error.strerror or error}")
        problem = ""
        deadline = time.monotonic() + TIMEOUT_S
        while process.poll() is None and not problem:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                if os.fstat(output.fileno()).st_size > limit:
                    process.kill()
                elif time.monotonic() > deadline:
                    process.kill()
                    problem = f"git took longer than {TIMEOUT_S:.0f} s"
        process.wait()
        output.seek(0)
        content = output.read(limit + 1)
        if process.returncode > 0 and not problem:
            errors.seek(0)
            said = errors.read(400).decode("utf-8", "replace").strip()
            problem = (
                said.partition("\n")[0].removeprefix("fatal: ") or f"git ended with {process.returncode}"
            )
        return Answer(content[:limit].decode("utf-8", "replace"), len(content) <= limit, problem)


def repository(folder: str) -> dict[str, Any]:
    """Describe the repository that a folder lies in.

    Returns:
        `commit` (None where there is none yet), `branch` (None where HEAD is detached), `dirty`, `untracked`
        (names, at most 200 of them), `remote` (an address, credentials included) and `root`; or `not_read`,
        the reason why there is nothing. Where only a part could not be read in time, that part is missing
        and `not_read` says so.
    """
    top = ask(folder, "rev-parse", "--show-toplevel")
    if top.error:
        missing = "not a git repository" in top.error
        return {"not_read": "the script lies in no git repository" if missing else top.error}
    root = top.output.rstrip("\n")
    facts: dict[str, Any] = {"root": root}
    status = ask(root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
    if status.error:
        facts["commit"] = ask(root, "rev-parse", "--verify", "--quiet", "HEAD").output.strip() or None
        facts["branch"] = ask(root, "symbolic-ref", "--short", "--quiet", "HEAD").output.strip() or None
        facts["not_read"] = f"whether it is dirty: {status.error}"
    else:
        facts.update(_read_status(status))
    remote = _remote(root)
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


def _remote(root: str) -> str | None:
    """The address of `origin`, else of the remote that comes first."""
    entries = ask(root, "config", "-z", "--get-regexp", r"^remote\..*\.url$").output.split("\0")
    addresses = dict(reversed([entry.split("\n", 1) for entry in entries if "\n" in entry]))
    return addresses.get("remote.origin.url") or next(reversed(addresses.values()), None)


def has(root: str, path: str) -> bool:
    """Tell whether a file is in a repository: committed, or staged so that :func:`changes` shows it.

    Args:
        root: the repository's folder.
        path: of the file.
    """
    return bool(ask(root, "ls-files", "--", os.path.realpath(path)).output)


def changes(root: str, *, commit: bool) -> Answer:
    """Return what differs from the last commit, staged or not, as a patch.

    Args:
        root: the repository's folder.
        commit: whether there is one; what is staged is the difference where there is none.
    """
    against = "HEAD" if commit else "--cached"
    return ask(root, "diff", against, "--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short")
