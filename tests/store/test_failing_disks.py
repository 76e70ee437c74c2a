"""Full disks, folders that cannot be written, folders that vanish: calls raise, nothing earlier is lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fitscribe.store import RunWriter, Store, read_run, read_series, run_files
from fitscribe.store.points import RECORD


def fill(folder: Path) -> Path:
    """Leave no block free."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file, pytest.raises(OSError) as full:
        for size in (4096, 1):
            while True:
                try:
                    file.write(bytes(size))
                except OSError:
                    if size == 1:
                        raise
                    break
    assert full.value.errno == errno.ENOSPC
    return filler


def test_a_full_disk_loses_only_what_was_refused(small_disk: Path) -> None:
    writer = RunWriter(Store(small_disk / "store").run_folder("run1"))
    writer.event("run", id="run1")
    writer.point("x", 0.0, 0)
    filler = fill(small_disk)
    kept = [0]
    refused = set()
    for step in range(1, 2_000):
        try:
            writer.point("x", float(step), step)
        except OSError as error:
            refused.add(error.errno)
        else:
            kept.append(step)
    assert refused == {errno.ENOSPC} and len(kept) == 4096 // RECORD.size
    for number in range(100):
        with pytest.raises(OSError):
            for _ in range(200):
                writer.event("tags", values={f"tag {number}": "x" * 100})
    with pytest.raises(OSError):
        writer.point("another", 1.0)
    assert list(read_series(writer.folder, "x").steps) == kept
    filler.unlink()
    for step in range(2_000, 4_000):
        writer.point("x", float(step), step)
        kept.append(step)
    writer.event("tags", values={"tag": "after"})
    writer.point("another", 2.0)
    writer.event("end", status="finished", error=None)
    writer.close()
    record = read_run(writer.folder)
    assert list(read_series(writer.folder, "x").steps) == kept
    assert list(read_series(writer.folder, "another").values) == [2.0]
    assert (record.tags["tag"], record.status) == ("after", "finished")
    assert all("cannot be read" in damage for damage in record.damage)


def test_what_is_too_long_for_a_full_disk_leaves_its_room_to_what_is_shorter(small_disk: Path) -> None:
    writer = RunWriter(Store(small_disk / "store").run_folder("run1"))
    writer.event("run", id="run1")
    fill(small_disk)
    with pytest.raises(OSError):
        writer.event("notes", text="x" * 9_000)
    writer.event("end", status="finished")
    writer.close()
    record = read_run(writer.folder)
    assert record.status == "finished" and not record.damage


def test_a_disk_that_fills_up_under_a_mapping_kills_nobody(
    small_disk: Path, script: Callable[..., object]
) -> None:
    """Reserved blocks: no SIGBUS, the last block is used, and each call says whether it was kept."""
    done = script(
        "import sys\n"
        "from fitscribe.store import RunWriter, Store, read_series\n"
        "writer = RunWriter(Store(sys.argv[1]).run_folder('run1'))\n"
        "kept = []\n"
        "for step in range(20_000):\n"
        "    try:\n"
        "        writer.point('x', 1.0, step)\n"
        "    except OSError:\n"
        "        continue\n"
        "    kept.append(step)\n"
        "assert list(read_series(writer.folder, 'x').steps) == kept\n"
        "print(len(kept))\n",
        small_disk / "store",
    )
    kept = int(done.stdout)  # type: ignore[attr-defined] # a CompletedProcess
    assert 7_000 < kept < 256 * 1024 // RECORD.size


