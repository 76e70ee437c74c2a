"""Keras' integrations prove what every integration must: for each of its packages that is installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside
from fitscribe.testing.checks import CHECKS

for _backend in ("tensorflow", "torch", "jax"):
    if importlib.util.find_spec(_backend) is not None:
        os.environ.setdefault("KERAS_BACKEND", _backend)  # the processes of the suite inherit it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Of the same sums in another order the last digits differ.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def _data() -> tuple[Any, Any]:
    import numpy as np

    x = np.linspace(-1.0, 1.0, 64, dtype="float32").reshape(16, 4)
    return x, (np.arange(16) % 3).astype("int64")


def _model(root: str) -> Any:
    keras = importlib.import_module(root)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _calling(root: str, hook: str, inside: Inside | None) -> dict[str, Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        if inside is not None:
            inside()

    base = importlib.import_module(root).callbacks.Callback
    return {"callbacks": [type("Calling", (base,), {hook: call})()]}


def _fit(root: str, inside: Inside | None) -> Case:
    model, (x, y) = _model(root), _data()
    given = _calling(root, "on_epoch_end", inside)
    return Case(
        model.fit,
        (x, y),
        {"batch_size": 8, "epochs": 1, "verbose": 0, "validation_data": (x, y), "shuffle": False, **given},
        result=lambda history: history.history,
    )


def _evaluate(root: str, inside: Inside | None) -> Case:
    model, (x, y) = _model(root), _data()
    return Case(
        model.evaluate,
        (x, y),
        {"verbose": 0, **_calling(root, "on_test_end", inside)},
        result=lambda values: [float(value) for value in values],
    )


def _trained(root: str, method: str, *, with_labels: bool, by: str = "fit") -> Case:
    model, (x, y) = _model(root), _data()

    def set_up() -> None:
        if by == "fit":
            model.fit(x, y, epochs=1, verbose=0)
        else:
            model.train_on_batch(x, y)

    quiet = {"verbose": 0} if method == "predict" else {}
    given = (x, y) if with_labels else (x,)
    return Case(getattr(model, method), given, quiet, result=_plain, setup=set_up)


def _plain(result: Any) -> Any:
    return [float(value) for value in result] if isinstance(result, list) else result


def _train_on_batch(root: str) -> Case:
    model, (x, y) = _model(root), _data()
    return Case(model.train_on_batch, (x, y), result=_plain)


def _save(root: str) -> Case:
    import tempfile
    from pathlib import Path

    model, (x, y) = _model(root), _data()
    path = str(Path(tempfile.gettempdir()) / f"model-{os.getpid()}.keras")
    return Case(model.save, (path,), result=lambda _: 0, setup=lambda: model.fit(x, y, epochs=1, verbose=0))


def fit(inside: Inside | None) -> Case:
    return _fit("keras", inside)


def evaluate(inside: Inside | None) -> Case:
    return _evaluate("keras", inside)


def predict() -> Case:
    return _trained("keras", "predict", with_labels=False)


def train_on_batch() -> Case:
    return _train_on_batch("keras")


def batch_tested() -> Case:
    return _trained("keras", "test_on_batch", with_labels=True, by="batch")


def save() -> Case:
    return _save("keras")


def legacy_fit(inside: Inside | None) -> Case:
    return _fit("tf_keras", inside)


def legacy_evaluate(inside: Inside | None) -> Case:
    return _evaluate("tf_keras", inside)


def legacy_predict() -> Case:
    return _trained("tf_keras", "predict", with_labels=False)


def legacy_train_on_batch() -> Case:
    return _train_on_batch("tf_keras")


def legacy_batch_tested() -> Case:
    return _trained("tf_keras", "test_on_batch", with_labels=True, by="batch")


def legacy_save() -> Case:
    return _save("tf_keras")


# -- loops of the script's own


def _loop(root: str, inside: Inside | None = None, *, legacy: bool = False, read: bool = False) -> Case:
    """A loop around an optimizer of Keras', on whatever backend there is, that reads metrics in the end."""

    def train(inputs: Any, targets: Any) -> Any:
        import numpy as np

        keras = importlib.import_module(root)
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3)])
        optimizer = (keras.optimizers.legacy if legacy else keras.optimizers).SGD(0.1)
        tensor = keras.ops.convert_to_tensor if hasattr(keras, "ops") else keras.backend.constant
        ones = [tensor(np.ones(each.shape, "float32")) for each in model.trainable_variables]
        for step in range(4):
            optimizer.apply_gradients(list(zip(ones, model.trainable_variables, strict=True)))
            if inside is not None and step == 1:
                inside()
        values = _metrics(keras, inputs, targets) if read else []
        return values, [np.asarray(each).tolist() for each in model.get_weights()]

    x, y = _data()
    return Case(train, (x, (y > 0).astype("float32")))


def _metrics(keras: Any, inputs: Any, targets: Any) -> list[Any]:
    import numpy as np

    guesses = (inputs[:, 0] > 0).astype("float32")
    columns = np.stack([targets, 1.0 - targets], axis=1), np.stack([guesses, 1.0 - guesses], axis=1)
    read = []
    for name, given in (
        ("Mean", (guesses,)),
        ("Sum", (guesses,)),
        ("RootMeanSquaredError", (targets, guesses)),
        ("R2Score", columns),
        ("Precision", (targets, guesses)),
        ("Recall", (targets, guesses)),
        ("AUC", (targets, guesses)),
        ("TruePositives", (targets, guesses)),
        ("FBetaScore", columns),
        ("BinaryIoU", (targets, guesses)),
    ):
        metric = getattr(keras.metrics, name)()
        metric.update_state(*given)
        result = metric.result()
        read.append(
            np.asarray(keras.ops.convert_to_numpy(result) if hasattr(keras, "ops") else result).tolist()
        )
    return read


