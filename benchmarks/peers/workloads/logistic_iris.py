"""LogisticRegression on iris: a run per fit with parameters, scores, confusion matrix and model."""

BLOCKS = {"bare": 12, "fitscribe": 12}
OTHERS = 3  # about a second each


def describe():
    from benchmarks.model import Row, Workload
    from benchmarks.peers import PEERS
    from benchmarks.peers.by_hand import NOTES
    from benchmarks.peers.turns import turns_rows

    return Workload(
        title="LogisticRegression on iris, a run per fit, steady state",
        rows=[
            *turns_rows(1000, "ms", "per fit"),
            Row("files per run", "files_per_run", "", "value"),
        ],
        tools=("bare", "fitscribe", *PEERS),
        repeats=5,
        warmups=0,
        notes=NOTES,
    )


def work(tool, clock):
    import warnings

    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    from benchmarks.peers.by_hand import fitted_by_hand
    from benchmarks.peers.turns import in_turns, record_files

    warnings.simplefilter("ignore")
    X, y = load_iris(return_X_y=True)
    scope = {"LogisticRegression": LogisticRegression, "X": X, "y": y}
    blocks = BLOCKS.get(tool, OTHERS)
    by_hand = fitted_by_hand(LogisticRegression, X, y)
    in_turns(tool, clock, "LogisticRegression().fit(X, y)", scope, by_hand, blocks=blocks, count=5)
    if tool != "bare":
        runs = 1 if tool == "dvclive" else 5 * (blocks + 1)  # DVCLive overwrites the run before
        clock.report(files_per_run=len(record_files(tool)) / runs)
