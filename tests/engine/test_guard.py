"""The one guard: said once, kept from the user, and nothing hidden from us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fitscribe import engine
from fitscribe.store import RunWriter


def test_error_is_said_once_per_place(said: list[str]) -> None:
    for _ in range(3):
        with engine.guarded("store"):
            raise OSError("disk full")
    with engine.guarded("index"):
        raise OSError("disk full")
    assert len(said) == 2
    assert said[0] == "fitscribe: store: OSError: disk full (the training is not affected)"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_interrupts_pass(said: list[str], error: type[BaseException]) -> None:
    with pytest.raises(error), engine.guarded("store"):
        raise error
    assert said == []


def test_errors_surface_in_our_own_tests() -> None:
    with pytest.raises(OSError, match="disk full"), engine.guarded("store"):
        raise OSError("disk full")


def test_error_without_a_message(said: list[str]) -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    engine.report("somewhere", Silent())
    assert "Silent: (no message: RuntimeError)" in said[0]


def test_listeners_hear_every_report_and_may_fail(said: list[str]) -> None:
    heard: list[str] = []

    def deaf(where: str, error: BaseException) -> None:
        raise LookupError("deaf")

    removals = [engine.on_report(deaf), engine.on_report(lambda where, error: heard.append(where))]
    engine.report("store", OSError())
    engine.report("store", OSError())
    for remove in removals:
        remove()
        remove()
    engine.report("store", OSError())
    assert heard == ["store", "store"] and len(said) == 2


def test_handlers_of_signals_are_not_asked_for_what_only_code_of_fitscribe_was_on_the_way_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full disk fails each log call: what that costs is not to grow with the number of signals."""

    def struck(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGTERM, struck)
    try:
        asked: list[int] = []
        known = signal.getsignal

        def ask(number: int) -> object:
            asked.append(number)
            return known(number)

        monkeypatch.setattr(signal, "getsignal", ask)
        with pytest.raises(TimeoutError) as caught:
            struck()
        assert engine.is_from_outside(caught.value) and asked
        asked.clear()
        with pytest.raises(OSError) as own:
            RunWriter(Path(os.devnull, "run")).event("notes", text="x")
        own.value.__traceback__ = own.tb.tb_next  # without this test, as where fitscribe catches it
        assert not engine.is_from_outside(own.value) and not asked
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("stderr", ["None", "open('/dev/full', 'w', buffering=1)", "closed"])
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_broken_standard_error_harms_nobody(stderr: str) -> None:
    script = (
        "import sys\nfrom fitscribe import engine\n"
        f"sys.stderr = {stderr if stderr != 'closed' else 'sys.stderr'}\n"
        + ("sys.stderr.close()\n" if stderr == "closed" else "")
        + "with engine.guarded('store'):\n    raise OSError('disk full')\n"
        + "print('trained', flush=True)\nimport os; os._exit(0)\n"
    )
    env = {name: value for name, value in os.environ.items() if name != "FITSCRIBE_RERAISE"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, timeout=60)
    assert (done.returncode, done.stdout) == (0, "trained\n")
