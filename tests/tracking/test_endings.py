"""The one line, exit handlers, workers, and stores that take nothing more: in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fitscribe


def python(script: str, *, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "FITSCRIBE_RERAISE"}
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=check,
        env={**inherited, **environment},
        timeout=60,
    )


def test_lines_of_one_call_site_collapse_after_five() -> None:
    done = python("import fitscribe\nfor n in range(20):\n  with fitscribe.start_run(f'r{n}'): pass\n")
    lines = done.stderr.splitlines()
    assert len(lines) == 6 and lines[0].startswith("fitscribe: r0 finished in ")
    assert lines[5] == "fitscribe: further runs from <string>:3 are recorded without a line (fitscribe ls)"
    assert done.stdout == "" and len(fitscribe.search_runs()) == 20


def test_quiet_is_silent() -> None:
    assert python("import fitscribe; fitscribe.log_metric('x', 1)", FITSCRIBE_QUIET="1").stderr == ""


def test_a_name_with_line_breaks_makes_one_line_in_any_encoding() -> None:
    script = "import fitscribe\nwith fitscribe.start_run('a\\nb \\u2603'): pass"
    done = python(script, PYTHONIOENCODING="ascii")
    assert done.stderr.startswith("fitscribe: a b \\u2603 finished") and done.stderr.count("\n") == 1


def test_a_closed_standard_error_hurts_nobody() -> None:
    done = python("import sys, fitscribe\nsys.stderr.close()\nfitscribe.log_metric('x', 1)\nprint('trained')")
    assert done.stdout == "trained\n" and fitscribe.search_runs()[0].status == "finished"


def test_other_exit_handlers_may_log() -> None:
    python(
        "import atexit\n"
        "atexit.register(lambda: fitscribe.log_metric('late', 2))\n"
        "import fitscribe\n"
        "fitscribe.log_metric('x', 1)\n"
    )
    (run,) = fitscribe.search_runs()
    assert run.metrics == {"x": 1.0, "late": 2.0} and run.status == "finished"


def test_a_run_opened_by_an_exit_handler_alone() -> None:
    python(
        "import atexit\natexit.register(lambda: fitscribe.log_metric('late', 2))\n"
        "import fitscribe.tracking.api\n"
    )
    (run,) = fitscribe.search_runs()
    assert run.metrics == {"late": 2.0} and run.status == "finished"


def test_what_is_logged_while_the_run_of_the_script_ends_opens_no_other() -> None:
    """Here by a standard error that logs: the line at the end is written when the run is over."""
    python(
        "import sys, fitscribe\n"
        "class Counted:\n"
        "    def write(self, text):\n        fitscribe.log_metric('written', len(text))\n"
        "    def flush(self): pass\n"
        "fitscribe.log_metric('x', 1)\n"
        "sys.stderr = Counted()\n"
    )
    (run,) = fitscribe.search_runs()
    assert run.metrics["x"] == 1.0 and run.metrics["written"] > 20 and run.status == "finished"


@pytest.mark.parametrize("opened", ["fitscribe.log_metric('x', 1)", "fitscribe.start_run('block')"])
def test_a_thread_that_logs_until_the_very_end_opens_no_other_run(opened: str) -> None:
    done = python(
        "import threading, fitscribe\n"
        f"{opened}\n"
        "logged = threading.Event()\n"
        "def log():\n"
        "    for n in range(1 << 40):\n        fitscribe.log_metric('n', n)\n        logged.set()\n"
        "threading.Thread(target=log, daemon=True).start()\n"
        "logged.wait()\n"
    )
    (run,) = fitscribe.search_runs()
    values = list(run.series("n").values)
    assert values == [float(n) for n in range(len(values))] and run.status == "finished"
    assert done.stderr.count("\n") == 1


LAST_WORDS = """
import fitscribe
class Keeper:
    def __init__(self, write): self.write = write
    def __del__(self):
        self.write()
        print("closed")
