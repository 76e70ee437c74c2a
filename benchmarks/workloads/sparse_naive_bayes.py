"""Sparse input that must stay sparse: MultinomialNB on 20,000 x 2,000 with 0.5 % of the cells filled."""


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="MultinomialNB on sparse 20,000 x 2,000",
        rows=[
            Row("peak memory of the process", "peak_mib", "MiB", "ratio", 1.1),
            Row("growth of memory by the fit", "growth_mib", "MiB", "difference"),
            Row("CPU", "tree_cpu_s", "s", "difference"),
        ],
        repeats=5,
        warmups=0,
    )


def work(tool, clock):
    import numpy as np
    import scipy.sparse
    from sklearn.naive_bayes import MultinomialNB

    from benchmarks.tools import activate

    # Not scipy.sparse.random: it draws from all 40 million cells, a peak that would hide a densified copy.
    random = np.random.default_rng(0)
    indices = random.integers(0, 2_000, 200_000)
    X = scipy.sparse.csr_matrix((np.ones(200_000), indices, np.arange(0, 200_001, 10)), shape=(20_000, 2_000))
    y = random.integers(0, 3, 20_000)
    activate(tool)
    clock.start()
    MultinomialNB().fit(X, y)
