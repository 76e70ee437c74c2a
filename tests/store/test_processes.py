"""Forks, deaths, and many processes on one store and one run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from fitscribe.store import RunWriter, Store, read_all_series, read_run, read_series

Script = Callable[..., "subprocess.CompletedProcess[str]"]

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

VICTIM = """
import itertools, os, sys
from fitscribe.store import RunWriter, Store
writer = RunWriter(Store(sys.argv[1]).run_folder("run1"))
writer.event("run", id="run1")
for step in itertools.count():
    writer.point("x", step, step)
    if step % 100 == 0:
        writer.event("tags", values={"at": step})
    os.write(1, b"%d\\n" % step)
"""


@pytest.mark.parametrize("lines", [1, 20, 31, 40, 3_000, 5_000])
def test_kill_loses_no_acknowledged_point(store: Store, lines: int) -> None:
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, str(store.root)], stdout=subprocess.PIPE)
    assert victim.stdout is not None
    for _ in range(lines):
        victim.stdout.readline()
    victim.send_signal(signal.SIGKILL)
    acknowledged = lines + victim.stdout.read().count(b"\n")
    victim.wait()
    victim.stdout.close()
    folder = store.run_folder("run1")
    record = read_run(folder)
    steps = list(read_series(folder, "x").steps)
    assert record.status == "crashed"
    assert record.damage == []
    assert steps in (list(range(acknowledged)), list(range(acknowledged + 1)))
    assert record.tags["at"] in (acknowledged // 100 * 100, (acknowledged - 1) // 100 * 100)


@needs_fork
@pytest.mark.parametrize("points", [3, 500])
def test_a_forked_child_writes_files_of_its_own(store: Store, script: Script, points: int) -> None:
    script(
        "import os, sys\n"
        "from fitscribe.store import RunWriter, Store\n"
        "writer = RunWriter(Store(sys.argv[1]).run_folder('run1'))\n"
        "writer.event('run', id='run1')\n"
        "for _ in range(int(sys.argv[2])): writer.point('x', 1.0)\n"
        "if os.fork() == 0:\n"
        "    for _ in range(int(sys.argv[2])): writer.point('x', 2.0)\n"
        "    writer.event('tags', values={'child': 1})\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "for _ in range(int(sys.argv[2])): writer.point('x', 3.0)\n"
        "writer.event('end', status='finished', error=None)\n"
        "writer.close()\n",
        store.root,
        points,
    )
    folder = store.run_folder("run1")
    record = read_run(folder)
    assert record.damage == []
    assert (record.tags, record.status, len(record.writers)) == ({"child": 1}, "finished", 2)
    series = read_series(folder, "x")
    assert list(series.values) == [1.0] * points + [2.0] * points + [3.0] * points
    ahead = list(range(points, 2 * points))
    assert list(series.steps) == list(range(points)) + ahead + ahead


@needs_fork
def test_a_fork_while_other_threads_log_does_not_deadlock(store: Store, script: Script) -> None:
    script(
        "import os, sys, threading\n"
        "from fitscribe.store import RunWriter, Store\n"
        "writer = RunWriter(Store(sys.argv[1]).run_folder('run1'))\n"
        "done = threading.Event()\n"
        "def work():\n"
        "    for _ in range(20_000):\n"  # a slow machine must not make them fill the disk
        "        if done.is_set(): break\n"
        "        writer.event('notes', text='x'); writer.point('thread', 1.0)\n"
        "threads = [threading.Thread(target=work) for _ in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "for number in range(20):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        writer.point('child', number)\n"
        "        writer.close()\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(pid, 0)[1] == 0\n"
        "done.set()\n"
        "for thread in threads: thread.join()\n"
        "writer.close()\n",
        store.root,
    )
    record = read_run(store.run_folder("run1"))
    assert record.damage == []
    assert record.last["child"].count == 20
    steps = sorted(read_series(store.run_folder("run1"), "thread").steps)
    assert steps == list(range(len(steps)))


def test_a_signal_handler_that_logs_takes_no_point_away(store: Store, script: Script) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("needs setitimer")
    script(
        "import signal, sys\n"
        "from fitscribe.store import RunWriter, Store, read_series\n"
        "writer = RunWriter(Store(sys.argv[1]).run_folder('run1'))\n"
        "caught = 0\n"
        "def handler(*_):\n"
        "    global caught\n"
        "    writer.point('signal', caught, caught)\n"
        "    caught += 1\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.0002)\n"
        "signal.signal(signal.SIGALRM, handler)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.0002)\n"
        "for step in range(50_000): writer.point('x', step, step)\n"
        # A handler that is about to run arms the timer once more.
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "assert caught\n"
        "assert list(read_series(writer.folder, 'signal').steps) == list(range(caught))\n"
        "assert list(read_series(writer.folder, 'x').steps) == list(range(50_000))\n",
        store.root,
    )


WORKER = """
import sys
from fitscribe.store import RunWriter, Store
store, number = Store(sys.argv[1]), sys.argv[2]
shared = RunWriter(store.run_folder("shared"))
for run in range(20):
    writer = RunWriter(store.run_folder(f"{number}-{run}"))
    writer.event("run", id=f"{number}-{run}")
    for step in range(50):
        writer.point("x", step, step)
    shared.point("x", run)
    shared.event("tags", values={f"{number}-{run}": run})
    writer.event("end", status="finished", error=None)
    writer.close()
shared.close()
"""


def test_eight_processes_share_a_new_store_and_a_run(store: Store) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(store.root), str(number)], stderr=subprocess.PIPE)
        for number in range(8)
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=120)
        assert (worker.returncode, errors) == (0, b"")
    assert len(store.run_ids()) == 8 * 20 + 1
    for run_id in set(store.run_ids()) - {"shared"}:
        record = read_run(store.run_folder(run_id))
        assert (record.damage, record.status, record.last["x"].count) == ([], "finished", 50)
    shared = read_run(store.run_folder("shared"))
    assert (len(shared.writers), len(shared.tags), shared.last["x"].count) == (8, 160, 160)
    times = list(read_series(store.run_folder("shared"), "x").times)
    assert times == sorted(times)


def test_everything_is_read_without_numpy(writer: RunWriter, script: Script) -> None:
    other = RunWriter(writer.folder)
    for step in range(6_000):
        (writer if step % 2 else other).point("x", step / 3, step)
    other.close()
    script(
        "import sys\n"
        "sys.modules['numpy'] = None\n"
        "from fitscribe.store import read_all_series, read_run, read_series\n"
        "series = read_series(sys.argv[1], 'x')\n"
        "assert list(series.steps) == list(range(6_000))\n"
        "assert list(series.values) == [step / 3 for step in range(6_000)]\n"
        "assert len(read_all_series(sys.argv[1])['x']) == 6_000\n"
        "summary = read_run(sys.argv[1]).last['x']\n"
        "assert (summary.last, summary.min, summary.max) == (5999 / 3, 0.0, 5999 / 3)\n",
        writer.folder,
    )
    assert list(read_all_series(writer.folder)["x"].steps) == list(range(6_000))


def test_importing_the_store_and_reading_a_short_run_imports_no_numpy(
    writer: RunWriter, script: Script
) -> None:
    writer.point("x", 1.0)
    script(
        "import sys\n"
        "from fitscribe.store import RunWriter, Store, read_run\n"
        "assert read_run(sys.argv[1]).last['x'].count == 1\n"
        "heavy = {'numpy', 'sqlite3', 'psutil', 'rich', 'click'} & set(sys.modules)\n"
        "assert not heavy, heavy\n",
        writer.folder,
    )
