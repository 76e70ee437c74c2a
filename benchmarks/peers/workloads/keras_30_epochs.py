"""Keras on PyTorch, 30 epochs of 50 batches of a small model: the metrics of each epoch, and the model."""

BLOCKS = 3


def describe():
    from benchmarks.model import Workload
    from benchmarks.peers import PEERS
    from benchmarks.peers.turns import turns_rows

    return Workload(
        title="keras.Model.fit, 30 epochs x 50 batches of an MLP of 20-32-3 on 32 samples, PyTorch beneath",
        rows=turns_rows(1000, "ms", "per training, a run each"),
        tools=("bare", "fitscribe", *PEERS),
        repeats=3,
        warmups=0,
        notes={
            "wandb": "`init` with epochs and batch size; a `LambdaCallback` that logs each epoch, as its "
            "own needs TensorFlow; `model.save` and `log_model`. Lacks the layers, the "
            "optimizer's settings, the learning rate",
            "dvclive": "`Live`; `log_params`; a `LambdaCallback` that logs each epoch, as its own needs "
            "TensorFlow; `model.save`. Lacks the same",
            "trackio": "`init` with epochs and batch size; a `LambdaCallback` that logs each epoch, as it "
            "has none; `model.save` and `log_artifact`; `finish`. Lacks the same",
        },
    )


def work(tool, clock):
    import os

    os.environ["KERAS_BACKEND"] = "torch"

    import keras
    import numpy as np
    import torch

    from benchmarks.peers.turns import in_turns

    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    X = random.random((1_600, 20), dtype="float32")
    y = random.integers(0, 3, 1_600)
    settings = {"batch_size": 32, "epochs": 30}

    def made():
        keras.utils.set_random_seed(0)
        layers = [keras.Input((20,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(3, "softmax")]
        model = keras.Sequential(layers)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def saved(log):
        """Train, with the metrics of each epoch given to `log`, and save the model."""
        model = made()
        callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: log(logs))
        model.fit(X, y, verbose=0, callbacks=[callback], **settings)
        model.save("model.keras")

    def wandb_run():
        import wandb

        with wandb.init(project="benchmark", config=settings) as run:
            saved(run.log)
            run.log_model("model.keras", name="model")

    def dvclive_run():
        from dvclive import Live

        with Live(save_dvc_exp=False) as live:

            def log(logs):
                for name, value in logs.items():
                    live.log_metric(name, value)
                live.next_step()

            live.log_params(settings)
            saved(log)

    def trackio_run():
        import trackio

        trackio.init(project="benchmark", config=settings)
        saved(trackio.log)
        trackio.log_artifact("model.keras", name="model", type="model")
        trackio.finish()

    code = "made().fit(X, y, verbose=0, **settings)"
    scope = {"made": made, "X": X, "y": y, "settings": settings}
    by_hand = {"wandb": wandb_run, "dvclive": dvclive_run, "trackio": trackio_run}
    in_turns(tool, clock, code, scope, by_hand, blocks=BLOCKS)
