"""What strikes while fitscribe is at work: time limits, interrupts, exceptions that other threads set."""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import fitscribe
from fitscribe.engine import guarded, is_from_outside
from fitscribe.tracking.run import ActiveRun

X, y = load_iris(return_X_y=True)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals that interrupt are POSIX")


class TimeIsUp(Exception):
    """The script's own."""


@pytest.fixture
def alarm() -> Iterator[Any]:
    """Have a signal strike with an exception, as a time limit does."""
    before = signal.getsignal(signal.SIGALRM)

    def set_up(handler: Any) -> None:
        signal.signal(signal.SIGALRM, handler)

    yield set_up
    signal.signal(signal.SIGALRM, before)


def strike(error: BaseException, *args: Any) -> None:
    raise error


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of fitscribe's are kept from the script, as they are where no tests ask for them."""
    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)


class Limit:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *args: Any) -> None:
        raise self.error

    def struck(self, *args: Any) -> None:
        raise self.error


HANDLERS = [partial(partial, strike), Limit, lambda error: Limit(error).struck]


@pytest.mark.parametrize("handler", HANDLERS, ids=["function", "object", "method"])
@pytest.mark.parametrize("error", [TimeIsUp(), TimeoutError("up"), OSError("up")], ids=repr)
@pytest.mark.parametrize("where", ["log_params", "log_facts", "log_coverage", "log_cost", "_record"])
def test_a_time_limit_reaches_the_script(
    monkeypatch: pytest.MonkeyPatch,
    alarm: Any,
    kept: None,
    runs: Any,
    handler: Any,
    error: Any,
    where: str,
) -> None:
    alarm(handler(error))
    original = getattr(ActiveRun, where)

    def struck(self: Any, *args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(ActiveRun, where, original)
        signal.raise_signal(signal.SIGALRM)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(ActiveRun, where, struck)
    with pytest.raises(type(error)) as caught:
        LogisticRegression(max_iter=1000).fit(X, y)
    assert caught.value is error
    assert fitscribe.active_run() is None
    LogisticRegression(C=0.5, max_iter=1000).fit(X, y)
    assert all(run.parent is None and run.status != "running" for run in runs())


@pytest.mark.parametrize("where", ["log_params", "log_coverage", "log_cost", "log_facts"])
def test_an_interrupt_leaves_no_run_that_takes_what_comes_after(
    monkeypatch: pytest.MonkeyPatch, kept: None, runs: Any, where: str
) -> None:
    original = getattr(ActiveRun, where)

    def interrupted(self: Any, *args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(ActiveRun, where, original)
        raise KeyboardInterrupt

    monkeypatch.setattr(ActiveRun, where, interrupted)
    with pytest.raises(KeyboardInterrupt):
        LogisticRegression(max_iter=1000).fit(X, y)
    assert fitscribe.active_run() is None
    with fitscribe.start_run("next day") as after:
        assert after.outer is None
    LogisticRegression(C=6, max_iter=1000).fit(X, y)
    assert all(run.parent is None and run.status != "running" for run in runs())


# As code of fitscribe's that goes on for a while.
OURS = """
def work(strike):
    with guarded("work"):
        strike()
        for _ in range(10_000):
            len("")
"""


def test_an_exception_that_is_set_on_a_thread_reaches_it(kept: None) -> None:
    reached: list[BaseException] = []
    ours: dict[str, Any] = {"__name__": "fitscribe_stand_in", "guarded": guarded}
    exec(OURS, ours)

    def run() -> None:
        identity = ctypes.c_ulong(threading.get_ident())
        strike = ctypes.pythonapi.PyThreadState_SetAsyncExc
        try:
            ours["work"](partial(strike, identity, ctypes.py_object(TimeIsUp)))
        except TimeIsUp as error:
            reached.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(reached) == 1


def test_what_code_of_the_scripts_raises_is_none_of_these(kept: None) -> None:
    def users_own() -> None:
        raise TimeIsUp

    with pytest.raises(TimeIsUp) as caught:
        users_own()
    assert not is_from_outside(caught.value)
    with guarded("users_own"):
        users_own()
