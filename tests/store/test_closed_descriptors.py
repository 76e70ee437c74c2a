"""Scripts that close all descriptors of their process, as daemons do, and open files of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fitscribe.store import Store, read_all_series, read_run

Script = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs the numbers of descriptors")

# What each script begins with: a run of its own, and a way to take every number that is free.
BEGIN = """
import os, sys
from fitscribe.store import RunWriter, Store, points
root, folder, way = sys.argv[1:4]
if way == "written":
    points.may_map = lambda fd: False
writer = RunWriter(Store(root).run_folder("run1"))
writer.event("run", id="run1")

def log(first, end):
    for step in range(first, end):
        writer.point("x", float(step), step)
    writer.event("params", values={f"p{end}": end})
    writer.child("child1", [("params", {"values": {f"c{end}": end}})])

def close_all():
    os.closerange(3, 1024)

def open_own(name, **how):
    files = [open(os.path.join(folder, f"{name}{n}"), "wb", **how) for n in range(12)]
    for file in files:
        file.write(b"precious")
    return files
"""


def check(store: Store, folder: Path, points: int, calls: list[int], writers: int = 1) -> None:
    for file in folder.glob("own*"):
        assert file.read_bytes() == b"precious, whole", file
    assert len(list(folder.glob("own*"))) >= 12
    record = read_run(store.run_folder("run1"))
    assert record.damage == [] and record.status == "finished"
    assert record.params == {f"p{end}": end for end in calls}
    assert record.children["child1"].params == {f"c{end}": end for end in calls}
    assert list(read_all_series(store.run_folder("run1"))["x"].values) == [float(n) for n in range(points)]
    assert [writer.sealed for writer in record.writers] == [True] * writers


@pytest.fixture(params=["mapped", "written"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("before", [5, 100, 3_000])
@pytest.mark.parametrize("buffering", [0, -1])
def test_nothing_is_written_to_the_files_of_the_script(
    store: Store, tmp_path: Path, script: Script, way: str, before: int, buffering: int
) -> None:
    """Nor are they cut off or closed, and no line and no point of the run is lost."""
    code = f"""
log(0, {before})
close_all()
own = open_own("own", buffering={buffering})
log({before}, {before} + 6_000)
log({before} + 6_000, {before} + 6_001)
writer.event("end", status="finished", error=None)
writer.close()
for file in own:
    file.write(b", whole")
"""
    done = script(BEGIN + code, store.root, tmp_path, way)
    assert done.stderr == ""
    check(store, tmp_path, before + 6_001, [before, before + 6_000, before + 6_001])


def test_again_and_again(store: Store, tmp_path: Path, script: Script, way: str) -> None:
    code = """
opened = []
for number in range(10):
    log(number * 3_000, (number + 1) * 3_000)
    close_all()
    own = open_own(f"own{number}-", buffering=0)
    opened.append(own)
    for file in own:
        file.write(b", whole")
writer.event("end", status="finished", error=None)
writer.close()
"""
    script(BEGIN + code, store.root, tmp_path, way)
    check(store, tmp_path, 30_000, [(number + 1) * 3_000 for number in range(10)])


@pytest.mark.parametrize("number", range(3, 9))
def test_any_one_descriptor(store: Store, tmp_path: Path, script: Script, way: str, number: int) -> None:
    """Among them that of a mapping, which Python keeps for itself."""
    code = f"""
log(0, 100)
try:
    os.close({number})
except OSError:
    pass
own = open_own("own")
writer.event("end", status="finished", error=None)
writer.close()
for file in own:
    file.write(b", whole")
"""
    script(BEGIN + code, store.root, tmp_path, way)
    check(store, tmp_path, 100, [100])


def test_only_the_end_comes_after(store: Store, tmp_path: Path, script: Script, way: str) -> None:
    code = """
log(0, 100)
close_all()
own = open_own("own")
for file in own:
    file.write(b", whole")
writer.event("end", status="finished", error=None)
writer.close()
"""
    script(BEGIN + code, store.root, tmp_path, way)
    check(store, tmp_path, 100, [100])
    (points,) = store.run_folder("run1").glob("*.bin")
    assert points.stat().st_size == 100 * 32


def test_a_fork_leaves_them_alone_too(store: Store, tmp_path: Path, script: Script, way: str) -> None:
    code = """
log(0, 100)
close_all()
own = open_own("own")
if os.fork() == 0:
    for file in own:
        file.write(b", whole")
        file.close()
    os._exit(0)
os.wait()
writer.event("end", status="finished", error=None)
writer.close()
os._exit(0)
"""
    script(BEGIN + code, store.root, tmp_path, way)
    check(store, tmp_path, 100, [100])


def test_files_that_are_gone_by_then_are_made_anew(store: Store, tmp_path: Path, script: Script) -> None:
    code = """
log(0, 100)
close_all()
own = open_own("own", buffering=0)
for file in writer.folder.iterdir():
    file.rename(file.with_name("away-" + file.name))
for file in own:
    file.write(b", whole")
writer.event("run", id="run1")
log(0, 100)
writer.event("end", status="finished", error=None)
writer.close()
"""
    script(BEGIN + code, store.root, tmp_path, "mapped")
    check(store, tmp_path, 100, [100])
