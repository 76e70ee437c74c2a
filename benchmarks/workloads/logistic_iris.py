"""A small fit, again and again: LogisticRegression on iris with default settings, after the first fits.

Fits with the tool and without it take turns within one process: how fast a process happens to run differs by
more than the figure.
"""

WARM = 5
BLOCKS, FITS = 12, 5
MLFLOW_WARM = 2
MLFLOW_BLOCKS, MLFLOW_FITS = 2, 2  # three seconds each


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="LogisticRegression on iris, default settings, steady state, per fit",
        rows=[
            Row("CPU above bare, in turns within the process", "above_cpu_s", "ms", "value", 5, 1000),
            Row("wall above bare, likewise", "above_wall_s", "ms", "value", None, 1000),
            Row("CPU of the fit itself", "bare_cpu_s", "ms", "value", None, 1000),
            Row("CPU of subprocesses", "child_cpu_s", "ms", "value", 0, 1000),
            Row("files per run", "files_per_run", "", "value", 8),
            Row("runs recorded per fit", "runs_per_fit", "", "value"),
            Row("models saved per fit", "models_per_fit", "", "value"),
        ],
        repeats=5,
    )


def work(tool, clock):
    import resource
    import threading
    import warnings
    from statistics import median

    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    from benchmarks.tools import activate, deactivate

    warnings.simplefilter("ignore")
    X, y = load_iris(return_X_y=True)
    warm, blocks, count = (
        (WARM, BLOCKS, FITS) if tool != "mlflow" else (MLFLOW_WARM, MLFLOW_BLOCKS, MLFLOW_FITS)
    )
    # A call site each: fits from one line of a loop are a sweep, which is allowed to leave work out.
    fits = [
        compile("LogisticRegression().fit(X, y)", f"<fit {number}>", "eval")
        for number in range(warm + blocks * count)
    ]
    scope = {"LogisticRegression": LogisticRegression, "X": X, "y": y}
    activate(tool)
    timed(fits[:warm], scope)
    for thread in threading.enumerate():
        if thread.name == "fitscribe-launch":
            thread.join()  # it asks git once per launch
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock.start()
    with_tool, bare = [], []
    for start in range(warm, len(fits), count):
        activate(tool)
        with_tool.append(timed(fits[start : start + count], scope))
        deactivate(tool)
        bare.append(timed(fits[start : start + count], scope))
    clock.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    above = [(one[0] - other[0], one[1] - other[1]) for one, other in zip(with_tool, bare, strict=True)]
    clock.report(
        above_cpu_s=median(cpu for cpu, _ in above),
        above_wall_s=median(wall for _, wall in above),
        bare_cpu_s=median(cpu for cpu, _ in bare),
        child_cpu_s=(after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime)
        / (blocks * count),
    )
    if tool == "fitscribe":
        from pathlib import Path

        runs = list(Path(".fitscribe/runs").iterdir())
        files = [file for file in Path(".fitscribe/runs").rglob("*") if file.is_file()]
        models = [file for file in files if file.suffix in {".pkl", ".pickle"} or "model" in file.name]
        clock.report(
            files_per_run=len(files) / len(runs),
            runs_per_fit=len(runs) / len(fits),
            models_per_fit=len(models) / len(fits),
        )


def timed(fits, scope):
    """CPU seconds, children included, and wall seconds that one of the fits takes on average."""
    from time import perf_counter

    from benchmarks.child import tree_cpu

    cpu, wall = tree_cpu(), perf_counter()
    for fit in fits:
        eval(fit, scope)
    return (tree_cpu() - cpu) / len(fits), (perf_counter() - wall) / len(fits)
