"""Eight processes write 50 runs of 100 points each into one new store at the same time."""

PROCESSES = 8
RUNS = 50
POINTS = 100

WRITE = f"""
import fitscribe
for number in range({RUNS}):
    with fitscribe.start_run("run") as run:
        for step in range({POINTS}):
            run.log_metric("loss", step / 2, step=step)
"""


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title=f"{PROCESSES} processes x {RUNS} runs x {POINTS} points into one new store",
        rows=[
            Row("processes that failed", "failed", "", "value", 0),
            Row("points lost", "lost", "", "value", 0),
            Row("wall", "wall_s", "s", "value"),
        ],
        tools=("fitscribe",),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    import subprocess
    import sys

    clock.start()
    children = [subprocess.Popen([sys.executable, "-c", WRITE]) for _ in range(PROCESSES)]
    failed = sum(child.wait() != 0 for child in children)
    clock.stop()

    import fitscribe

    runs = fitscribe.search_runs(limit=None)
    kept = sum(len(run.series("loss").steps) for run in runs)
    clock.report(failed=failed, lost=PROCESSES * RUNS * POINTS - kept)
