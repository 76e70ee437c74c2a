"""Run workloads in processes of their own, the tools taking turns."""

from __future__ import annotations

import compileall
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.model import Measured, Sample

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
WORKLOADS = "benchmarks.workloads"
# No tool goes to the network, asks for a newer version of itself, or reports on its use.
OFFLINE = {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "WANDB_MODE": "offline",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_SILENT": "true",
    "DVC_NO_ANALYTICS": "true",
    "DVC_STUDIO_OFFLINE": "true",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
# What each would keep in the user's home.
KEPT_ELSEWHERE = ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR", "TRACKIO_DIR", "HF_HOME")


def workload_names(package: str = WORKLOADS) -> list[str]:
    """Every workload of a package, in the order of the table: those against bare code first."""
    first = ["import_alone", "import_sklearn", "import_both", "logistic_iris", "random_forest"]
    first += ["sparse_naive_bayes", "grid_search", "log_metric"]
    found = sorted(file.stem for file in ROOT.joinpath(*package.split(".")).glob("[a-z]*.py"))
    return [name for name in first if name in found] + [name for name in found if name not in first]


def compile_sources() -> None:
    """Have the byte code of fitscribe beside its sources, as every package has that pip has installed.

    A checkout has it after its first use, and not at all where the environment forbids to write it.
    """
    for folder in ("src", "integrations"):
        compileall.compile_dir(ROOT / folder, quiet=2)


def available(tools: Iterable[str]) -> list[str]:
    """Those of `tools` that this Python has."""
    return [tool for tool in tools if tool == "bare" or importlib.util.find_spec(tool) is not None]


def measure(
    name: str,
    *,
    repeats: int | None,
    tools: Iterable[str],
    say: Callable[[str], None],
    package: str = WORKLOADS,
) -> Measured:
    """Run one workload under each tool in turn, `repeats` rounds after its warm-ups.

    The tools alternate within a round and start with another one each round, so that a machine that becomes
    slower or busier on the way is no tool's disadvantage.

    Raises:
        RuntimeError: the workload failed under some tool; the message holds what it printed.
    """
    module = f"{package}.{name}"
    workload = importlib.import_module(module).describe()
    chosen = [tool for tool in available(workload.tools) if tool == "bare" or tool in tools]
    rounds = workload.repeats if repeats is None else repeats
    measured = Measured(name, workload, os.getloadavg()[0], rounds, {tool: [] for tool in chosen})
    for number in range(-workload.warmups, rounds):
        turn = number % len(chosen)
        for tool in chosen[turn:] + chosen[:turn]:
            sample = sample_once(module, tool)
            if number >= 0:
                measured.samples[tool].append(sample)
        say(f"{name}: round {number + 1} of {rounds}" if number >= 0 else f"{name}: warm-up")
    return measured


def sample_once(module: str, tool: str) -> Sample:
    """Run one workload under one tool, once, in an empty folder with a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        output = Path(folder) / "output.txt"
        work = Path(folder) / "work"
        work.mkdir()
        # pyproject.toml marks the project root: the store is created here and nowhere above.
        (work / "pyproject.toml").write_text("[project]\nname = 'benchmark'\nversion = '0'\n")
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("FITSCRIBE_", "MLFLOW_", "WANDB_", "DVC", "TRACKIO_", "HF_"))
        }
        environment |= ONE_THREAD | OFFLINE | {name: str(Path(folder) / name) for name in KEPT_ELSEWHERE}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(Path(folder) / "cache"),
            "XDG_DATA_HOME": str(Path(folder) / "data"),
        }
        command = [sys.executable, str(ROOT / "benchmarks" / "child.py"), module, tool, str(answer)]
        with output.open("wb") as file:
            child = subprocess.Popen(command, cwd=work, env=environment, stdout=file, stderr=file)
            # wait4 counts the child together with all processes that it has waited for, to their very end.
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise RuntimeError(f"{module} under {tool} failed:\n{output.read_text(errors='replace')[-3000:]}")
        sample: Sample = json.loads(answer.read_text())
    peak = usage.ru_maxrss / 1024
    sample["tree_cpu_s"] = usage.ru_utime + usage.ru_stime - sample["started_cpu_s"]
    sample["peak_mib"] = peak
    sample["growth_mib"] = peak - sample["started_rss_mib"]
    return sample
