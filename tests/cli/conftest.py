"""Stores with fixed ids and times; the command line in this process, in another, and in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fitscribe.cli import main
from fitscribe.store import RunWriter, Store, writer

START = 1_000_000_000.0  # 2001-09-09 01:46:40 UTC


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Clock:
    """The time that writers write: it stands still unless a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Builder:
    """Writes runs event by event, as the writing side does."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    def run(
        self,
        run_id: str,
        name: str = "Ridge",
        *,
        params: dict[str, Any] | None = None,
        changed: list[str] | None = None,
        metrics: dict[str, Any] | None = None,
        status: str | None = "finished",
        error: dict[str, str] | None = None,
        seconds: float = 1.5,
        events: list[tuple[str, dict[str, Any]]] | None = None,
        **header: Any,
    ) -> RunWriter:
        head = {
            "experiment": "train",
            "parent": None,
            "role": "training",
            "site": "",
            "launch": None,
            **header,
        }
        run = RunWriter(self.store.run_folder(run_id))
        run.event("run", id=run_id, name=name, **head)
        if params:
            run.event("params", values=params, **({} if changed is None else {"changed": changed}))
        for metric, values in (metrics or {}).items():
            for step, value in enumerate(values if isinstance(values, list) else [values]):
                run.point(metric, value, step)
        for kind, fields in events or []:
            run.event(kind, **fields)
        if status is not None:
            self.clock.now += seconds
            run.event("end", status=status, error=error)
            run.close()
        self.clock.now += 60
        return run


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def build(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    clock = Clock()
    monkeypatch.setattr(writer, "time", clock)
    return Builder(Store(own_store), clock)


@pytest.fixture
def fitscribe(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run a command line in this process, without a terminal."""

    def run(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return run


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own."""
    command = [sys.executable, "-m", "fitscribe.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


_STYLES = re.compile(r"\x1b\[[0-9;]*m")


def terminal(*arguments: str, columns: int = 80, answer: str = "", styles: bool = False) -> tuple[int, str]:
    """Run a command line in a terminal of some width; its exit code and what the terminal showed."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "fitscribe.cli", *arguments]
    environment = {**os.environ, "TERM": "xterm-256color"}
    running = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment)
    os.close(child)
    if answer:
        os.write(parent, answer.encode())
    shown = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(parent)
    text = shown.decode().replace("\r\n", "\n")
    return running.wait(60), text if styles else _STYLES.sub("", text)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, size in (("same.pt", 100), ("other.pt", 50), ("touched.pt", 100)):
        (tmp_path / name).write_bytes(b"x" * size)
    return tmp_path
