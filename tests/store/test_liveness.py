from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fitscribe.store import RunRecord, RunWriter, WriterInfo, identity, liveness, read_run
from fitscribe.store.identity import Identity, current
from fitscribe.store.liveness import is_alive

INITIAL = "pid:[4026531836]"


@pytest.fixture
def dead() -> Identity:
    """A process of this machine that has ended and was waited for."""
    code = "from fitscribe.store.identity import current; print(list(current()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    host, boot, pidns, pid, start = eval(done.stdout)  # the child is our own
    return Identity(host, boot, pidns, pid, start)


def test_this_process_is_alive_and_one_that_ended_is_not(dead: Identity) -> None:
    assert is_alive(current()) is True
    assert is_alive(dead) is False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="start times elsewhere need psutil")
def test_another_process_that_lives_and_one_with_its_pid() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        me = current()
        other = me._replace(pid=child.pid, start=identity.process_start(child.pid))
        assert is_alive(other) is True
        assert is_alive(other._replace(start=(other.start or 0) - 1)) is False
        assert is_alive(other._replace(start=None)) is None
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_alive(other) is False, "a zombie is dead"
    finally:
        child.kill()
        child.communicate()


def test_where_nothing_can_be_known(dead: Identity) -> None:
    assert is_alive(dead._replace(host="another")) is None
    assert is_alive(dead._replace(pidns="pid:[1]")) is None


@pytest.mark.parametrize(
    ("host", "mine", "theirs", "alive"),
    [
        ("node7", INITIAL, INITIAL, False),
        ("localhost", INITIAL, INITIAL, None),
        ("node7", "pid:[1]", INITIAL, None),
        ("node7", "pid:[1]", "pid:[1]", None),
    ],
)
def test_another_boot(
    monkeypatch: pytest.MonkeyPatch, host: str, mine: str, theirs: str, alive: bool | None
) -> None:
    monkeypatch.setattr(liveness, "current", lambda: Identity(host, "boot2", mine, 1, 1))
    assert is_alive(Identity(host, "boot1", theirs, 7, 7)) is alive
    assert is_alive(Identity(host, None, theirs, 7, 7)) is None


def test_status_without_an_end(dead: Identity) -> None:
    elsewhere = dead._replace(host="another")
    for who, status in [
        ([], "crashed"),
        ([(dead, False)], "crashed"),
        ([(dead, False), (elsewhere, False)], "silent"),
        ([(dead, False), (elsewhere, True)], "crashed"),
        ([(None, False)], "silent"),
        ([(dead, False), (elsewhere, False), (current(), False)], "running"),
    ]:
        record = RunRecord("x", writers=[WriterInfo(identity, sealed, 0.0) for identity, sealed in who])
        assert record.status == status


def test_a_run_in_this_process_runs_until_it_ends(writer: RunWriter) -> None:
    assert read_run(writer.folder).status == "running"
    assert read_run(writer.folder).writers[0].identity == current()
    writer.event("end", status="interrupted", error=None)
    assert read_run(writer.folder).status == "interrupted"


def test_no_random_state_is_touched_by_an_id() -> None:
    import random

    from fitscribe.store import is_valid_id, new_id

    random.seed(1)
    before = random.getstate()
    ids = {new_id() for _ in range(1_000)}
    assert random.getstate() == before
    assert len(ids) == 1_000 and all(map(is_valid_id, ids))
