from __future__ import annotations

import os
from pathlib import Path

import pytest

from fitscribe.store.filesystems import filesystem_of, may_map

MOUNTS = [
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw",
    "23 22 0:30 / /home rw shared:1 - nfs4 server:/home rw",
    "24 22 0:31 / /home/me/with\\040space rw - tmpfs none rw",
    "25 22 0:40 / /data rw - ext4 /dev/sdb1 rw",
    "26 25 0:41 / /data rw - fuse.sshfs there:/ rw",
    "27 22 0:50 / /over rw - overlay overlay rw",
    "damaged",
]


@pytest.mark.parametrize(
    ("device", "path", "kind"),
    [
        ("8:1", "/anything", "ext4"),
        ("0:30", "/home/me/x", "nfs4"),
        ("9:9", "/home/me/x", "nfs4"),
        ("9:9", "/home/me/with space/x", "tmpfs"),
        ("9:9", "/homes/x", "ext4"),
        ("9:9", "/data/x", "fuse.sshfs"),
        ("9:9", "/over/x", "overlay"),
        ("9:9", "", None),
    ],
)
def test_the_table_of_mounts_is_read(device: str, path: str, kind: str | None) -> None:
    assert filesystem_of(MOUNTS, device, path) == kind


def test_what_is_no_known_file_system_is_not_mapped(tmp_path: Path) -> None:
    read, write = os.pipe()
    assert may_map(read) is False
    os.close(read)
    os.close(write)
