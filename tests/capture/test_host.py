from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy
import pytest

from fitscribe.capture import allowed_environment, environment, read_system


def test_environment() -> None:
    found = environment(tuple(sys.modules))
    assert found["python"] == sys.version.split()[0] and found["implementation"] == "cpython"
    assert found["cpu"]["count"] >= 1 and found["memory"] > 10**8 and found["platform"]
    assert found["distributions"]["numpy"] == numpy.__version__
    assert "/" not in found.get("virtualenv", "")
    json.dumps(found)


def test_only_distributions_in_use_are_listed() -> None:
    code = (
        "import json, sys, yaml\n"
        "from fitscribe.capture import environment\n"
        "print(json.dumps(environment(tuple(sys.modules))['distributions']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name.lower() for name in json.loads(done.stdout)}
    assert {"fitscribe", "pyyaml"} <= found and "numpy" not in found and "pytest" not in found


def test_the_environment_is_read_by_an_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("FITSCRIBE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_JWT", "secret")
    monkeypatch.setenv("FITSCRIBE_KEY", "secret")
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("MY_OWN", "secret")
    found = allowed_environment()
    assert (
        found["CUDA_VISIBLE_DEVICES"] == "0,1" and found["SLURM_JOB_ID"] == "7" and found["WORLD_SIZE"] == "4"
    )
    assert "secret" not in found.values() and "MY_OWN" not in found


def test_the_system_is_read_with_the_children_of_the_process() -> None:
    first = read_system()
    child = subprocess.Popen(
        [sys.executable, "-c", "x = bytearray(10**8); print(len(x), flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    second = read_system()
    child.communicate(b"\n")
    assert second["system/memory"] - first["system/memory"] > 8 * 10**7
    assert second["system/cpu"] > 0 and 0 < second["system/memory_used"] <= 100
