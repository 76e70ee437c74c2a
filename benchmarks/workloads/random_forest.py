"""One fit of some seconds: RandomForestClassifier(100) on 20,000 x 20, the first fit of its process."""


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="RandomForestClassifier(100) on 20,000 x 20, one fit until the process has ended",
        rows=[
            Row("CPU", "tree_cpu_s", "s", "ratio", 1.05),
            Row("wall", "wall_s", "s", "ratio"),
            Row("peak memory of the process", "peak_mib", "MiB", "ratio", 1.1),
        ],
        repeats=7,
        warmups=0,
    )


def work(tool, clock):
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    from benchmarks.tools import activate

    random = np.random.default_rng(0)
    X = random.normal(size=(20_000, 20))
    y = (X[:, 0] + X[:, 1] ** 2 + random.normal(size=20_000) > 0.5).astype(int)
    clock.start()
    activate(tool)
    RandomForestClassifier(100, random_state=0).fit(X, y)
