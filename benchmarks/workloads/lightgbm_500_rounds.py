"""LightGBM, 500 rounds on small data with two eval sets: with the tool, without it, with an idle callback.

They take turns within one process: how fast a process happens to run differs by more than the figures.
"""

BLOCKS = 5


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="lightgbm.train, 500 rounds on 2,000 x 10, two eval sets",
        rows=[
            Row(
                "CPU to bare, 1.2 x LightGBM's own save of the model taken off", "to_bare", "x", "value", 1.2
            ),
            Row("CPU per round above an idle callback", "per_round_s", "us", "value", 20, 1e6),
            Row("CPU of the bare training", "bare_s", "ms", "value", None, 1000),
            Row("CPU of LightGBM's own save", "save_s", "ms", "value", None, 1000),
        ],
        tools=("bare", "fitscribe"),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    import threading
    from statistics import median
    from time import process_time, thread_time

    import lightgbm as lgb
    import numpy as np

    from benchmarks.tools import activate, deactivate

    random = np.random.default_rng(0)
    X = random.normal(size=(4_000, 10))
    y = (X[:, 0] + X[:, 1] ** 2 + random.normal(size=4_000) > 0.5).astype(int)
    params = {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_threads": 1, "verbosity": -1}
    call = "lgb.train(params, train, 500, valid_sets=valid, feval=feval, callbacks=callbacks)"
    # A call site each: trainings from one line of a loop are a sweep, which is allowed to leave work out.
    calls = iter([compile(call, f"<training {number}>", "eval") for number in range(4 * BLOCKS + 4)])

    def trained(feval=None, callbacks=()):
        """CPU seconds of one training, and what it returns."""
        train = lgb.Dataset(X[:2_000], y[:2_000])
        valid = [lgb.Dataset(X[start::2], y[start::2], reference=train) for start in (2_000, 2_001)]
        scope = {"lgb": lgb, "params": params, "train": train, "valid": valid}
        scope |= {"feval": feval, "callbacks": list(callbacks)}
        started = process_time()
        booster = eval(next(calls), scope)
        return process_time() - started, booster

    def gap(*before):
        """CPU seconds of a round from its evaluation to the last callback: those of all other callbacks."""
        gaps, since = [], [0.0]

        def last_evaluation(predicted, data):
            since[0] = thread_time()
            return "zero", 0.0, True

        def last_callback(env):
            gaps.append(thread_time() - since[0])

        trained(last_evaluation, [*before, last_callback])
        return median(gaps)

    def idle(env):
        pass

    clock.start()
    bare, with_tool, saves, per_round = [], [], [], []
    for block in range(-1, BLOCKS):
        deactivate(tool)
        bare.append(trained()[0])
        idle_gap = gap(idle)
        activate(tool)
        seconds, booster = trained()
        with_tool.append(seconds)
        tool_gap = gap()
        started = process_time()
        booster.save_model("model.txt")
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
