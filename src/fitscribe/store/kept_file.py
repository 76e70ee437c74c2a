"""Files that stay open while the script goes on, which may close their descriptors behind our back."""

from __future__ import annotations

import errno
import mmap
import os
import sys

# How often another thread may open a file just when one is mapped.
_TRIES = 8
# No file that is written from its beginning comes to be here by chance.
_FIRST_MARK = 1 << 30


class KeptFile:
    """A file that is written to at its path for as long as that is there; not thread-safe.

    A script may close all descriptors of its process, as daemons do, and open files of its own: the number
    that was ours is one of theirs then. Who writes calls `hold` before, who cuts or grows `check`.

    Args:
        path: the file, absolute.
        flags: to open it with for the first time. Writes have to say where they go, or append: the position
            of the descriptor is a mark by which it is known.

    Attributes:
        path: the file.
        number: the descriptor that was found to be ours; -1, which no call takes, where it was none.

    Raises:
        OSError: it could not be opened.
    """

    def __init__(self, path: str, flags: int) -> None:
        self.path = path
        self._flags = (flags | getattr(os, "O_BINARY", 0)) & ~(os.O_CREAT | os.O_EXCL)
        self.number = os.open(path, flags | self._flags, 0o666)
        status = os.fstat(self.number)
        self._inode, self._device = status.st_ino, status.st_dev
        self._mark = _FIRST_MARK + int.from_bytes(os.urandom(3), "big")
        self.mark()

    def hold(self) -> None:
        """As `check`, without a word to the file system: one on a network would have to write all out first.

        Raises:
            OSError: as `check` does.
        """
        try:
            if os.lseek(self.number, 0, os.SEEK_CUR) == self._mark:
                return
        except OSError:  # closed, or a pipe by now
            pass
        self.check()
        self.mark()

    def mark(self) -> None:
        """Put the mark back by which `hold` knows the descriptor, after a write that has moved it."""
        os.lseek(self.number, self._mark, os.SEEK_SET)

    def is_deleted(self) -> bool:
        """Tell whether the file has no name any more; raises what else `check` does."""
        try:
            return self.check().st_nlink == 0
        except FileNotFoundError:
            return True

    def check(self) -> os.stat_result:
        """See to it that `number` is a descriptor of this file, which is opened anew where it has to be.

        Returns:
            The status of the file.

        Raises:
            FileNotFoundError: the script has closed the descriptor, and the file is no longer at its path.
            OSError: it could not be opened anew.
        """
        try:
            status = os.fstat(self.number)
            if self._is_of(status):
                return status
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
        return self._open_anew()

    def close(self) -> None:
        """Close the descriptor, if it is ours still."""
        number, self.number = self.number, -1
        if self._is_ours(number):
            os.close(number)

    def map(self, start: int, size: int) -> tuple[mmap.mmap, int | None]:
        """Map a part of the file, right after `check`.

        Returns:
            The mapping, and the descriptor that it keeps for itself and closes at its end, if any.

        Raises:
            OSError: it could not be mapped.
        """
        if sys.platform == "win32":  # it maps by a handle of its own
            return mmap.mmap(self.number, size, offset=start), None
        if sys.version_info >= (3, 13):
            return mmap.mmap(self.number, size, offset=start, trackfd=False), None
        # Up to Python 3.12 a mapping does not tell which descriptor it keeps: the lowest that is free, as
        # this one is.
        for _ in range(_TRIES):
            number = os.dup(self.number)
            os.close(number)
            mapping = mmap.mmap(self.number, size, offset=start)
            if self._is_ours(number):
                return mapping, number
            mapping.close()
        raise OSError(errno.EAGAIN, "other threads open files all the time", self.path)

    def unmap(self, mapping: mmap.mmap, number: int | None) -> None:
        """End a mapping.

        Args:
            mapping: a part of this file.
            number: the descriptor that it keeps; where it is another file's by now, the mapping stays.
        """
        if number is None or self._is_ours(number):
            mapping.close()
        else:
            # It would close that file, and do so even when it goes with the modules of this process. What
            # is to be called after a fork outlives these; Windows, which has none, maps by no descriptor.
            os.register_at_fork(after_in_child=mapping.tell)

    def _open_anew(self) -> os.stat_result:
        self.number = -1
        number = os.open(self.path, self._flags)
        status = os.fstat(number)
        if not self._is_of(status):
            os.close(number)
            raise FileNotFoundError(errno.ENOENT, "another file is in the place of", self.path)
        self.number = number
        self.mark()
        return status

    def _is_ours(self, number: int) -> bool:
        try:
            return self._is_of(os.fstat(number))
        except OSError as error:
            # What the file system says of it, such as that its server is gone, changes nothing.
            return error.errno != errno.EBADF

    def _is_of(self, status: os.stat_result) -> bool:
        return status.st_ino == self._inode and status.st_dev == self._device
