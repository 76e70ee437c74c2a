"""One `run.log_metric`, beside one bare `os.write` of a record of the same size, in turns in one process."""

BLOCK = 1_000
BLOCKS = 100
MLFLOW_CALLS = 200


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="`run.log_metric`; bare is an `os.write` of 32 bytes",
        rows=[
            Row("CPU, median", "median_s", "us", "value", 3, 1e6),
            Row("CPU, 99.9 %", "p999_s", "us", "value", None, 1e6),
            Row("CPU, 99.9 %, to `os.write` in the same process", "p999_ratio", "x", "value", 2),
        ],
        repeats=5,
    )


def work(tool, clock):
    from benchmarks.tools import activate

    activate(tool)
    clock.start()
    if tool == "mlflow":
        import mlflow

        with mlflow.start_run():
            own = each_call(lambda step: mlflow.log_metric("loss", 0.5, step=step), MLFLOW_CALLS)
        clock.report(median_s=quantile(own, 0.5), p999_s=quantile(own, 0.999))
        return
    import os

    record = bytes(32)
    file = os.open("bare.bin", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    bare, own = [], []
    if tool == "fitscribe":
        import fitscribe

        with fitscribe.start_run("metrics") as run:
            log = run.log_metric
            for _ in range(BLOCKS):
                bare += each_call(lambda step: os.write(file, record), BLOCK)
                own += each_call(lambda step: log("loss", 0.5, step=step), BLOCK)
    else:
        bare = own = each_call(lambda step: os.write(file, record), BLOCK * BLOCKS)
    clock.report(median_s=quantile(own, 0.5), p999_s=quantile(own, 0.999))
    if tool == "fitscribe":
        clock.report(p999_ratio=quantile(own, 0.999) / quantile(bare, 0.999))


def each_call(function, calls):
    """CPU nanoseconds of each call; that of the lambda and the clock, the same for everyone, is in it."""
    from time import thread_time_ns

    taken = []
    for step in range(calls):
        before = thread_time_ns()
        function(step)
        taken.append(thread_time_ns() - before)
    return taken


def quantile(nanoseconds, share):
    return sorted(nanoseconds)[int(share * (len(nanoseconds) - 1))] / 1e9
