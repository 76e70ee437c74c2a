"""A store of 10,000 runs, 10 parameters and 10 metrics each: building the index, and listing by a metric."""

RUNS = 10_000


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="10,000 runs, 10 parameters and 10 metrics each",
        rows=[
            Row("index built, wall", "build_s", "s", "value", 10),
            Row(
                "listed sorted by a metric, freshness check included, wall",
                "list_s",
                "ms",
                "value",
                150,
                1000,
            ),
        ],
        tools=("fitscribe",),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    import random
    import time
    from pathlib import Path

    import fitscribe
    from fitscribe.store import RunWriter, Store, new_id

    generator = random.Random(0)
    store = Store(Path(".fitscribe"))
    launch = new_id()
    clock.start()
    for number in range(RUNS):
        run = new_id()
        writer = RunWriter(store.run_folder(run))
        writer.event("run", id=run, name=f"run {number}", experiment="many", launch=launch, role="training")
        writer.event("params", values={f"p{place}": generator.random() for place in range(10)}, changed=[])
        writer.points({f"m{place}": generator.random() for place in range(10)}, step=0)
        writer.event("end", status="finished", error=None)
        writer.close()
    clock.stop()
    clock.report(build_s=listed(fitscribe, time), list_s=min(listed(fitscribe, time) for _ in range(3)))


def listed(fitscribe, time):
    """Seconds that one search takes, its first 50 rows looked at."""
    before = time.perf_counter()
    runs = fitscribe.search_runs(order_by="metrics.m3 desc", limit=50)
    best = [run.metrics["m3"] for run in runs]
    taken = time.perf_counter() - before
    if len(best) != 50 or best != sorted(best, reverse=True):
        raise RuntimeError(f"not sorted: {best}")
    return taken
