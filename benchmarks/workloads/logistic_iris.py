"""A small fit, again and again: LogisticRegression on iris with default settings, after the first fits."""

WARM = 5
FITS = 30
MLFLOW_WARM = 2
MLFLOW_FITS = 5  # three seconds each


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="LogisticRegression on iris, default settings, steady state, per fit",
        rows=[
            Row("CPU above bare", "per_fit_cpu_s", "ms", "difference", 5, 1000),
            Row("wall above bare", "per_fit_wall_s", "ms", "difference", None, 1000),
            Row("CPU of subprocesses", "child_cpu_s", "ms", "value", 0, 1000),
            Row("files per run", "files_per_run", "", "value", 8),
            Row("runs recorded per fit", "runs_per_fit", "", "value"),
            Row("models saved per fit", "models_per_fit", "", "value"),
        ],
        repeats=5,
    )


def work(tool, clock):
    import resource
    import warnings

    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    from benchmarks.tools import activate

    warnings.simplefilter("ignore")
    X, y = load_iris(return_X_y=True)
    activate(tool)
    warm, count = (MLFLOW_WARM, MLFLOW_FITS) if tool == "mlflow" else (WARM, FITS)
    fits = [
        compile("LogisticRegression().fit(X, y)", f"<fit {number}>", "eval") for number in range(warm + count)
    ]
    scope = {"LogisticRegression": LogisticRegression, "X": X, "y": y}
    # A call site each: fits from one line of a loop are a sweep, which is allowed to leave work out.
    for fit in fits[:warm]:
        eval(fit, scope)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock.start()
    for fit in fits[warm:]:
        eval(fit, scope)
    clock.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock.report(
        per_fit_cpu_s=clock.figures["cpu_s"] / count,
        per_fit_wall_s=clock.figures["wall_s"] / count,
        child_cpu_s=(after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime) / count,
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
