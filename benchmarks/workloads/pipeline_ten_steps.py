"""A pipeline of ten steps, again and again, beside its last step alone: what looking at the steps adds.

Fits with the tool and without it take turns within one process, as in `logistic_iris`. The evaluation on the
training data is off, but for one row: its budget is its own, and it lets all ten steps predict.
"""

WARM = 5
BLOCKS, FITS = 12, 5
MLFLOW_WARM = 2
MLFLOW_BLOCKS, MLFLOW_FITS = 2, 2  # seconds each


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="A pipeline of ten steps on iris, steady state, per fit",
        rows=[
            Row("CPU above bare, more than for its last step alone", "steps_cpu_s", "ms", "value", 1, 1000),
            Row("CPU above bare", "above_cpu_s", "ms", "value", None, 1000),
            Row("CPU above bare, with the evaluation", "evaluated_cpu_s", "ms", "value", None, 1000),
            Row("CPU above bare of the last step alone", "above_alone_cpu_s", "ms", "value", None, 1000),
            Row("CPU of the fit itself", "bare_cpu_s", "ms", "value", None, 1000),
        ],
        repeats=5,
    )


def work(tool, clock):
    import os
    import warnings
    from statistics import median

    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from benchmarks.tools import activate, deactivate
    from benchmarks.workloads.logistic_iris import timed

    warnings.simplefilter("ignore")
    X, y = load_iris(return_X_y=True)
    warm, blocks, count = (
        (WARM, BLOCKS, FITS) if tool != "mlflow" else (MLFLOW_WARM, MLFLOW_BLOCKS, MLFLOW_FITS)
    )

    def pipeline():
        return make_pipeline(*(StandardScaler() for _ in range(9)), LogisticRegression())

    scope = {"LogisticRegression": LogisticRegression, "pipeline": pipeline, "X": X, "y": y}
    turns = {"whole": ("pipeline", "0"), "alone": ("LogisticRegression", "0"), "evaluated": ("pipeline", "1")}
    # A call site each, as fits from one line of a loop are a sweep.
    codes = {
        turn: [
            compile(f"{model}().fit(X, y)", f"<{turn} {number}>", "eval")
            for number in range(warm + blocks * count)
        ]
        for turn, (model, _) in turns.items()
    }
    activate(tool)
    for fits in codes.values():
        timed(fits[:warm], scope)
    clock.start()
    above = {turn: [] for turn in turns}
    bare = []
    for start in range(warm, warm + blocks * count, count):
        for turn, (_, evaluation) in turns.items():
            block = codes[turn][start : start + count]
            os.environ["FITSCRIBE_EVALUATION"] = evaluation
            activate(tool)
            cpu, _ = timed(block, scope)
            deactivate(tool)
            bare_cpu, _ = timed(block, scope)
            above[turn].append(cpu - bare_cpu)
            if turn == "whole":
                bare.append(bare_cpu)
    clock.stop()
    clock.report(
        steps_cpu_s=median(above["whole"]) - median(above["alone"]),
        above_cpu_s=median(above["whole"]),
        above_alone_cpu_s=median(above["alone"]),
        evaluated_cpu_s=median(above["evaluated"]),
        bare_cpu_s=median(bare),
    )
