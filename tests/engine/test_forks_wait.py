"""What a fork waits for: threads of fitscribe's own that may be in the middle of an import."""

from __future__ import annotations

import os
import threading

import pytest

from fitscribe.engine import locking
from fitscribe.engine.locking import before_forks

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def forked() -> None:
    """Make a child, and wait for its end."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


def fork_beside_a_block(patience_s: float) -> bool:
    """Fork while another thread is in a block, and leaves it after a while at the latest.

    Returns:
        Whether the fork was made while the block went on.
    """
    began, made = threading.Event(), threading.Event()
    was_early = []

    def in_a_block() -> None:
        with before_forks():
            began.set()
            was_early.append(made.wait(patience_s))

    thread = threading.Thread(target=in_a_block)
    thread.start()
    began.wait()
    forked()
    made.set()
    thread.join()
    return was_early[0]


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_waits_for_the_block_of_another_thread() -> None:
    assert not fork_beside_a_block(0.5)
    with before_forks():
        forked()  # nobody holds it any more


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_PATIENCE_S", 0.05)
    assert fork_beside_a_block(60.0)


def test_a_thread_may_fork_within_its_own_block() -> None:
    with before_forks():
        forked()
