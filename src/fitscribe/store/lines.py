"""The text half of a writer: events as lines of JSON, appended to one file."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping

from fitscribe.store.kept_file import KeptFile
from fitscribe.store.values import encode_fields

ENDING = ".jsonl"
POINTS = ".bin"
"""What the file of a writer's points ends with."""

# What is encoded has no cycles, and looking for them takes as long as writing a number does.
_encoder = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"), check_circular=False)


def line_of(event: str, time: float, fields: dict[str, object]) -> bytes:
    """Return one event as a line of strict JSON in ASCII, with its end; the fields are encoded already.

    Raises:
        ValueError: they are not, and hold a number that JSON lacks.
    """
    return _encoder.encode({"event": event, "time": time, **fields}).encode("ascii") + b"\n"


def names_lines(time: float, keys: Mapping[str, int]) -> bytes:
    """Return the lines that give series their names; a line for each row of keys that follow each other.

    Args:
        time: of all of them.
        keys: by name.
    """
    rows: list[tuple[int, list[str]]] = []
    for name, key in sorted(keys.items(), key=lambda item: item[1]):
        if rows and rows[-1][0] + len(rows[-1][1]) == key:
            rows[-1][1].append(name)
        else:
            rows.append((key, [name]))
    return b"".join(line_of("metrics", time, {"first": first, "names": names}) for first, names in rows)


def child_line(
    child_id: str,
    time: float,
    events: Iterable[tuple[str, Mapping[str, object]]],
    encode_points: bool = False,
) -> bytes:
    """Return events of a child, not encoded yet, as one line of the run that holds it.

    Args:
        child_id: its id.
        time: of all events that have none of their own.
        events: what each is, and its fields.
        encode_points: whether points are looked through for numbers that JSON lacks.

    Raises:
        ValueError: points that are not looked through hold such a number.
    """
    inner = [
        {"event": event, **(fields if event == "points" and not encode_points else encode_fields(fields))}
        for event, fields in events
    ]
    return line_of("child", time, {"id": child_id, "events": inner})


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
        self._file = KeptFile(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL)
        self._first = first
        self._before = first

    def is_deleted(self) -> bool:
        """Tell whether the file has no name any more, so that whatever is written to it gets lost.

        Raises:
            OSError: the script has closed the file's descriptor, and it cannot be opened anew.
        """
        return self._file.is_deleted()

    def append(self, lines: bytes) -> None:
        """Hand whole lines to the kernel.

        Raises:
            OSError: not all of it was taken. What was taken is cut off again; where that fails, it ends
                before the next line begins.
        """
        self._file.hold()
        before, data = self._before, self._before + lines
        # Set before the attempt: whatever interrupts it, the next line starts on a line of its own.
        self._before = b"\n" + self._first
        taken = 0
        try:
            while taken < len(data):
                taken += os.write(self._file.number, data[taken:])
        except OSError:
            # A shorter line, such as the end of the run, may fit in what is left of the disk.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.number, os.fstat(self._file.number).st_size - taken)
                self._before = before
            raise
        self._before = self._first = b""
        self._file.mark()

    def is_empty(self) -> bool:
        """Tell whether the file system took no line: nothing, or a part of the first ones."""
        return bool(self._first)

    def close(self) -> None:
        """Close the file; nothing is pending."""
        self._file.close()

    def discard(self) -> None:
        """Close and delete the file, which holds no whole line of anything that was logged."""
        self._file.close()
        os.unlink(self.path)


def create_numbered(prefix: str, first: bytes) -> LineFile:
    """Create the first file that is not there yet, nor one of points beside it: the prefix and a number.

    Raises:
        OSError: it could not be created.
    """
    number = 0
    while True:
        # Points whose lines were deleted: no others may be written over them, or get their names.
        if not os.path.lexists(f"{prefix}{number}{POINTS}"):
            with contextlib.suppress(FileExistsError):
                return LineFile(f"{prefix}{number}{ENDING}", first)
        number += 1
