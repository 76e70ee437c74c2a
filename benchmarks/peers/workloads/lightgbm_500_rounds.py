"""LightGBM, 500 rounds on small data with two eval sets: the metrics of each round, and the model."""

BLOCKS = {"bare": 5, "fitscribe": 5}
OTHERS = 1  # seconds each, DVCLive many


def describe():
    from benchmarks.model import Workload
    from benchmarks.peers import PEERS
    from benchmarks.peers.turns import turns_rows

    return Workload(
        title="lightgbm.train, 500 rounds on 2,000 x 10, two eval sets",
        rows=turns_rows(1000, "ms", "per training, a run each"),
        tools=("bare", "fitscribe", *PEERS),
        repeats=3,
        warmups=0,
        notes={
            "wandb": "`init`; `wandb_callback()`, which takes the parameters; "
            "`log_summary(save_model_checkpoint=True)`, with its plot of importances",
            "dvclive": "`Live`; `log_params`; `DVCLiveCallback`; `save_model`. Lacks importances",
            "trackio": "`init` with the parameters; a callback that logs each round, as it has none; "
            "`save_model` and `log_artifact`; `finish`. Lacks importances",
        },
    )


def work(tool, clock):
    import lightgbm as lgb
    import numpy as np

    from benchmarks.peers.turns import in_turns

    random = np.random.default_rng(0)
    X = random.normal(size=(4_000, 10))
    y = (X[:, 0] + X[:, 1] ** 2 + random.normal(size=4_000) > 0.5).astype(int)
    params = {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_threads": 1, "verbosity": -1}

    def data():
        train = lgb.Dataset(X[:2_000], y[:2_000])
        valid = [lgb.Dataset(X[start::2], y[start::2], reference=train) for start in (2_000, 2_001)]
        return {"train_set": train, "valid_sets": valid}

    def trained(*callbacks):
        return lgb.train(params, num_boost_round=500, callbacks=list(callbacks), **data())

    def wandb_run():
        import wandb
        from wandb.integration.lightgbm import log_summary, wandb_callback

        with wandb.init(project="benchmark"):
            log_summary(trained(wandb_callback()), save_model_checkpoint=True)

    def dvclive_run():
        from dvclive import Live
        from dvclive.lgbm import DVCLiveCallback

        with Live(save_dvc_exp=False) as live:
            live.log_params(params)
            trained(DVCLiveCallback(live=live)).save_model("model.txt")

    def trackio_run():
        import trackio

        def log(env):
            trackio.log({f"{each[0]}/{each[1]}": each[2] for each in env.evaluation_result_list})

        trackio.init(project="benchmark", config=params)
        trained(log).save_model("model.txt")
        trackio.log_artifact("model.txt", name="model", type="model")
        trackio.finish()

    code = "lgb.train(params, num_boost_round=500, **data())"
    scope = {"lgb": lgb, "params": params, "data": data}
    by_hand = {"wandb": wandb_run, "dvclive": dvclive_run, "trackio": trackio_run}
    in_turns(tool, clock, code, scope, by_hand, blocks=BLOCKS.get(tool, OTHERS))
