"""Opening the files of a store, which somebody else may have made: plain ones, whatever is in their place."""

from __future__ import annotations

import errno
import os
import stat

# Of a file with more holes than this nothing of ours has written a part; its zeros would fill the memory.
_HOLLOW_BYTES = 1 << 30
_HOLLOW_TIMES = 64
_BLOCK = 512
# To open a named pipe would wait for whoever writes into it.
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
)


def open_plain(path: str | os.PathLike[str]) -> int:
    """Open a plain file for reading, and return its descriptor.

    Raises:
        OSError: it cannot be opened, is a link, a folder, a pipe, a socket or a device, or claims to be many
            times larger than what it takes on the disk.
    """
    try:
        number = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link, and none is followed", os.fspath(path)) from None
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):
            raise _not_plain(path) from None
        raise
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise _not_plain(path)
        taken = getattr(found, "st_blocks", found.st_size) * _BLOCK
        if found.st_size > max(_HOLLOW_BYTES, _HOLLOW_TIMES * taken):
            raise OSError(errno.EFBIG, "it claims to be far larger than it is", os.fspath(path))
    except BaseException:
        os.close(number)
        raise
    return number


def read_plain(path: str | os.PathLike[str]) -> bytes:
    """Return what is in a plain file.

    Raises:
        OSError: as `open_plain` does, or it cannot be read.
    """
    with open(open_plain(path), "rb", buffering=0) as file:
        return file.read()


def _not_plain(path: str | os.PathLike[str]) -> OSError:
    return OSError(errno.EINVAL, "it is no plain file", os.fspath(path))
