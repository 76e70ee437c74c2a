"""XGBoost, 500 rounds on small data with two eval sets: with the tool, without it, with an idle callback.

They take turns within one process: how fast a process happens to run differs by more than the figures.
"""

BLOCKS = 5


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="xgboost.train, 500 rounds on 2,000 x 10, two eval sets",
        rows=[
            Row("CPU to bare, 1.2 x XGBoost's own save of the model taken off", "to_bare", "x", "value", 1.1),
            Row("CPU per round above an idle callback", "per_round_s", "us", "value", 20, 1e6),
            Row("CPU of the bare training", "bare_s", "ms", "value", None, 1000),
            Row("CPU of XGBoost's own save", "save_s", "ms", "value", None, 1000),
        ],
        tools=("bare", "fitscribe"),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    import threading
    from statistics import median
    from time import process_time, thread_time

    import numpy as np
    import xgboost as xgb

    from benchmarks.tools import activate, deactivate

    random = np.random.default_rng(0)
    X = random.normal(size=(4_000, 10))
    y = (X[:, 0] + X[:, 1] ** 2 + random.normal(size=4_000) > 0.5).astype(int)
    params = {"objective": "binary:logistic", "eval_metric": ["auc", "logloss"], "nthread": 1}
    dtrain = xgb.DMatrix(X[:2_000], label=y[:2_000])
    evals = [(xgb.DMatrix(X[start::2], label=y[start::2]), f"eval_{start}") for start in (2_000, 2_001)]
    call = "xgb.train(params, dtrain, 500, evals=evals, verbose_eval=False, **others)"
    # A call site each: trainings from one line of a loop are a sweep, which is allowed to leave work out.
    calls = iter([compile(call, f"<training {number}>", "eval") for number in range(4 * BLOCKS + 4)])

    def trained(**others):
        """CPU seconds of one training, and what it returns."""
        scope = {"xgb": xgb, "params": params, "dtrain": dtrain, "evals": evals, "others": others}
        started = process_time()
        booster = eval(next(calls), scope)
        return process_time() - started, booster

    class Idle(xgb.callback.TrainingCallback):
        """As cheap as one can be."""

        def after_iteration(self, model, epoch, evals_log):
            return False

    def gap(*others):
        """CPU seconds of a round from its evaluation to the next round: those of the callbacks."""
        gaps, since = [], [0.0]

        def last_evaluation(predicted, matrix):
            since[0] = thread_time()
            return "zero", 0.0

        class First(xgb.callback.TrainingCallback):
            def before_iteration(self, model, epoch, evals_log):
                gaps.append(thread_time() - since[0])
                return False

        trained(custom_metric=last_evaluation, callbacks=[First(), *others])
        return median(gaps[1:])

    clock.start()
    bare, with_tool, saves, per_round = [], [], [], []
    for block in range(-1, BLOCKS):
        deactivate(tool)
        bare.append(trained()[0])
        idle_gap = gap(Idle())
        activate(tool)
        seconds, booster = trained()
        with_tool.append(seconds)
        tool_gap = gap()
        started = process_time()
        booster.save_model("model.ubj")
        saves.append(process_time() - started)
        per_round.append(tool_gap - idle_gap)
        if block < 0:
            for thread in threading.enumerate():
                if thread.name == "fitscribe-launch":
                    thread.join()  # it asks git once per launch
            for samples in (bare, with_tool, saves, per_round):
                samples.clear()
    clock.stop()
    clock.report(
        to_bare=median(
            (one - 1.2 * save) / other for one, save, other in zip(with_tool, saves, bare, strict=True)
        ),
        per_round_s=median(per_round),
        bare_s=median(bare),
        save_s=median(saves),
    )
