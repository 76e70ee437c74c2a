"""Much data: a pass of SGDClassifier over a million rows of 50 columns, 400 MB that nobody may look through.

Fits with the tool and without it take turns within one process, after a small fit that has loaded all there
is to load; the peak of memory is compared with a process that fits as often without.
"""

FITS = 4


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="SGDClassifier(max_iter=1) on dense 1,000,000 x 50, per fit",
        rows=[
            Row("CPU above bare, in turns within the process", "above_cpu_s", "ms", "value", 50, 1000),
            Row("CPU of the fit itself", "bare_cpu_s", "ms", "value", None, 1000),
            Row("peak memory above the data and the imports", "growth_mib", "MiB", "difference", 10),
        ],
        tools=("bare", "fitscribe"),
        repeats=5,
        warmups=0,
    )


def work(tool, clock):
    from statistics import median
    from warnings import simplefilter

    import numpy as np
    from sklearn.linear_model import SGDClassifier

    from benchmarks.child import tree_cpu
    from benchmarks.tools import activate, deactivate

    simplefilter("ignore")
    X = np.random.default_rng(0).normal(size=(1_000_000, 50))
    y = (X[:, 0] > 0).astype(int)
    activate(tool)
    # A call site each: see logistic_iris.
    fits = [
        compile("SGDClassifier(max_iter=1).fit(X, y)", f"<fit {number}>", "eval") for number in range(FITS)
    ]
    scope = {"SGDClassifier": SGDClassifier, "X": X, "y": y}
    SGDClassifier(max_iter=1).fit(X[:1000], y[:1000])
    clock.start()
    above, bare = [], []
    for fit in fits:
        taken = []
        for switch in (activate, deactivate):
            switch(tool)
            started = tree_cpu()
            eval(fit, scope)
            taken.append(tree_cpu() - started)
        above.append(taken[0] - taken[1])
        bare.append(taken[1])
    clock.stop()
    clock.report(above_cpu_s=median(above), bare_cpu_s=median(bare))
