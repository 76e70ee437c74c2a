"""Much of everything: processes, forks, runs, metrics, parameters, and long names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.reading import command
from tests.ui.conftest import serving

import fitscribe
from fitscribe.store import RunWriter, Store, new_id, read_all_series, read_series, series

# Whatever takes time that grows with the square of this is not over before the time of a test is.
MANY = int(os.environ.get("FITSCRIBE_CHAOS_MANY", "20000"))

PROCESSES = """
import os, sys
import fitscribe
waiting, go = os.pipe()
count, pids = int(sys.argv[1]), []
for number in range(count):
    pids.append(os.fork())
    if pids[-1] == 0:
        os.close(go)
        os.read(waiting, 1)  # all begin at once
        for part in range(3):
            with fitscribe.start_run(f"{number} {part}") as run:
                run.log_params({"number": number})
                for step in range(40): run.log_metric("x", float(step), step)
                run.log_text(str(number), "text")
                run.log_child("child", metrics={"score": float(number)})
        os._exit(0)
os.close(go)
sys.exit(sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0 for pid in pids))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_thirty_two_processes_begin_a_store_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    done = subprocess.run([sys.executable, "-c", PROCESSES, "32"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    runs = fitscribe.search_runs("parent is null")
    assert sorted(run.name for run in runs) == sorted(f"{n} {part}" for n in range(32) for part in range(3))
    for run in runs:
        number = int(run.name.split()[0])
        assert (run.status, run.params, run.damage) == ("finished", {"number": number}, [])
        assert list(run.series("x").values) == list(map(float, range(40)))
        assert [child.metrics["score"] for child in run.children] == [float(number)]
    assert [each.problem for each in Store.locate().health() if not each.where.startswith("launches")] == []


FORKS = """
import os
import fitscribe
with fitscribe.start_run("family") as run:
    for step in range(100): run.log_metric("parent", float(step), step)
    pids = []
    for number in range(8):
        pids.append(os.fork())
        if pids[-1] == 0:
            for step in range(100): run.log_metric(f"child {number}", float(step), step)
            run.log_params({f"child {number}": number})
            run.log_text(str(number), f"text{number}")
            run.log_child(f"kept {number}", metrics={"score": float(number)})
            if number % 2:
                with fitscribe.start_run(f"inner {number}") as inner: inner.log_metric("x", 1.0)
            os.kill(os.getpid(), 9) if number == 7 else os._exit(0)
        run.log_metric("parent", 100.0 + number, 100 + number)
    for pid in pids: os.waitpid(pid, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_eight_forks_in_the_middle_of_a_run_log_to_it(script: Any) -> None:
    done = script(FORKS)
    assert "not affected" not in done.stderr
    run = next(each for each in fitscribe.search_runs() if each.name == "family")
    assert (run.status, run.damage) == ("finished", [])
    assert list(run.series("parent").steps) == list(range(108))
    assert run.params == {f"child {number}": number for number in range(8)}
    for number in range(8):
        assert list(run.series(f"child {number}").values) == list(map(float, range(100)))
    assert {each["name"] for each in run.artifacts} == {f"text{number}.txt" for number in range(8)}
    names = {child.name: child.status for child in run.children}
    assert names == {f"kept {n}": "finished" for n in range(8)} | {
        f"inner {n}": "finished" for n in (1, 3, 5, 7)
    }


@pytest.mark.slow
def test_ten_thousand_runs(own_store: Path) -> None:
    store = Store(own_store)
    ids = []
    for number in range(10_000):
        ids.append(new_id())
        writer = RunWriter(store.run_folder(ids[-1]))
        writer.event("run", id=ids[-1], name=f"run {number}", experiment="e", parent=None, role="training")
        writer.event("params", values={"n": number}, changed=["n"])
        writer.point("loss", number / 7)
        writer.event("end", status="finished", error=None)
        writer.close()
    found = fitscribe.search_runs("params.n >= 9990 or metrics.loss < 1", order_by="metrics.loss desc")
    assert [run.params["n"] for run in found] == [*range(9999, 9989, -1), *range(6, -1, -1)]
    code, shown, _ = command("ls", "--json", "--limit", "3")
    assert code == 0 and [row["id"] for row in json.loads(shown)] == ids[:-4:-1]
    assert fitscribe.get_run(ids[4321]).params == {"n": 4321}
    code, shown, _ = command("doctor", "--fast")
    assert "10,000 runs" in shown and "runs/" not in shown
    with serving(store) as (_, client):
        assert client.get("store")["runs"] == 10_000
        assert client.get("runs", filter="params.n = 77", sort="")["total"] == 1


@pytest.mark.parametrize("has_numpy", [True, False])
def test_many_series_are_read_as_each_of_them_is(
    own_store: Path, has_numpy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_numpy:
        monkeypatch.setitem(sys.modules, "numpy", None)
    folder = Store(own_store).run_folder("run1")
    first, second = RunWriter(folder), RunWriter(folder)
    for step in range(60):
        for number in range(0, 50, 1 + step % 3):
            (first if (step + number) % 4 else second).point(f"m{number}", step * number, step)
    second.point("of one", 1.0)
    found = read_all_series(folder)
    assert len(found) == 51 and len(found) > series._FEW_NAMES
    for name, each in found.items():
        alone = read_series(folder, name)
        assert list(each.steps) == list(alone.steps) and len(alone) > 0
        assert list(each.values) == list(alone.values) and list(each.times) == list(alone.times)
    assert not len(read_all_series(folder, names=[f"none {n}" for n in range(20)])["none 1"])


def test_twenty_thousand_metrics(own_store: Path) -> None:
    count = MANY
    with fitscribe.start_run("wide") as run:
        run.log_metrics({f"m{number}": float(number) for number in range(count)}, 0)
    assert len(run.metrics) == count and list(run.series("m7777").values) == [7777.0]
    found = read_all_series(run.path)
    assert len(found) == count and all(list(found[f"m{n}"].values) == [n] for n in range(0, count, 997))
    assert [each.id for each in fitscribe.search_runs(f"metrics.m{count - 1} = {count - 1}")] == [run.id]
    for arguments in (("ls",), ("show", run.id)):
        code, shown, _ = command(*arguments)
        assert code == 0 and "wide" in shown
    with serving(Store(own_store)) as (_, client):
        assert client.get("runs")["total"] == 1
        assert len(client.get(f"runs/{run.id}")["id"]) == len(run.id)


def test_twenty_thousand_parameters(own_store: Path) -> None:
    count = MANY
    with fitscribe.start_run("wide") as run:
        run.log_params({f"p{number}": number for number in range(count)})
    assert run.params == {f"p{number}": number for number in range(count)}
    assert [each.id for each in fitscribe.search_runs(f"params.p{count - 1} = {count - 1}")] == [run.id]
    for arguments in (("ls",), ("show", run.id), ("export", "--format", "csv")):
        code, shown, _ = command(*arguments)
        assert code == 0 and "wide" in shown
    with serving(Store(own_store)) as (_, client):
        assert client.get("runs")["total"] == 1


def test_names_and_values_of_a_megabyte(own_store: Path) -> None:
    long = "x" * (1 << 20)
    before = time.time()
    with fitscribe.start_run(long, experiment=long, tags={long: long}, notes=long) as run:
        run.log_metric(long, 1.0)
        run.log_params({long: long, "p": 1})
        run.log_child(long, params={long: 1}, metrics={long: 2.0})
        run.log_text("kept", "n" * 300)  # more than a file may be called
    found = fitscribe.get_run(run.id)
    assert (found.name, found.notes, found.tags, found.metrics) == (long, long, {long: long}, {long: 1.0})
    assert found.params == {long: long, "p": 1} and before <= (found.started or 0.0)
    (child,) = found.children
    assert (child.name, child.params, child.metrics) == (long, {long: 1}, {long: 2.0})
    assert [each["what"] for each in found.unseen] == [f"artifact {'n' * 300}.txt"]
    for arguments in (("ls",), ("show", run.id), ("show", run.id, "--json"), ("doctor", "--fast")):
        assert command(*arguments)[0] in (0, 1)
    with serving(Store(own_store)) as (_, client):
        assert client.get("runs")["total"] == 1
        assert client.get(f"runs/{run.id}")["id"] == run.id
