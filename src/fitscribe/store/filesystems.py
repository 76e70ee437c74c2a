"""Which folders may be written through a memory mapping."""

from __future__ import annotations

import os

# Local file systems on which no page fault fails that writes to a block which posix_fallocate reserved.
# Anything else, and above all a network file system, would answer a full disk or a lost server with SIGBUS.
_MAPPABLE = frozenset({"ext2", "ext3", "ext4", "xfs", "tmpfs", "overlay", "f2fs"})
_ESCAPES = (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\"))

_verdicts: dict[int, bool] = {}


def may_map(fd: int) -> bool:
    """Tell whether the file behind `fd` lies on a file system known to be safe for writing through `mmap`.

    Unknown file systems, and systems other than Linux, are answered with no. The answer is kept per device.
    """
    if not hasattr(os, "posix_fallocate"):
        return False
    device = os.fstat(fd).st_dev
    verdict = _verdicts.get(device)
    if verdict is None:
        verdict = _verdicts[device] = _type_of(fd, device) in _MAPPABLE
    return verdict


def _type_of(fd: int, device: int) -> str | None:
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
        path = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return None
    return filesystem_of(lines, f"{os.major(device)}:{os.minor(device)}", path)


def filesystem_of(mountinfo: list[str], device: str, path: str) -> str | None:
    """Return the type of the file system that holds `path`, or None where the table does not tell.

    Args:
        mountinfo: lines of `/proc/<pid>/mountinfo`.
        device: "major:minor" of the file, which decides where it is listed.
        path: absolute path of the file; the longest mount point above it decides otherwise. btrfs and
            overlay show files under a device of their own, which no line lists.
    """
    best: tuple[int, str] | None = None
    for line in mountinfo:
        left, separator, right = line.partition(" - ")
        fields = left.split()
        if not separator or len(fields) < 5 or not right.split():
            continue
        kind = right.split()[0]
        if fields[2] == device:
            return kind
        point = fields[4]
        for escape, plain in _ESCAPES:
            point = point.replace(escape, plain)
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # Later lines lie on top of earlier ones at the same mount point.
        if inside and (best is None or len(point) >= best[0]):
            best = (len(point), kind)
    return best[1] if best else None
