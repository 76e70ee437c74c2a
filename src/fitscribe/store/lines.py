"""The text half of a writer: events as lines of JSON, appended to one file."""

from __future__ import annotations

import json
import os

_encoder = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def line_of(event: str, time: float, fields: dict[str, object]) -> bytes:
    """Return one event as a line of strict JSON in ASCII, with its end; the fields are encoded already."""
    return _encoder.encode({"event": event, "time": time, **fields}).encode("ascii") + b"\n"


class LineFile:
    """A file that events are appended to; not thread-safe.

    Args:
        path: the file, which is created.
        first: the line that has to stand before all others.

    Raises:
        FileExistsError: there is such a file already.
        OSError: it could not be created.
    """

    def __init__(self, path: str, first: bytes) -> None:
        self.path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        self._first = first
        self._before = first

    def append(self, lines: bytes) -> None:
        """Hand whole lines to the kernel.

        Raises:
            OSError: not all of it was taken; what was torn ends before the next line begins.
        """
        data = self._before + lines
        # Set before the attempt: whatever interrupts it, the next line starts on a line of its own.
        self._before = b"\n" + self._first
        while data:
            data = data[os.write(self._fd, data) :]
        self._before = self._first = b""

    def is_deleted(self) -> bool:
        """Tell whether the file has no name any more, so that whatever is written to it gets lost."""
        return os.fstat(self._fd).st_nlink == 0

    def close(self) -> None:
        """Close the file; nothing is pending."""
        os.close(self._fd)

    def discard(self) -> None:
        """Close and delete the file, which nothing was appended to."""
        os.close(self._fd)
        os.unlink(self.path)
