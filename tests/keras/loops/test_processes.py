"""Loops in processes of their own: what is left of them when they are killed, or die, and the example."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from tests.keras.loops.looping import values

import fitscribe

EXAMPLE = Path(__file__).parents[3] / "examples" / "tensorflow_loop.py"
LINE = "import fitscribe\n\nfitscribe.autolog()  # the one line\n"
LOOP = """
import os, sys
import fitscribe
fitscribe.autolog()
import tensorflow as tf
w = tf.Variable(2.0)
optimizer = tf.keras.optimizers.SGD(0.01)
for number in range(100_000):
    with tf.GradientTape() as tape:
        loss = w * w
    optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    print(float(loss), flush=True)
"""
PAUSES = LOOP + "    if number == 9: sys.stdin.read()\n"
GRAPH = """
import hashlib
import fitscribe

fitscribe.autolog()  # the one line
import tensorflow as tf
keras = tf.keras
keras.utils.set_random_seed(3)
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9))
mean = keras.metrics.Mean()

@tf.function
def train_step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x, training=True) ** 2)
        if loss > 1000.0:
            loss = loss / 2.0
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    mean(loss)
    return loss, mean.result()

for x in tf.data.Dataset.from_tensor_slices(tf.random.normal((40, 4), seed=1)).batch(8):
    loss, running = train_step(x)
    print(float(loss).hex(), float(running).hex(), float(mean.result()).hex())
for each in train_step._list_all_concrete_functions():
    print(hashlib.sha256(str(each.graph.as_graph_def(add_shapes=True)).encode()).hexdigest())
print(train_step.experimental_get_tracing_count(), [each.numpy().tolist() for each in model.weights])
"""
RAISES = LOOP + "    if number == 9: raise KeyError('lost')\n"


def environment(folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("FITSCRIBE_")},
        "FITSCRIBE_STORE": str(folder / "store"),
        "FITSCRIBE_CACHE": str(folder / "cache"),
        "FITSCRIBE_KEY": "0" * 64,
        "FITSCRIBE_RERAISE": "1",
    }


def started(folder: Path, text: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    (folder / "script.py").write_text(text)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "script.py"], cwd=folder, env=environment(folder), text=True,
        stdin=pipe, stdout=pipe, stderr=pipe,
    )  # fmt: skip


def run_in(folder: Path) -> Any:
    (run,) = fitscribe.search_runs(store=str(folder / "store"))
    return run


def test_steps_survive_a_kill(tmp_path: Path) -> None:
    process = started(tmp_path, LOOP)
    assert process.stdout is not None
    printed = [float(process.stdout.readline()) for _ in range(300)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    printed += [float(line) for line in process.stdout.read().split("\n")[:-1]]
    found = values(run_in(tmp_path), "train/loss")
    # What was noted in the last second may be lost, and no more than the steps that are recorded together.
    assert len(found) >= len(printed) - 65
    assert found == printed[: len(found)]


def test_steps_are_recorded_while_the_script_waits(tmp_path: Path) -> None:
    process = started(tmp_path, PAUSES)
    assert process.stdout is not None
    printed = [float(process.stdout.readline()) for _ in range(10)]
    found: list[float] = []
    while found != printed:  # until it is there: the test runs out of time otherwise
        recorded = fitscribe.search_runs(store=str(tmp_path / "store"))
        found = [value for run in recorded for value in values(run, "train/loss")]
    process.kill()
    process.wait()


def test_a_loop_that_dies_has_failed(tmp_path: Path) -> None:
    process = started(tmp_path, RAISES)
    out, error = process.communicate()
    assert "KeyError: 'lost'" in error
    run = run_in(tmp_path)
    assert run.status == "failed"
    assert values(run, "train/loss") == [float(line) for line in out.split()]


def test_graphs_and_results_are_the_same_with_and_without(tmp_path: Path) -> None:
    printed, error = started(tmp_path / "recorded", GRAPH).communicate()
    bare, error_of_bare = started(tmp_path / "bare", GRAPH.replace(LINE, "")).communicate()
    assert printed == bare != ""
    assert "AutoGraph" not in error and "retracing" not in error, error_of_bare
    losses = [float.fromhex(line.split()[0]) for line in printed.splitlines()[:5]]
    run = run_in(tmp_path / "recorded")
    assert values(run, "train/loss") == losses
    assert values(run, "train/running") == [
        float.fromhex(each.split()[1]) for each in printed.splitlines()[:5]
    ]


def test_the_example_records_what_it_prints(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    text = EXAMPLE.read_text()
    assert LINE in text
    process = started(tmp_path / "recorded", text)
    printed, error = process.communicate()
    assert not process.returncode, error
    bare, _ = started(tmp_path / "bare", text.replace(LINE, "")).communicate()
    assert printed == bare
    run = run_in(tmp_path / "recorded")
    for what, name in (
        ("train loss", "train_loss"),
        ("accuracy", "train_accuracy"),
        ("val accuracy", "val_accuracy"),
    ):
        numbers = [float(each) for each in re.findall(rf"(?<!val ){what} (\S+)", printed)]
        assert values(run, name) == pytest.approx(numbers, abs=6e-7), name
    assert run.params["epochs"] == 5
    assert run.params["optimizer__learning_rate"] == 0.003
    assert run.facts["epochs"] == 5
