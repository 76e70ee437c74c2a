"""One value given to a run that is open, and what becomes of it until the run has ended."""

CALLS = {"bare": 20_000, "fitscribe": 20_000, "wandb": 2_000, "dvclive": 200, "trackio": 2_000}


def describe():
    from benchmarks.model import Row, Workload
    from benchmarks.peers import PEERS

    return Workload(
        title="One value of one metric; bare is an `os.write` of 32 bytes",
        rows=[
            Row("CPU of the call, median", "median_s", "us", "value", None, 1e6),
            Row("CPU of all until the run has ended, per value", "all_s", "us", "value", None, 1e6),
            Row("wall until the run has ended, per value", "all_wall_s", "us", "value", None, 1e6),
        ],
        tools=("bare", "fitscribe", *PEERS),
        repeats=5,
        warmups=0,
        notes={
            "wandb": "`run.log({'loss': value})`, which hands it over to a process of its own",
            "dvclive": "`live.log_metric` and `live.next_step()`, without which the next value takes its "
            "place",
            "trackio": "`trackio.log({'loss': value})`, which hands it over to a thread: what a script has "
            "logged as it is killed may be lost",
        },
    )


def work(tool, clock):
    from benchmarks.peers.turns import need_record, spent
    from benchmarks.tools import activate
    from benchmarks.workloads.log_metric import each_call, quantile

    activate(tool)
    log, end = OPENED[tool]()
    calls = CALLS[tool]
    taken = []

    def whole():
        taken.extend(each_call(log, calls))
        end()

    clock.start()
    cpu, wall = spent(whole)
    clock.stop()
    need_record(tool)
    clock.report(median_s=quantile(taken, 0.5), all_s=cpu / calls, all_wall_s=wall / calls)


def bare():
    import os

    record = bytes(32)
    file = os.open("bare.bin", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return lambda step: os.write(file, record), lambda: os.close(file)


def fitscribe():
    import fitscribe

    run = fitscribe.start_run("metrics")
    run.__enter__()
    return lambda step: run.log_metric("loss", 0.5, step=step), lambda: run.__exit__(None, None, None)


def wandb():
    import wandb

    run = wandb.init(project="benchmark")
    return lambda step: run.log({"loss": 0.5}), run.finish


def dvclive():
    from dvclive import Live

    live = Live(save_dvc_exp=False)

    def log(step):
        live.log_metric("loss", 0.5)
        live.next_step()

    return log, live.end


def trackio():
    import trackio

    trackio.init(project="benchmark")
    return lambda step: trackio.log({"loss": 0.5}), trackio.finish


OPENED = {"bare": bare, "fitscribe": fitscribe, "wandb": wandb, "dvclive": dvclive, "trackio": trackio}
