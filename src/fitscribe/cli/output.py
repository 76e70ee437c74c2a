"""Files that commands write on request."""

from __future__ import annotations

import contextlib
import os
import stat
import sys

_DEVICES = ("/dev/", "/proc/")


def write_output(path: str, text: str) -> None:
    """Write a text as a file in UTF-8; if that fails, an earlier file of the name is what it was.

    Devices, pipes, and files in folders where nothing can be made, are written to as they are.

    Args:
        path: of the file, or ``-`` for standard output.
        text: its whole content.

    Raises:
        OSError: it cannot be written.
    """
    if path == "-":
        sys.stdout.write(text)
        return
    # What UTF-8 cannot hold, as in some names of files, is written out. Bytes, so that line ends stay.
    content = text.encode("utf-8", "backslashreplace")
    try:
        _write(path, content)
    except OSError as error:
        error.filename = path  # the name that the user knows
        raise


def _write(path: str, content: bytes) -> None:
    mode = _mode(path)
    is_regular = mode is None or stat.S_ISREG(mode)
    if is_regular and not os.path.abspath(path).startswith(_DEVICES):
        target = os.path.realpath(path)
        draft = os.path.join(os.path.dirname(target), f".fitscribe-{os.getpid()}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except PermissionError:
            if mode is None:
                raise
        else:
            _replace(target, draft, descriptor, content, mode)
            return
    with open(path, "wb") as file:
        file.write(content)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _replace(target: str, draft: str, descriptor: int, content: bytes, mode: int | None) -> None:
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        if mode is not None:
            os.chmod(draft, stat.S_IMODE(mode))
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
