from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.mounting import mounted

from fitscribe.store import RunWriter, Store, run_files
from fitscribe.store import writer as writer_module

Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def store(own_store: Path) -> Store:
    return Store(own_store)


@pytest.fixture
def writer(store: Store) -> Iterator[RunWriter]:
    """A writer of a run that has said what it is."""
    writer = RunWriter(store.run_folder("run1"))
    writer.event("run", id="run1", name="first", experiment="e", parent=None, role="group", launch="launch1")
    yield writer
    writer.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that writers go by: its one item, which a test may set."""
    now = [writer_module.time()]
    for module in (writer_module, run_files):
        monkeypatch.setattr(module, "time", lambda: now[0])
    return now


@pytest.fixture(params=["mapped", "written"])
def point_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways that points take: the mapped chunk, and `os.write` where a file system may not be mapped."""
    from fitscribe.store import points

    if request.param == "written":
        monkeypatch.setattr(points, "may_map", lambda fd: False)
    elif not hasattr(os, "posix_fallocate"):
        pytest.skip("this system preallocates nothing")
    return str(request.param)


@pytest.fixture
def script() -> Script:
    """Run Python code in a process of its own; its arguments are strings."""

    def run(code: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=check, timeout=120)

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB: what a full disk is like."""
    with mounted(tmp_path / "small", "size=256k") as folder:
        yield folder
