"""A million points of one metric: how large they are, and how long they take to read back."""

POINTS = 1_000_000


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="a million points of one metric",
        rows=[
            Row("files", "megabytes", "MB", "value", 40),
            Row("read back with NumPy, wall", "read_s", "ms", "value", 50, 1000),
            Row("points lost", "lost", "", "value", 0),
            Row("logging all, CPU", "cpu_s", "s", "value"),
        ],
        tools=("fitscribe",),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    import time
    from pathlib import Path

    import numpy as np

    import fitscribe

    clock.start()
    with fitscribe.start_run("points") as run:
        log = run.log_metric
        for step in range(POINTS):
            log("loss", 0.5, step=step)
    clock.stop()
    size = sum(file.stat().st_size for file in Path(".fitscribe/runs").rglob("*") if file.is_file())
    stored = fitscribe.get_run(run.id)
    before = time.perf_counter()
    series = stored.series("loss")
    steps = series.steps
    taken = time.perf_counter() - before
    lost = POINTS - int(np.sum(np.asarray(steps) == np.arange(POINTS)))
    clock.report(megabytes=size / 1e6, read_s=taken, lost=lost)