"""


def test_what_a_finalizer_logs_as_python_shuts_down() -> None:
    done = python(
        f"{LAST_WORDS}fitscribe.log_metric('x', 1)\n"
        "keepers = [Keeper(lambda: fitscribe.log_metric('late', 2)),\n"
        "           Keeper(lambda: fitscribe.log_param('first asked for', 3)),\n"
        "           Keeper(lambda: fitscribe.log_text('bye', 'note'))]\n"
    )
    (run,) = fitscribe.search_runs()
    assert (run.metrics, run.params) == ({"x": 1.0, "late": 2.0}, {"first asked for": 3})
    assert [artifact["name"] for artifact in run.artifacts] == ["note.txt"]
    assert done.stdout == "closed\n" * 3 and done.stderr.count("\n") == 1


def test_a_finalizer_that_is_the_first_to_log_is_told_that_it_is_too_late() -> None:
    done = python(f"{LAST_WORDS}keepers = [Keeper(lambda: fitscribe.log_metric('n', 1)) for _ in range(3)]\n")
    assert done.stdout == "closed\n" * 3 and not fitscribe.search_runs()
    (line,) = done.stderr.splitlines()
    assert line.startswith("fitscribe: log_metric: not recorded, the process is ending")


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_end_what_they_opened_and_are_silent(method: str, tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    script.write_text(
        "import multiprocessing, fitscribe\n"
        "def work(n):\n    fitscribe.log_metric('n', n)\n"
        "if __name__ == '__main__':\n"
        f"    context = multiprocessing.get_context({method!r})\n"
        "    workers = [context.Process(target=work, args=(n,)) for n in range(2)]\n"
        "    [worker.start() for worker in workers]\n    [worker.join() for worker in workers]\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    runs = fitscribe.search_runs()
    assert sorted(run.metrics["n"] for run in runs) == [0.0, 1.0]
    assert {run.status for run in runs} == {"finished"} and done.stderr == ""


def test_os_exit_is_a_crash_that_keeps_what_was_logged() -> None:
    python("import fitscribe, os; fitscribe.log_metric('x', 1); os._exit(0)")
    (run,) = fitscribe.search_runs()
    assert (run.status, run.metrics) == ("crashed", {"x": 1.0})


def test_a_process_that_may_write_no_more_trains_on(own_store: Path) -> None:
    done = python(
        "import fitscribe, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with fitscribe.start_run() as run:\n"
        "    run.log_metric('kept', 1)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "    for n in range(1000):\n"
        "        run.log_metric('x', n)\n"
        "        run.log_text('t' * 10000, 'big')\n"
        "print('trained')\n"
    )
    assert done.stdout == "trained\n" and done.stderr.count("fitscribe: store:") == 1
    run = fitscribe.search_runs()[0]
    assert run.metrics["kept"] == 1.0
    values = list(run.series("x").values)
    assert values == [float(n) for n in range(len(values))] and values


def test_a_store_given_back_its_space_gets_the_rest() -> None:
    python(
        "import fitscribe, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with fitscribe.start_run() as run:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n"
        "    run.log_metric('x', 1)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "    run.log_metric('x', 2)\n"
    )
    (run,) = fitscribe.search_runs()
    assert list(run.series("x").values) == [2.0] and run.status == "finished" and run.lost


def test_the_launch_is_recorded_once_and_with_a_short_script(own_store: Path) -> None:
    python("import fitscribe, sys; sys.argv += ['--token', 'abcdefgh']; fitscribe.log_metric('x', 1)")
    (run,) = fitscribe.search_runs()
    (folder,) = (own_store / "launches").iterdir()
    launch = json.loads((folder / "launch.json").read_text())
    assert launch["id"] == folder.name == run.launch_id
    assert launch["source"]["argv"][-2:] == ["--token", "***"]
    assert json.loads((folder / "environment.json").read_text())["python"] == sys.version.split()[0]


def test_processes_of_one_launch_share_it_and_only_the_first_speaks(own_store: Path) -> None:
    script = (
        "import fitscribe, subprocess, sys\n"
        "fitscribe.log_metric('x', 1)\n"
        "child = 'import fitscribe; fitscribe.log_metric(\\'y\\', 1)'\n"
        "done = subprocess.run([sys.executable, '-c', child], capture_output=True, text=True, check=True)\n"
        "print(repr(done.stderr))\n"
    )
    done = python(
        "import os\nos.environ['FITSCRIBE_LAUNCH'] = f'shared.{os.getpid()}'\n" + script,
    )
    assert done.stdout == "''\n" and done.stderr.count("\n") == 1
    assert {run.launch_id for run in fitscribe.search_runs()} == {"shared"}
    assert [folder.name for folder in (own_store / "launches").iterdir()] == ["shared"]


def test_a_deleted_working_directory_and_a_changed_one(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    python(
        "import fitscribe, os\n"
        f"os.chdir({str(folder)!r}); os.rmdir({str(folder)!r})\n"
        "fitscribe.autolog()\nfitscribe.log_metric('x', 1)\n"
    )
    (run,) = fitscribe.search_runs()
    assert run.metrics == {"x": 1.0} and run.status == "finished"


def test_who_moves_to_another_folder_reads_the_store_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    done = python(
        "import fitscribe, os\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "with fitscribe.start_run('one'): pass\n"
        "os.chdir('elsewhere')\n"
        "with fitscribe.start_run('two'): pass\n"
        "print(sorted(run.name for run in fitscribe.search_runs()))\n",
        FITSCRIBE_STORE="",
    )
    assert done.stdout == "['one', 'two']\n"
    assert (tmp_path / ".fitscribe").is_dir() and not (tmp_path / "elsewhere" / ".fitscribe").exists()


def test_a_broken_option_costs_one_line_and_no_training() -> None:
    done = python(
        "import fitscribe; fitscribe.log_metric('x', 1); print('trained')", FITSCRIBE_QUIET="perhaps"
    )
    assert done.stdout == "trained\n" and done.stderr.count("fitscribe: options:") == 1
    assert fitscribe.search_runs()[0].metrics == {"x": 1.0}


@pytest.mark.parametrize("status", ["bogus", "running", "", None, 0])
def test_a_run_does_not_end_as_nothing_that_there_is(status: Any) -> None:
    run = fitscribe.start_run()
    with pytest.raises(ValueError, match="finished, failed, interrupted or unobserved, not as"):
        run.end(status)
    assert not run.ended and fitscribe.get_run(run.id).status == "running"
    run.end("failed")
    assert fitscribe.get_run(run.id).status == "failed"


@pytest.mark.parametrize("code", ["'bad'", "2"])
def test_an_exit_with_a_code_is_seen_by_the_block_around_it_alone(code: str) -> None:
    python(f"import sys, fitscribe\nwith fitscribe.start_run():\n  sys.exit({code})\n", check=False)
    python(f"import sys, fitscribe\nfitscribe.log_metric('x', 1)\nsys.exit({code})\n", check=False)
    # Said in docs/limits.md: Python tells nobody of it once the script has been left.
    assert [run.status for run in fitscribe.search_runs()] == ["finished", "failed"]


def test_a_run_of_which_the_store_takes_nothing_leaves_nothing(own_store: Path) -> None:
    done = python(
        "import fitscribe, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with fitscribe.start_run('kept'): pass\n"
        "def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))\n"
        "limit(0)\n"
        "with fitscribe.start_run('lost') as lost:\n"
        "    lost.log_param('a', 1)\n"
        "    lost.log_text('t', 'some/text')\n"
        "with fitscribe.start_run('late') as late: pass\n"
        "limit(resource.RLIM_INFINITY)\n"
        "late.log_param('b', 2)\n"
        "print(lost.path.exists())\n"
    )
    assert done.stdout == "False\n" and done.stderr.count("fitscribe: store:") == 1
    late, kept = fitscribe.search_runs()
    assert (late.name, late.params, kept.name) == ("late", {"b": 2}, "kept")
