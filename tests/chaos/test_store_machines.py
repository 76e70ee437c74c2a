"""Processes of several machines on one store, as namespaces play them; a file system that is not mapped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import pytest
from tests.chaos.reading import command

import fitscribe
from fitscribe.store import identity
from fitscribe.store.points import RECORD

# Another machine has a name, a boot and processes of its own; another container has the boot of its host.
MACHINES = {
    "machine": ("other", True),
    "container": ("other", False),
    "container of the same name": (os.uname().nodename if hasattr(os, "uname") else "", False),
    "machine of the same name": (os.uname().nodename if hasattr(os, "uname") else "", True),
}
BOOT = "/proc/sys/kernel/random/boot_id"
UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--uts", "--net", "--mount-proc")

WRITE = """
import os, sys
import fitscribe
name = sys.argv[1]
with fitscribe.start_run(name) as run:
    run.log_params({"name": name})
    for step in range(100): run.log_metric("x", float(step), step)
    print(run.id, flush=True)
    sys.stdin.readline()
    run.log_metric("x", 100.0, 100)
for number in range(20):
    with fitscribe.start_run(f"{name} {number}") as run:
        for step in range(50): run.log_metric("x", float(step), step)
        run.log_text(name, "name")
        run.log_child("child", metrics={"score": 1.0})
"""


class Machine(NamedTuple):
    """A process on another machine: the first one there, so that all ends with it."""

    process: subprocess.Popen[str]
    run: str

    def go_on(self) -> None:
        stdin: IO[str] = self.process.stdin  # type: ignore[assignment] # a pipe
        stdin.write("\n")
        stdin.flush()


@contextmanager
def machine(kind: str, name: str, folder: Path) -> Iterator[Machine]:
    """Run `WRITE` on another machine, as far as the kernel lets us be one."""
    host, has_own_boot = MACHINES[kind]
    boot = folder / "boot"
    boot.write_text("0f0f0f0f-1111-2222-3333-444444444444\n")
    steps = [f"hostname {host}", *([f"mount --bind {boot} {BOOT}"] if has_own_boot else []), 'exec "$@"']
    inside = ["sh", "-ec", "\n".join(steps), "sh", sys.executable, "-c", WRITE, name]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    process = subprocess.Popen(
        [*UNSHARE, *inside], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    stdout: IO[str] = process.stdout  # type: ignore[assignment] # a pipe
    run = stdout.readline().strip()
    try:
        if not run:
            pytest.skip(f"namespaces need rights: {process.communicate()[1].strip()}")
        yield Machine(process, run)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", MACHINES)
def test_a_run_of_another_machine_is_silent_and_never_crashed(kind: str, tmp_path: Path) -> None:
    with machine(kind, "theirs", tmp_path) as other:
        run = fitscribe.get_run(other.run)
        assert (run.status, len(run.series("x"))) == ("silent", 100)
        (lines,) = run.path.glob("w-*.jsonl")
        writer = json.loads(lines.read_text().splitlines()[0])
        here = identity.current()
        assert writer["host"] == MACHINES[kind][0] and writer["pidns"] != here.pidns
        assert (writer["boot"] == here.boot) != MACHINES[kind][1]
        code, shown, _ = command("show", other.run)
        assert code == 0 and "silent" in shown
        code, shown, _ = command("ls")
        assert code == 0 and "silent" in shown and "crashed" not in shown
        other.process.send_signal(signal.SIGKILL)
        other.process.wait()
        assert fitscribe.get_run(other.run).status == "silent"
        assert fitscribe.search_runs("status = 'silent'")[0].id == other.run
        assert list(fitscribe.get_run(other.run).series("x").steps) == list(range(100))


def test_a_run_of_another_machine_that_ends_says_so(tmp_path: Path) -> None:
    with machine("machine", "theirs", tmp_path) as other:
        assert fitscribe.get_run(other.run).status == "silent"
        other.go_on()
        other.process.wait()
        run = fitscribe.get_run(other.run)
        assert (run.status, len(run.series("x"))) == ("finished", 101)


def test_two_machines_write_one_store_at_once_and_lose_nothing(tmp_path: Path) -> None:
    with machine("machine", "theirs", tmp_path) as other:
        own = subprocess.Popen(
            [sys.executable, "-c", WRITE, "ours"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert own.stdout is not None
        first = own.stdout.readline().strip()
        assert fitscribe.get_run(first).status == "running"
        other.go_on()
        own.communicate("\n")
        other.process.wait()
        assert (own.returncode, other.process.returncode) == (0, 0)
    runs = fitscribe.search_runs("parent is null")
    assert sorted(run.name for run in runs) == sorted(
        name for who in ("ours", "theirs") for name in (who, *(f"{who} {number}" for number in range(20)))
    )
    for run in runs:
        assert run.status == "finished" and not run.damage
        assert list(run.series("x").steps) == list(range(50 if " " in run.name else 101))
        if " " in run.name:
            assert [child.metrics["score"] for child in run.children] == [1.0]
            assert (run.path / "artifacts" / "name.txt").read_text() == run.name.split()[0]


VICTIM = """
import itertools, os
import fitscribe
run = fitscribe.start_run("victim")
for step in itertools.count():
    run.log_metric("x", float(step), step)
    os.write(1, b"%d\\n" % step)
"""


def test_a_file_system_that_is_not_known_is_written_without_a_mapping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network file system: no chunk is reserved, and what was acknowledged survives the kill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "ramfs", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a file system needs root")
    try:
        monkeypatch.setenv("FITSCRIBE_STORE", str(folder / "store"))
        process = subprocess.Popen([sys.executable, "-c", VICTIM], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(3_000):
            process.stdout.readline()
        (points,) = (folder / "store" / "runs").glob("*/w-*.bin")
        assert points.stat().st_size % RECORD.size == 0
        process.kill()
        acknowledged = 3_000 + process.stdout.read().count(b"\n")
        process.wait()
        process.stdout.close()
        # A chunk would have been reserved in whole pages.
        assert points.stat().st_size // RECORD.size in (acknowledged, acknowledged + 1)
        run = fitscribe.get_run("latest")
        assert (run.status, run.damage) == ("crashed", [])
        assert list(run.series("x").steps)[:acknowledged] == list(range(acknowledged))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
