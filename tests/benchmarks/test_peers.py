"""The table beside other trackers: its section of docs/benchmarks.md, and its workloads."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import peers
from benchmarks.child import Clock
from benchmarks.model import Measured, Row, Sample, Workload
from benchmarks.peers.section import section
from benchmarks.peers.turns import in_turns, need_record, running_cpu, spent
from benchmarks.report import page, updated
from benchmarks.runner import KEPT_ELSEWHERE, ROOT, measure, workload_names
from benchmarks.section import BROWSER, PEERS, with_sections_of

ROWS = [Row("CPU", "cpu_s", "ms", "ratio", 1.1, 1000), Row("files", "files", "", "value")]
NOTES = {"wandb": "written for W&B", "dvclive": "written for DVCLive"}


def measured(**seconds: float) -> Measured:
    """What a round has given of one workload, by tool."""
    samples: dict[str, list[Sample]] = {tool: [{"cpu_s": value}] for tool, value in seconds.items()}
    workload = Workload("a fit", ROWS, tools=("bare", "fitscribe", *peers.PEERS), notes=NOTES)
    return Measured("a_fit", workload, 0.25, 1, samples)


def offline(tool: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run a workload under a tool where there is no network at all."""
    code = f"from benchmarks.runner import sample_once; sample_once('{peers.PACKAGE}.{name}', '{tool}')"
    command = ["unshare", "--map-root-user", "--net", sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_figure_stands_beside_what_it_is_to_bare() -> None:
    found = section([measured(bare=0.1, fitscribe=0.105, wandb=0.3)])
    assert "| what | bare | fitscribe | W&B offline | DVCLive | Trackio |" in found
    assert "| CPU | 100 ms | 105 ms (1.05 x) | 300 ms (3.00 x) | - | - |" in found
    assert "| files | - | - | - | - | - |" in found
    assert "1 rounds, load 0.2" in found and "* Machine: " in found and "wandb " in found
    assert "  * W&B offline: written for W&B." in found
    assert "written for DVCLive" not in found  # it took no part


def test_it_takes_the_place_of_the_one_before_and_leaves_the_others() -> None:
    view = BROWSER.marked("## The browser view")
    old, new = (section([measured(bare=0.1, wandb=each)]) for each in (0.2, 0.3))
    before = BROWSER.placed(PEERS.placed("# Benchmarks\n", old), view)
    assert before == f"# Benchmarks\n\n{old}\n\n{view}\n"
    assert PEERS.placed(before, new) == f"# Benchmarks\n\n{new}\n\n{view}\n"
    assert with_sections_of(before, "# Anew\n") == f"# Anew\n\n{old}\n\n{view}\n"
    assert with_sections_of("# Benchmarks\n", "# Anew\n") == "# Anew\n"


def test_a_workload_of_the_same_title_is_measured_anew_in_its_own_table() -> None:
    found = section([measured(bare=0.1, wandb=0.2)])
    before = PEERS.placed(page([measured(bare=0.1, fitscribe=0.2)]), found)
    after = updated(before, [measured(bare=0.1, fitscribe=0.3)])
    assert "| CPU | 100 ms | 300 ms |" in after and "| CPU | 100 ms | 200 ms |" not in after
    assert PEERS.kept(after) == found


@pytest.mark.parametrize("name", workload_names(peers.PACKAGE))
def test_each_workload_says_what_was_written(name: str) -> None:
    workload = importlib.import_module(f"{peers.PACKAGE}.{name}").describe()
    assert tuple(workload.tools) == ("bare", "fitscribe", *peers.PEERS)
    assert list(workload.notes) == list(peers.PEERS)
    assert Path(ROOT, "benchmarks", "workloads", f"{name}.py").exists(), "the main table has it as well"


def test_bare_code_and_fitscribe_are_measured_where_no_other_is_installed() -> None:
    found = measure(
        "log_metric", repeats=1, tools=["fitscribe"], say=lambda line: None, package=peers.PACKAGE
    )
    assert list(found.samples) == ["bare", "fitscribe"]
    rows = [row for row in found.workload.rows if found.values(row, "fitscribe")]
    assert rows == list(found.workload.rows)


def test_a_training_has_its_turns_with_the_calls_and_without() -> None:
    done: list[str] = []
    clock = Clock()
    by_hand = {"bare": lambda: done.append("by hand")}
    scope = {"done": done}
    in_turns("bare", clock, "done.append('bare')", scope, by_hand, blocks=2, count=2, parts=10)
    assert done == ["by hand", "by hand", "bare", "bare"] * 3
    assert clock.figures.keys() >= {"above_cpu_s", "above_wall_s", "bare_cpu_s", "wall_s"}


def test_the_cpu_of_processes_that_go_on_running_counts() -> None:
    code = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    children = []

    def started() -> None:
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        children.append(child)
        assert child.stdout is not None
        child.stdout.readline()

    cpu, _ = spent(started)
    before = running_cpu()
    children[0].communicate("\n")
    assert cpu >= 0.25
    assert before - running_cpu() >= 0.25  # it has been waited for: no longer one of these


def test_a_tracker_that_has_written_nothing_is_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in KEPT_ELSEWHERE:
        monkeypatch.setenv(name, str(tmp_path / name))
    need_record("bare")
    for tool, file in (("wandb", "wandb/a"), ("dvclive", "dvclive/a"), ("trackio", "TRACKIO_DIR/a")):
        with pytest.raises(RuntimeError, match=f"{tool} has written nothing"):
            need_record(tool)
        Path(file).parent.mkdir()
        Path(file).write_text("1")
        need_record(tool)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["log_metric", "logistic_iris"])
@pytest.mark.parametrize("tool", peers.PEERS)
def test_a_tracker_needs_no_network(tool: str, name: str) -> None:
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed: nox -s bench -- --peers installs it")
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"]).returncode:
        pytest.skip("a process cannot be kept from the network here")
    done = offline(tool, name)
    assert done.returncode == 0, done.stderr
