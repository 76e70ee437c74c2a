"""Who writes: the facts by which another process can later tell whether a writer still lives."""

from __future__ import annotations

import os
import re
import sys
from typing import NamedTuple

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


class Identity(NamedTuple):
    """One process, named so that no other process on any host or boot is mistaken for it.

    Attributes:
        host: name of the machine or container.
        boot: id of the kernel's boot, None where the system has none.
        pidns: pid namespace that `pid` counts in, None where the system has none.
        pid: process id.
        start: when the process started, in a unit that only `process_start` knows; None where unknown.
    """

    host: str
    boot: str | None
    pidns: str | None
    pid: int
    start: int | None

    @property
    def slug(self) -> str:
        """A file name part: letters, digits and hyphens."""
        host = _UNSAFE.sub("-", self.host.split(".")[0])[:24].strip("-") or "host"
        return f"{host}-{self.pid}-{self.start or 0:x}"


_current: Identity | None = None


def current() -> Identity:
    """Return the identity of this process; asked again after a fork."""
    global _current
    if _current is None or _current.pid != os.getpid():
        pid = os.getpid()
        _current = Identity(host_name(), boot_id(), pid_namespace(), pid, process_start(pid))
    return _current


def host_name() -> str:
    """Return the machine's name without importing `socket`."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def boot_id() -> str | None:
    """Return the id of the running kernel's boot, or None where the system does not tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


def pid_namespace() -> str | None:
    """Return the pid namespace of this process, such as "pid:[4026531836]", or None."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def process_start(pid: int) -> int | None:
    """Return when process `pid` started: clock ticks since boot on Linux, else milliseconds since 1970.

    Returns:
        None where the system does not tell.

    Raises:
        ProcessLookupError: there is no such process, or only its zombie.
    """
    return _linux_start(pid) if sys.platform.startswith("linux") else _start_elsewhere(pid)


def _linux_start(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The command name, in parentheses, may itself hold spaces and parentheses.
            fields = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        _must_exist(pid)
        return None
    except OSError:
        return None
    if fields[0] in (b"Z", b"X", b"x"):
        raise ProcessLookupError(pid)
    return int(fields[19])


def _must_exist(pid: int) -> None:
    """Ask the kernel: a /proc mounted with hidepid shows another user's process as little as none at all."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return


def _start_elsewhere(pid: int) -> int | None:
    try:
        import psutil
    except ImportError:
        return None
    try:
        return int(psutil.Process(pid).create_time() * 1000)
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(pid) from error
    except psutil.Error:
        return None
