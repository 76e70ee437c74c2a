"""Where a launch comes from: the script or notebook, its arguments, and the state of the code around it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from fitscribe.capture import git
from fitscribe.capture.masking import mask_secrets
from fitscribe.capture.program import main_program

_MASKED_AT_ONCE = 1 << 16


def source() -> dict[str, Any]:
    """Describe what is running.

    Starts `git`, so it belongs on a thread that nobody waits for.

    Returns:
        `kind` (`script`, `module`, `notebook`, `stdin` or `interactive`), `path` and `module` where there
        is one, `folder` (the working directory), `argv` with secrets masked, and `git`: the repository around
        the script, else around the working directory, as :func:`fitscribe.capture.git.repository` has it.
    """
    facts = main_program()
    facts["folder"] = os.getcwd()
    facts["argv"] = mask_secrets([str(argument) for argument in sys.argv])
    path = facts.get("path")
    facts["git"] = git.repository(code_folder(path), path, changed=True)
    remote = facts["git"].get("remote")
    if remote:
        facts["git"]["remote"] = mask_secrets(remote)
    return facts


def diff(source: Mapping[str, Any]) -> str | None:
    """Return what differs from the last commit, as a patch with secrets masked; None where nothing does.

    At most a megabyte of it; files that git does not track are named in front, their content is not kept.

    Args:
        source: what :func:`source` has returned.
    """
    repository = source["git"]
    if "root" not in repository:
        return None
    notes = [f"# untracked: {name}" for name in repository.get("untracked", ())]
    if "untracked_more" in repository:
        notes.append(f"# and {repository['untracked_more']} more that git does not track")
    answer = git.changes(repository["root"], commit=repository["commit"] is not None)
    if answer.error:
        notes.append(f"# no diff: {answer.error}")
    patch = answer.output
    if not answer.complete:
        # The cut may have gone through a line, and half a secret is not told as one.
        patch = patch[: patch.rfind("\n") + 1]
        notes.append(f"# the diff is longer than {git.DIFF_BYTES:,} bytes; what follows is its beginning")
    if not notes and not patch:
        return None
    return "".join(f"{mask_secrets(note)}\n" for note in notes) + _masked(patch)


def script_text(source: Mapping[str, Any]) -> str | None:
    """Return the text of the script where git does not have it, with secrets masked; None where git does.

    At most a megabyte of it. Of a notebook there is nothing: its file is not what was executed.

    Args:
        source: what :func:`source` has returned.
    """
    path = source.get("path")
    if source["kind"] not in ("script", "module") or not isinstance(path, str) or _is_installed(path):
        return None
    root = source["git"].get("root")
    if root is not None and git.has(root, path):
        return None
    with open(path, "rb") as file:
        content = file.read(git.DIFF_BYTES + 1)
    text = content[: git.DIFF_BYTES].decode("utf-8", "backslashreplace")
    if len(content) <= git.DIFF_BYTES:
        return _masked(text)
    cut = text[: text.rfind("\n") + 1]
    return (
        f"# the script is longer than {git.DIFF_BYTES:,} bytes; what follows is its beginning\n{_masked(cut)}"
    )


def code_folder(path: str | None) -> str:
    """Return the folder whose repository holds the code: the script's, unless it is an installed program."""
    if path:
        folder = os.path.dirname(path)
        if os.path.isdir(folder) and not _is_installed(path):
            return folder
    return os.getcwd()


def _is_installed(path: str) -> bool:
    folder = os.path.dirname(path)
    inside = any(part in ("site-packages", "dist-packages") for part in folder.split(os.sep))
    return inside or folder.startswith(sys.prefix + os.sep)


def _masked(patch: str) -> str:
    """Mask a patch piece by piece: one search over all of it would keep every other thread waiting."""
    pieces: list[str] = []
    start = 0
    while start < len(patch):
        stop = _cut(patch, start)
        pieces.append(mask_secrets(patch[start:stop]))
        start = stop
    return "".join(pieces)


def _cut(patch: str, start: int) -> int:
    """Return where the next piece ends: after a line, and not within a private key."""
    stop = patch.find("\n", start + _MASKED_AT_ONCE) + 1
    if not stop:
        return len(patch)
    begin = patch.rfind("-----BEGIN", start, stop)
    if begin > start and patch.find("-----END", begin, stop) < 0:
        return begin
    return stop
