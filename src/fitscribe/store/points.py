"""The binary half of a writer: points as records of 32 bytes, appended to one file."""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Iterable
from struct import Struct

from fitscribe.store.filesystems import may_map
from fitscribe.store.kept_file import KeptFile

RECORD = Struct("<qqdd")
"""Key of the metric, step, time, value. Key 0 is an empty record."""

_KEY = Struct("<q")
_PAYLOAD = Struct("<qdd")
_SIZE = RECORD.size

# A short series stays small: only a writer that has this many bytes of points gets a preallocated chunk.
_MAP_AFTER = 32 * _SIZE
_FIRST_CHUNK = 64 << 10
_LAST_CHUNK = 256 << 10
# Linux 5.14 and newer. Touching the pages of a chunk at once spares one log call in 128 a page fault.
_MADV_POPULATE_WRITE = 23


class StepTooLarge(ValueError):
    """A step does not fit 64 bits: an error of whoever gave it.

    Args:
        step: the step.
    """

    def __init__(self, step: int | None) -> None:
        super().__init__(f"the step of a metric is a whole number of 64 bits, not {step}")


def checked_step(step: int) -> int:
    """Return a step that fits a record.

    Raises:
        StepTooLarge: it does not fit 64 bits.
    """
    if not -(1 << 63) <= step < 1 << 63:
        raise StepTooLarge(step)
    return step


class PointFile:
    """A file that points are appended to; not thread-safe.

    A record goes through `os.pwrite` at first. On a local file system a writer with many of them gets chunks
    that are preallocated and mapped: no system call, and above all no release of the GIL, which another
    busy thread would give back 5 ms later. Either way the kernel has the record when the call returns.

    Args:
        path: the file, which is created.
        is_new: whether there must be none yet; one that has points would lose them.

    Raises:
        FileExistsError: there is one.
        OSError: it could not be created.
    """

    def __init__(self, path: str, is_new: bool = True) -> None:
        self._file = KeptFile(path, os.O_RDWR | os.O_CREAT | (os.O_EXCL if is_new else 0))
        self._end = 0
        self._longer = False
        self._map: mmap.mmap | None = None
        self._map_number: int | None = None
        self._map_start = 0
        self._map_end = 0
        self._map_after: float = _MAP_AFTER
        self._chunk = _FIRST_CHUNK

    def add(self, key: int, step: int, time: float, value: float) -> None:
        """Append one record.

        Raises:
            OSError: the file system did not take it.
            struct.error: the step does not fit 64 bits.
        """
        # Claimed before it is filled: a signal handler that logs in between takes the next one. Before the
        # `if` too: Python 3.10 runs signal handlers where it jumps over one.
        offset = self._end
        self._end = offset + _SIZE
        if offset >= self._map_end:
            self._end = offset
            if not self._map_chunk():
                self._write(RECORD.pack(key, step, time, value))
                return
            offset = self._end
            self._end = offset + _SIZE
        offset -= self._map_start
        # The key comes last: a process killed between the two leaves an empty record, not half of one.
        _PAYLOAD.pack_into(self._map, offset + 8, step, time, value)  # type: ignore[arg-type] # mapped
        _KEY.pack_into(self._map, offset, key)  # type: ignore[arg-type] # mapped

    def add_all(self, records: Iterable[tuple[int, int, float, float]]) -> None:
        """Append records, in one system call where they are few; raises as `add` does."""
        if self._map is None and self._end < self._map_after:
            self._write(b"".join([RECORD.pack(*record) for record in records]))
            return
        records = list(records)
        if not self._add_block(b"".join([RECORD.pack(*record) for record in records])):
            for record in records:
                self.add(*record)

    def _add_block(self, block: bytes) -> bool:
        """Append records at once, in the chunk that is mapped; False where it has no room for them all."""
        offset = self._end  # claimed as in `add`
        self._end = offset + len(block)
        if self._end > self._map_end:
            self._end = offset
            return False
        assert self._map is not None
        place = slice(offset - self._map_start, offset - self._map_start + len(block))
        # As in `add`: a process killed before the keys are there leaves empty records, not a part of one.
        without_keys = bytearray(block)
        for position in range(_KEY.size):
            without_keys[position::_SIZE] = bytes(len(block) // _SIZE)
        self._map[place] = without_keys
        self._map[place] = block
        return True

    def is_deleted(self) -> bool:
        """Tell whether the file has no name any more, so that whatever is written to it gets lost.

        Raises:
            OSError: the script has closed the file's descriptor, and it cannot be opened anew.
        """
        return self._file.is_deleted()

    def close(self) -> None:
        """Cut off what was preallocated or torn, and close the file.

        Raises:
            OSError: the file could not be cut; its end is empty records then, which readers skip.
        """
        try:
            if self._map is not None:
                self._file.unmap(self._map, self._map_number)
            if self._longer:
                self._file.check()
                os.ftruncate(self._file.number, self._end)
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Close what a fork has inherited, and leave the file to the parent."""
        if self._map is not None:
            self._file.unmap(self._map, self._map_number)
        self._file.close()

    def _write(self, data: bytes) -> None:
        self._file.hold()
        offset = self._end
        self._end = end = offset + len(data)
        try:
            while offset < end:
                offset += _write_at(self._file.number, data[offset - end :], offset)
        except BaseException:
            self._longer = True
            if self._end == end:
                # The next record overwrites what was torn.
                self._end = end - len(data)
            raise

    def _map_chunk(self) -> bool:
        """Map the next chunk of the file; False where records are to be written instead."""
        if self._end < self._map_after:
            return False
        size = self._chunk
        self._file.check()
        try:
            if not may_map(self._file.number):
                self._map_after = float("inf")
                return False
            start = self._end - self._end % mmap.ALLOCATIONGRANULARITY
            self._longer = True
            os.posix_fallocate(self._file.number, start, size)
            chunk, number = self._file.map(start, size)
        except OSError:
            # No room for a chunk, perhaps for a record: tried again some records later.
            self._map_after = self._end + _MAP_AFTER
            os.ftruncate(self._file.number, self._end)
            return False
        _populate(chunk)
        before, its_number = self._map, self._map_number
        self._map, self._map_start, self._map_end, self._map_number = chunk, start, start + size, number
        if before is not None:
            self._file.unmap(before, its_number)
        self._chunk = min(2 * size, _LAST_CHUNK)
        return True


def _seek_and_write(fd: int, data: bytes, offset: int) -> int:
    os.lseek(fd, offset, os.SEEK_SET)
    return os.write(fd, data)


_write_at = getattr(os, "pwrite", _seek_and_write)  # Windows has none
_can_populate = sys.platform == "linux"


def _populate(chunk: mmap.mmap) -> None:
    global _can_populate
    if _can_populate:
        try:
            chunk.madvise(_MADV_POPULATE_WRITE)
        except OSError:  # an older kernel: the pages come one by one
            _can_populate = False
