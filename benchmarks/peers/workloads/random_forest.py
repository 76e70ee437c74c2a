"""One fit of some seconds, recorded, the first fit of its process."""


def describe():
    from benchmarks.model import Row, Workload
    from benchmarks.peers import PEERS
    from benchmarks.peers.by_hand import NOTES

    return Workload(
        title="RandomForestClassifier(100) on 20,000 x 20, one fit until the process has ended",
        rows=[
            Row("CPU", "tree_cpu_s", "s", "ratio"),
            Row("wall", "wall_s", "s", "ratio"),
            Row("peak memory of the process", "peak_mib", "MiB", "ratio"),
        ],
        tools=("bare", "fitscribe", *PEERS),
        repeats=5,
        warmups=0,
        notes=NOTES,
    )


def work(tool, clock):
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    from benchmarks.peers.by_hand import fitted_by_hand
    from benchmarks.peers.turns import need_record
    from benchmarks.tools import activate

    random = np.random.default_rng(0)
    X = random.normal(size=(20_000, 20))
    y = (X[:, 0] + X[:, 1] ** 2 + random.normal(size=20_000) > 0.5).astype(int)
    clock.start()
    activate(tool)
    by_hand = fitted_by_hand(lambda: RandomForestClassifier(100, random_state=0), X, y)
    if tool in by_hand:
        by_hand[tool]()
    else:
        RandomForestClassifier(100, random_state=0).fit(X, y)
    need_record(tool)
