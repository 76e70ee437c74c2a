"""Living or dead: what can be said about a process that wrote, without asking it."""

from __future__ import annotations

from fitscribe.store.identity import Identity, current, process_start

# The pid namespace a Linux machine boots with: a process in it is in no container.
_INITIAL_PIDNS = "pid:[4026531836]"
_SHARED_NAMES = frozenset({"", "localhost", "localhost.localdomain"})


def is_alive(writer: Identity) -> bool | None:
    """Tell whether the process `writer` still runs.

    Returns:
        True or False where this process can know; None for another host or container, whose
        silence must not be called a crash.
    """
    here = current()
    if writer == here:
        return True
    if writer.host != here.host:
        return None
    if writer.boot != here.boot:
        # The machine was started anew, if it is the same machine: containers and unnamed hosts share names.
        same_machine = writer.pidns == here.pidns == _INITIAL_PIDNS and here.host not in _SHARED_NAMES
        return False if same_machine and writer.boot and here.boot else None
    if writer.pidns != here.pidns:
        return None
    try:
        start = process_start(writer.pid)
    except ProcessLookupError:
        return False
    if start is None or writer.start is None:
        return None
    return start == writer.start
