"""Where data was read from: path, size, time and fingerprint of a file, without reading all of it."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import datetime, timezone
from typing import Any

from fitscribe.capture.masking import mask_secrets
from fitscribe.capture.values import type_name

# What is read of a file at its beginning, in its middle and at its end.
PIECE = 65_536
_LONGEST = 4_096


def describe_file(path: Any) -> dict[str, Any]:
    """Describe a file that data is read from.

    Args:
        path: a path, an address, or an open file, as it was given to a reader. Nothing is read from an open
            file itself, only from the file that its name leads to.

    Returns:
        `path` as it was given, without secrets; of a local file also its `size`, when it was `modified` and
        a `fingerprint` (of its size and up to three pieces of 64 KiB). Without a path only `read_from`, the
        type.
    """
    given = path
    if not isinstance(path, (str, os.PathLike)):
        path = getattr(path, "name", None) if hasattr(type(path), "read") else None
        if not isinstance(path, str):
            return {"read_from": type_name(given)}
    text = os.fspath(path)
    if not isinstance(text, str):
        text = os.fsdecode(text)  # what __fspath__ gives may be bytes
    if len(text) > _LONGEST or text.lstrip()[:1] in ("{", "[", "<") or "\n" in text:
        return {"read_from": "text"}  # readers of JSON, XML and HTML took the document itself
    described: dict[str, Any] = {"path": mask_secrets(text)}
    local = text.removeprefix("file://")
    if "://" not in local:
        try:
            described |= _of_local(local)
        except (OSError, ValueError) as error:
            described["not_read"] = getattr(error, "strerror", None) or str(error)
    return described


def _of_local(path: str) -> dict[str, Any]:
    path = os.path.expanduser(path)
    found = os.stat(path)
    described: dict[str, Any] = {}
    if stat.S_ISREG(found.st_mode):
        # A pipe would be emptied, or waited for.
        described["size"] = found.st_size
        described["fingerprint"] = _fingerprint(path, found.st_size)
    described["modified"] = datetime.fromtimestamp(found.st_mtime, timezone.utc).isoformat()
    return described


def _fingerprint(path: str, size: int) -> str:
    found = hashlib.blake2b(str(size).encode(), digest_size=16)
    with open(path, "rb", buffering=0) as file:
        for start in dict.fromkeys((0, max(0, size - PIECE) // 2, max(0, size - PIECE))):
            file.seek(start)
            found.update(file.read(PIECE))
    return found.hexdigest()
