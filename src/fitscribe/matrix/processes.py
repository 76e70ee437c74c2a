"""Commands of several cells at a time: what each took, and an end for all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Stopped(Exception):
    """The runner has been told to end; what a command was about to find is of no interest."""


class Ended(NamedTuple):
    """A command that has ended.

    Attributes:
        code: its exit code; that of a signal is negative.
        cpu_s: seconds of CPU that it took, and all processes that it waited for.
    """

    code: int
    cpu_s: float


class Processes:
    """Runs commands, each in a process group of its own. Safe to use from several threads."""

    def __init__(self) -> None:
        self._groups: set[int] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self, command: Sequence[str | Path], *, folder: Path, environ: Mapping[str, str], log: Path
    ) -> Ended:
        """Run a command to its end.

        Args:
            command: a program and its arguments.
            folder: where it runs.
            environ: its environment.
            log: its output is added to this file.

        Raises:
            Stopped: `stop` was called before or while it ran.
        """
        with log.open("ab") as output, self._lock:
            if self._stopped:
                raise Stopped
            child = subprocess.Popen(
                command,
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._groups.add(child.pid)
        # wait4 counts the child together with all processes that it has waited for, to their very end.
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        with self._lock:
            self._groups.discard(child.pid)
            if self._stopped:
                raise Stopped
        return Ended(child.returncode, usage.ru_utime + usage.ru_stime)

    def stop(self) -> None:
        """End every command that runs, with all processes that it has started, and start no other."""
        with self._lock:
            self._stopped = True
            for group in self._groups:
                # Between its end and our knowing of it there is nobody left to be told.
                try:
                    os.killpg(group, signal.SIGTERM)
                except ProcessLookupError:
                    continue
