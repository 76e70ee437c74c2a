from __future__ import annotations

import subprocess
import sys

import fitscribe

WORK = """
import sys, fitscribe
for number in range(50):
    with fitscribe.start_run(f"{sys.argv[1]}-{number}") as run:
        run.log_param("number", number)
        for step in range(100):
            run.log_metric("x", step, step)
"""


def test_eight_processes_share_a_new_store_and_lose_nothing() -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORK, str(n)], stderr=subprocess.PIPE, text=True)
        for n in range(8)
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=300)
        assert worker.returncode == 0, errors
        assert "store" not in errors and "Error" not in errors
    runs = fitscribe.search_runs()
    assert len(runs) == 400
    assert {run.status for run in runs} == {"finished"}
    assert all(list(run.series("x").steps) == list(range(100)) for run in runs[::20])
    assert {run.metrics["x"] for run in runs} == {99.0}
