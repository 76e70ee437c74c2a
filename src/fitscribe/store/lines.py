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
        fd: descriptor of an empty file, open for writing; it belongs to this object from now on.
        first: the line that has to stand before all others.
    """

    def __init__(self, fd: int, first: bytes) -> None:
        self._fd = fd
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
