"""XGBoost, 500 rounds on small data with two eval sets: the metrics of each round, and the model."""

BLOCKS = {"bare": 5, "fitscribe": 5}
OTHERS = 1  # seconds each, DVCLive many


def describe():
    from benchmarks.model import Workload
    from benchmarks.peers import PEERS
    from benchmarks.peers.turns import turns_rows

    return Workload(
        title="xgboost.train, 500 rounds on 2,000 x 10, two eval sets",
        rows=turns_rows(1000, "ms", "per training, a run each"),
        tools=("bare", "fitscribe", *PEERS),
        repeats=3,
        warmups=0,
        notes={
            "wandb": "`init` with the parameters; `WandbCallback(log_model=True)`, with its plot of "
            "importances",
            "dvclive": "`Live`; `log_params`; `DVCLiveCallback`; `save_model`. Lacks importances",
            "trackio": "`init` with the parameters; a `TrainingCallback` that logs each round, as it has "
            "none; `save_model` and `log_artifact`; `finish`. Lacks importances",
        },
    )


def work(tool, clock):
    import numpy as np
    import xgboost as xgb

    from benchmarks.peers.turns import in_turns

    random = np.random.default_rng(0)
    X = random.normal(size=(4_000, 10))
    y = (X[:, 0] + X[:, 1] ** 2 + random.normal(size=4_000) > 0.5).astype(int)
    params = {"objective": "binary:logistic", "eval_metric": ["auc", "logloss"], "nthread": 1}
    dtrain = xgb.DMatrix(X[:2_000], label=y[:2_000])
    evals = [(xgb.DMatrix(X[start::2], label=y[start::2]), f"eval_{start}") for start in (2_000, 2_001)]

    def trained(*callbacks):
        return xgb.train(params, dtrain, 500, evals=evals, verbose_eval=False, callbacks=callbacks)

    def wandb_run():
        import wandb
        from wandb.integration.xgboost import WandbCallback

        with wandb.init(project="benchmark", config=params):
            trained(WandbCallback(log_model=True))

    def dvclive_run():
        from dvclive import Live
        from dvclive.xgb import DVCLiveCallback

        with Live(save_dvc_exp=False) as live:
            live.log_params(params)
            trained(DVCLiveCallback(live=live)).save_model("model.ubj")

    def trackio_run():
        import trackio

        class Log(xgb.callback.TrainingCallback):
            def after_iteration(self, model, epoch, evals_log):
                trackio.log(
                    {
                        f"{data}/{metric}": values[-1]
                        for data, metrics in evals_log.items()
                        for metric, values in metrics.items()
                    }
                )
                return False

        trackio.init(project="benchmark", config=params)
        trained(Log()).save_model("model.ubj")
        trackio.log_artifact("model.ubj", name="model", type="model")
        trackio.finish()

    code = "xgb.train(params, dtrain, 500, evals=evals, verbose_eval=False)"
    scope = {"xgb": xgb, "params": params, "dtrain": dtrain, "evals": evals}
    by_hand = {"wandb": wandb_run, "dvclive": dvclive_run, "trackio": trackio_run}
    in_turns(tool, clock, code, scope, by_hand, blocks=BLOCKS.get(tool, OTHERS))
