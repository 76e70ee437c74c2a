"""What becomes of runs when processes end in every way they can."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe


def python(script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "FITSCRIBE_RERAISE"}
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=check,
        env=environment,
        timeout=60,
    )


def test_a_log_call_without_a_run_opens_one_for_the_script() -> None:
    done = python("import fitscribe; fitscribe.log_metric('x', 1); fitscribe.log_param('p', 2)")
    (run,) = fitscribe.search_runs()
    assert (run.metrics, run.params, run.status) == ({"x": 1.0}, {"p": 2}, "finished")
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and run.id[:6] in done.stderr


def test_a_script_that_dies_fails_its_open_run() -> None:
    done = python("import fitscribe; fitscribe.log_metric('x', 1); 1 / 0", check=False)
    (run,) = fitscribe.search_runs()
    assert run.status == "failed"
    assert "ZeroDivisionError" in done.stderr


def test_kill_in_a_loop_that_logs_loses_no_acknowledged_point() -> None:
    script = (
        "import fitscribe, itertools, os\n"
        "with fitscribe.start_run('victim') as run:\n"
        "    for step in itertools.count():\n"
        "        run.log_metric('x', step, step)\n"
        "        os.write(1, b'%d\\n' % step)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(5_000):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    acknowledged = 5_000 + process.stdout.read().count(b"\n")
    process.wait()
    process.stdout.close()
    run = fitscribe.get_run("latest")
    steps = list(run.series("x").steps)
    assert run.status == "crashed"
    assert steps[:acknowledged] == list(range(acknowledged))
    assert len(steps) - acknowledged in (0, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_logs_to_the_same_run_and_leaves_its_end_to_the_parent() -> None:
    python(
        "import fitscribe, os\n"
        "with fitscribe.start_run('family') as run:\n"
        "    run.log_metric('parent', 1)\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        run.log_metric('child', 2)\n"
        "    else:\n"
        "        os.waitpid(pid, 0)\n"
        "        assert not run.ended\n"
        "        run.log_metric('parent', 3)\n"
    )
    (run,) = fitscribe.search_runs()
    assert run.metrics == {"parent": 3.0, "child": 2.0}
    assert run.status == "finished"


def test_a_store_deleted_in_the_middle_costs_one_warning_and_no_training(own_store: Path) -> None:
    done = python(
        "import fitscribe, os, shutil\n"
        "with fitscribe.start_run() as run:\n"
        "    run.log_metric('x', 1)\n"
        "    shutil.rmtree(os.environ['FITSCRIBE_STORE'])\n"
        "    for n in range(100):\n"
        "        run.log_metric('x', n)\n"
        "        run.log_text('t', 'name')\n"
        "        run.set_tag('a', n)\n"
        "print('trained')\n"
    )
    assert done.stdout == "trained\n"
    assert done.stderr.count("fitscribe: store:") == 1
    assert "the store did not take all of it" in done.stderr


def test_a_store_that_cannot_be_written_costs_one_warning(own_store: Path) -> None:
    own_store.write_text("a file where the folder should be")
    done = python(
        "import fitscribe\n"
        "with fitscribe.start_run() as run:\n"
        "    for n in range(100):\n"
        "        fitscribe.log_metric('x', n)\n"
        "print('trained')\n"
    )
    assert done.stdout == "trained\n"
    assert done.stderr.count("fitscribe: store") == 1
    assert "fitscribe: launch" not in done.stderr


def test_logging_by_hand_needs_no_numpy(tmp_path: Path) -> None:
    python(
        "import sys\n"
        "sys.modules['numpy'] = None\n"
        "import fitscribe\n"
        "fitscribe.autolog()\n"
        "with fitscribe.start_run() as run:\n"
        "    run.log_metric('x', 1)\n"
        "    run.log_param('p', [1, 2])\n"
        "    run.log_dataset([[1, 2], [3, 4]], 'data')\n"
        "    run.log_model({'a': 1})\n"
        "assert fitscribe.get_run(run.id).series('x').values[0] == 1\n"
        "assert fitscribe.search_runs('metrics.x = 1')[0].id == run.id\n"
    )


FORKING = """
import os, sys, threading
os.register_at_fork(before=lambda: print("at the fork", len(threading.enumerate())))
import fitscribe
from fitscribe.tracking.keeping_up import look_after

class Noting:
    def __init__(self, run): self.run = run
    def catch_up_aside(self): pass

OURS = {"fitscribe-system", "fitscribe-steps"}
with fitscribe.start_run() as run:
    fitscribe.log_metric("x", 1)
    look_after(Noting(run))
    before = {thread.name for thread in threading.enumerate()}
    for thread in threading.enumerate():
        if thread.name not in {"MainThread", *OURS}:
            thread.join()
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    fitscribe.log_metric("x", 2)
    after = {thread.name for thread in threading.enumerate()}
print(before >= OURS, after >= OURS)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_is_beside_no_thread_of_ours() -> None:
    done = python("import warnings; warnings.simplefilter('always')\n" + FORKING)
    assert done.stdout.splitlines() == ["at the fork 1", "True True"]
    assert "DeprecationWarning" not in done.stderr
