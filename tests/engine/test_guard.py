"""The one guard: said once, kept from the user, and nothing hidden from us."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fitscribe import engine


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