def test_a_file_size_limit_is_like_a_full_disk(tmp_path: Path, script: Callable[..., object]) -> None:
    resource = pytest.importorskip("resource")
    assert resource
    script(
        "import resource, sys\n"
        "from fitscribe.store import RunWriter, Store, read_run, read_series\n"
        "writer = RunWriter(Store(sys.argv[1]).run_folder('run1'))\n"
        "writer.event('run', id='run1')\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))\n"
        "kept = []\n"
        "for step in range(100):\n"
        "    try:\n"
        "        writer.point('x', 1.0, step)\n"
        "        kept.append(step)\n"
        "    except OSError:\n"
        "        pass\n"
        "assert len(kept) == 1000 // 32, kept\n"
        "for _ in range(3):\n"
        "    try:\n"
        "        writer.event('notes', text='x' * 2000)\n"
        "        raise SystemExit('not refused')\n"
        "    except OSError:\n"
        "        pass\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
        "writer.event('notes', text='after')\n"
        "writer.point('x', 1.0, 1000)\n"
        "writer.close()\n"
        "record = read_run(writer.folder)\n"
        "assert record.notes == 'after'\n"
        "assert list(read_series(writer.folder, 'x').steps) == kept + [1000]\n"
        "assert not record.damage, record.damage\n",
        tmp_path / "limited",
    )


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be created, not even by root where that can be arranged."""
    folder = tmp_path / "unwritable"
    folder.mkdir()
    if os.name == "nt":
        pytest.skip("folders cannot be made read-only here")
    if os.geteuid() != 0:
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "none", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("root ignores permissions, and no read-only file system can be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_store_that_cannot_be_created_raises_each_time(unwritable: Path) -> None:
    store = Store(unwritable / "store")
    writer = RunWriter(store.run_folder("run1"))
    for _ in range(2):
        with pytest.raises(OSError):
            writer.event("run", id="run1")
        with pytest.raises(OSError):
            writer.point("x", 1.0)
        with pytest.raises(OSError):
            writer.points({"x": 1.0})
        with pytest.raises(OSError):
            writer.artifact("x")
    writer.close()
    (finding,) = Store(unwritable).health()[:1]
    assert (finding.where, "cannot be written" in finding.problem) == (".", True)


def test_a_file_where_the_store_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store = Store(tmp_path / "file")
    with pytest.raises(OSError):
        RunWriter(store.run_folder("run1")).point("x", 1.0)
    assert (store.run_ids(), store.trashed_ids()) == ([], [])
    (finding,) = store.health()
    assert "a file where the store should be" in finding.problem


def test_a_store_deleted_in_the_middle_is_not_made_again(
    writer: RunWriter, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_files, "LOOK_EVERY_S", 0.0)
    writer.point("x", 1.0)
    shutil.rmtree(store.root)
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            writer.event("notes", text="x")
        with pytest.raises(FileNotFoundError):
            writer.point("x", 2.0)
        with pytest.raises(FileNotFoundError):
            writer.points({"x": 2.0, "y": 1.0})
        with pytest.raises(FileNotFoundError):
            writer.artifact("a/b")
    assert not store.root.exists()
    writer.close()
    with pytest.raises(FileNotFoundError):
        writer.event("notes", text="x")
    assert not store.root.exists()


def test_points_to_a_deleted_file_are_refused_after_a_while(
    writer: RunWriter, store: Store, clock: list[float]
) -> None:
    for _ in range(100):
        writer.point("x", 1.0)
    shutil.rmtree(store.root)
    writer.point("x", 1.0)
    clock[0] += 1.1
    with pytest.raises(FileNotFoundError):
        writer.point("x", 1.0)
    with pytest.raises(FileNotFoundError):
        writer.point("x", 1.0)


def test_a_folder_that_comes_back_is_written_again(writer: RunWriter, store: Store) -> None:
    writer.point("x", 1.0)
    shutil.copytree(store.root, store.root.with_name("backup"))
    shutil.rmtree(store.root)
    with pytest.raises(FileNotFoundError):
        writer.event("notes", text="x")
    with pytest.raises(FileNotFoundError):
        writer.point("x", 2.0)
    store.root.with_name("backup").rename(store.root)
    writer.point("x", 3.0)
    assert list(read_series(writer.folder, "x").values) == [1.0, 3.0]


def test_a_run_that_is_trashed_while_it_runs_takes_what_is_logged_along(
    writer: RunWriter, store: Store
) -> None:
    writer.point("x", 1.0)
    assert store.trash(["run1"]) == ["run1"]
    writer.point("x", 2.0)
    writer.event("end", status="finished", error=None)
    writer.close()
    assert store.restore(["run1"]) == ["run1"]
    record = read_run(writer.folder)
    assert (record.last["x"].count, record.status) == (2, "finished")
