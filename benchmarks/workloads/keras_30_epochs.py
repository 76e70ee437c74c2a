"""Keras, 30 epochs of 50 batches of a small model on PyTorch: with the tool and without, in turns."""

BLOCKS = 3


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="keras.Model.fit, 30 epochs x 50 batches of an MLP of 20-32-3 on 32 samples, PyTorch beneath",
        rows=[
            Row("CPU to bare, 1.2 x Keras' own save of the model taken off", "to_bare", "x", "value", 1.03),
            Row(
                "CPU per batch above bare, from its end to the script's callback",
                "per_batch_s",
                "us",
                "value",
                15,
                1e6,
            ),
            Row("CPU of the bare training", "bare_s", "ms", "value", None, 1000),
            Row("CPU of Keras' own save", "save_s", "ms", "value", None, 1000),
        ],
        tools=("bare", "fitscribe", "mlflow"),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    import os

    os.environ["KERAS_BACKEND"] = "torch"

    from statistics import median
    from time import process_time, thread_time

    import keras
    import numpy as np
    import torch

    from benchmarks.tools import activate, deactivate

    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    X = random.random((1_600, 20), dtype="float32")
    y = random.integers(0, 3, 1_600)
    call = "model.fit(X, y, batch_size=32, epochs=epochs, verbose=0, callbacks=callbacks)"
    # A call site each: trainings from one line of a loop are a sweep, which is allowed to leave work out.
    calls = iter([compile(call, f"<training {number}>", "eval") for number in range(4 * BLOCKS + 8)])

    def made():
        keras.utils.set_random_seed(0)
        layers = [keras.Input((20,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(3, "softmax")]
        model = keras.Sequential(layers)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def trained(epochs=30, callbacks=(), model=None):
        """CPU seconds of one training, and the model."""
        model = model or made()
        scope = {"model": model, "X": X, "y": y, "epochs": epochs, "callbacks": list(callbacks)}
        started = process_time()
        eval(next(calls), scope)
        return process_time() - started, model

    def gap():
        """CPU seconds from the end of a batch to the callback of the script's own."""
        gaps, since = [], [0.0]

        class Own(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                gaps.append(thread_time() - since[0])

        model = made()
        model.make_train_function()
        train = model.train_function

        def timed(data):
            logs = train(data)
            since[0] = thread_time()
            return logs

        model.train_function = timed
        trained(6, [Own()], model)
        return median(gaps)

    clock.start()
    bare, with_tool, saves, per_batch = [], [], [], []
    for block in range(-1, BLOCKS):
        deactivate(tool)
        bare.append(trained()[0])
        without = gap()
        activate(tool)
        seconds, model = trained()
        with_tool.append(seconds)
        per_batch.append(gap() - without)
        started = process_time()
        model.save("model.keras")
        saves.append(process_time() - started)
        if block < 0:
            for samples in (bare, with_tool, saves, per_batch):
                samples.clear()
    clock.stop()
    clock.report(
        to_bare=median(
            (one - 1.2 * save) / other for one, save, other in zip(with_tool, saves, bare, strict=True)
        ),
        per_batch_s=median(per_batch),
        bare_s=median(bare),
        save_s=median(saves),
    )
