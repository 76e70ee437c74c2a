"""A call of `sklearn.metrics` by hand, on predictions that a recorded model made."""

CALLS, BLOCKS = 200, 10
FUNCTIONS = ("accuracy_score", "f1_score", "mean_squared_error")
# What has as many rows as a model has predicted is looked at the longest.
NOT_LINKED = "of_no_model"


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="a call of sklearn.metrics on 150 rows, steady state",
        rows=[
            Row(f"{name}: CPU above bare, in turns", f"{name}_above_s", "µs", "value", 50, 1e6)
            for name in FUNCTIONS
        ]
        + [
            Row(
                "accuracy_score of no known model: CPU above bare, in turns",
                f"{NOT_LINKED}_above_s",
                "µs",
                "value",
                50,
                1e6,
            )
        ]
        + [Row("accuracy_score itself", "accuracy_score_bare_s", "µs", "value", None, 1e6)],
        tools=("bare", "fitscribe"),
        repeats=5,
    )


def work(tool, clock):
    from statistics import median
    from time import process_time

    import numpy
    from sklearn import metrics
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split
    from sklearn.naive_bayes import GaussianNB

    from benchmarks.tools import activate, deactivate

    activate(tool)
    X_train, X_test, y_train, y_test = train_test_split(
        *load_breast_cancer(return_X_y=True), test_size=150, random_state=0
    )
    y_pred = GaussianNB().fit(X_train, y_train).predict(X_test)
    others = tuple(numpy.random.default_rng(0).integers(0, 2, (2, 150)))
    clock.start()
    for name in (*FUNCTIONS, NOT_LINKED):
        given = others if name == NOT_LINKED else (y_test, y_pred)
        above, bare = [], []
        for _ in range(BLOCKS):
            taken = []
            for switch in (activate, deactivate):
                switch(tool)
                # By the name in the module, as it is patched there.
                function = getattr(metrics, FUNCTIONS[0] if name == NOT_LINKED else name)
                started = process_time()
                for _ in range(CALLS):
                    function(*given)
                taken.append((process_time() - started) / CALLS)
            above.append(taken[0] - taken[1])
            bare.append(taken[1])
        clock.report(**{f"{name}_above_s": median(above), f"{name}_bare_s": median(bare)})
    clock.stop()