def loop(inside: Inside | None) -> Case:
    return _loop("keras", inside)


def loop_that_reads_metrics() -> Case:
    return _loop("keras", read=True)


def loop_of_legacy_optimizers() -> Case:
    return _loop("keras", legacy=True)


def legacy_loop(inside: Inside | None) -> Case:
    return _loop("tf_keras", inside)


def legacy_loop_that_reads_metrics() -> Case:
    return _loop("tf_keras", read=True)


def legacy_loop_of_legacy_optimizers() -> Case:
    return _loop("tf_keras", legacy=True)


def loop_of_tensorflow(inside: Inside | None) -> Case:
    def train(inputs: Any, targets: Any) -> Any:
        import tensorflow as tf

        weight = tf.Variable(tf.zeros((4, 3)))

        @tf.function
        def loss_of(x: Any, y: Any) -> Any:
            return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, x @ weight))

        losses = []
        for x, y in tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(8):
            with tf.GradientTape() as tape:
                loss = loss_of(x, y)
            weight.assign_sub(0.1 * tape.gradient(loss, weight))
            losses.append(float(loss))
            if inside is not None and len(losses) == 1:
                inside()
        return losses, weight.numpy().tolist()

    return Case(train, _data())


def distributed_loop_of_tensorflow() -> Case:
    def train(inputs: Any, targets: Any) -> Any:
        import tensorflow as tf

        strategy = tf.distribute.MirroredStrategy(["CPU:0"])
        data = tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(8)
        batches = strategy.experimental_distribute_dataset(data)
        return [float(tf.reduce_sum(x)) for x, _ in batches]

    return Case(train, _data())


# Keras pickles a model as the file that it saves, with the time and the addresses of objects: the same bytes
# come out only by chance. Its own tests say that the caller's list of callbacks stays as it is.
STEADY = tuple(name for name in CHECKS if name not in ("bytes", "arguments"))
OF_A_LOOP = {"fork": "a training that goes on is open when a process is left without its exit handlers"}
GOES_ON = dict.fromkeys(
    ("exception", "keyboard_interrupt", "system_exit", "generator_exit", "stop_iteration"),
    "the training goes on: what a use of the model raises does not end its run",
)
# Of points within a call that others of these prove whole.
FAULTS = ("fault_before", "fault_after")
METRICS = ("mean", "sum", "root_mean_squared_error", "r2_score", "precision", "recall", "auc", "counts")
METRICS += ("f_beta_score", "iou")
# No call is around a loop: others are not within it, and a model that a function has made is gone with it,
# before it is kept or after.
AROUND = ("nested", "nested_thread_pool", "nested_joblib", "nested_fork", "fork", "threads", "joblib_threads")
LOOPS = tuple(name for name in CHECKS if name not in (*AROUND, "asyncio"))


def _loops(step: Any, read: Any, legacy: Any, *, is_keras_2: bool) -> list[Training]:
    def within(point: str, make: Any) -> Training:
        return Training(point, make, name=point, run_of="step", is_loop=True, only=FAULTS)

    found = [Training("step", step, is_loop=True, only=LOOPS), within("optimizer", step)]
    found += [within(f"metric_{name}", read) for name in METRICS]
    if is_keras_2:
        found += [within("legacy_step", legacy), within("legacy_optimizer", legacy)]
    return found


def _is_keras_2() -> bool:
    try:
        return version("keras").startswith("2.")
    except PackageNotFoundError:
        return False


@pytest.mark.skipif(importlib.util.find_spec("keras") is None, reason="keras is not installed")
class TestKeras(Conformance):
    integration = "keras = fitscribe_keras:keras"
    trainings = [
        Training("fit", fit, only=STEADY),
        Training("evaluate", evaluate, only=STEADY),
        Training("predict", predict, run_of="fit", only=STEADY),
        Training("batch", train_on_batch, limits=OF_A_LOOP, only=STEADY),
        Training("test_batch", batch_tested, run_of="batch", limits=GOES_ON | OF_A_LOOP, only=STEADY),
        Training("save", save, run_of="fit", only=STEADY),
        *_loops(loop, loop_that_reads_metrics, loop_of_legacy_optimizers, is_keras_2=_is_keras_2()),
    ]


@pytest.mark.skipif(importlib.util.find_spec("tf_keras") is None, reason="tf_keras is not installed")
class TestLegacyKeras(Conformance):
    integration = "tf_keras = fitscribe_keras:tf_keras"
    trainings = [
        Training("fit", legacy_fit, only=STEADY),
        Training("evaluate", legacy_evaluate, only=STEADY),
        Training("predict", legacy_predict, run_of="fit", only=STEADY),
        Training("batch", legacy_train_on_batch, limits=OF_A_LOOP, only=STEADY),
        Training("test_batch", legacy_batch_tested, run_of="batch", limits=GOES_ON | OF_A_LOOP, only=STEADY),
        Training("save", legacy_save, run_of="fit", only=STEADY),
        *_loops(
            legacy_loop,
            legacy_loop_that_reads_metrics,
            legacy_loop_of_legacy_optimizers,
            is_keras_2=True,
        ),
    ]


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="tensorflow is not installed")
class TestTensorFlow(Conformance):
    integration = "tensorflow = fitscribe_keras:tensorflow"
    trainings = [
        Training("gradient", loop_of_tensorflow, runs=0, is_loop=True, only=LOOPS),
        Training("function", loop_of_tensorflow, name="function", runs=0, is_loop=True, only=FAULTS),
        Training("pass", loop_of_tensorflow, name="pass", runs=0, is_loop=True, only=FAULTS),
        Training("distributed_pass", distributed_loop_of_tensorflow, runs=0, is_loop=True, only=FAULTS),
    ]
