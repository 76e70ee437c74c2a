"""A search of 60 candidates over 3 folds of a cheap estimator, in this process and in two workers.

Searches with the tool and without it take turns within one process, the workers warm: how fast a process
happens to run differs by more than the figure.
"""

BLOCKS = 8
MLFLOW_BLOCKS = 2
JOBS = (1, 2)


def describe():
    from benchmarks.model import Row, Workload

    rows = []
    for jobs in JOBS:
        rows += [
            Row(
                f"CPU to bare, n_jobs={jobs}, in turns within the process",
                f"ratio_{jobs}",
                "x",
                "value",
                1.05,
            ),
            Row(f"CPU above bare, n_jobs={jobs}", f"above_{jobs}_s", "ms", "value", None, 1000),
            Row(f"CPU of the search itself, n_jobs={jobs}", f"bare_{jobs}_s", "ms", "value", None, 1000),
        ]
    rows.append(Row("runs recorded per search", "runs_per_search", "", "value"))
    return Workload(
        title="GridSearchCV of 60 candidates x 3 folds, DecisionTreeClassifier on 569 x 30, per search",
        rows=rows,
        repeats=5,
        warmups=0,
    )


def work(tool, clock):
    import threading
    import warnings
    from statistics import median

    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier

    from benchmarks.tools import activate, deactivate

    warnings.simplefilter("ignore")
    X, y = load_breast_cancer(return_X_y=True)
    grid = {"max_depth": list(range(1, 11)), "min_samples_leaf": [1, 2, 4, 8, 16, 32]}
    scope = {"GridSearchCV": GridSearchCV, "Tree": DecisionTreeClassifier, "grid": grid, "X": X, "y": y}
    blocks = BLOCKS if tool != "mlflow" else MLFLOW_BLOCKS
    searches = 0

    def search(jobs):
        nonlocal searches
        searches += 1
        # A call site each: see logistic_iris.
        eval(
            compile(
                f"GridSearchCV(Tree(random_state=0), grid, cv=3, n_jobs={jobs}).fit(X, y)",
                f"<search {searches}>",
                "eval",
            ),
            scope,
        )

    recorded = 0
    clock.start()
    for jobs in JOBS:
        activate(tool)
        search(jobs)
        recorded += 1
        for thread in threading.enumerate():
            if thread.name == "fitscribe-launch":
                thread.join()  # it asks git once per launch
        with_tool, bare = [], []
        for _ in range(blocks):
            for switch, taken in ((activate, with_tool), (deactivate, bare)):
                switch(tool)
                started = cpu_now()
                search(jobs)
                taken.append(cpu_now() - started)
        recorded += blocks
        clock.report(
            **{
                f"ratio_{jobs}": median(one / other for one, other in zip(with_tool, bare, strict=True)),
                f"above_{jobs}_s": median(one - other for one, other in zip(with_tool, bare, strict=True)),
                f"bare_{jobs}_s": median(bare),
            }
        )
    clock.stop()
    if tool == "fitscribe":
        import fitscribe

        clock.report(runs_per_search=len(fitscribe.search_runs()) / recorded)


def cpu_now():
    """CPU seconds of this process and all below it, those of workers that go on included."""
    import psutil

    from benchmarks.child import tree_cpu

    below = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return tree_cpu() + sum(times.user + times.system for times in below)
