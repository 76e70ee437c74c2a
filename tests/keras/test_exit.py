"""What is kept of a training that ends with its process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.keras.conftest import ROOT

import fitscribe

pytest.importorskip("h5py")

START = f"""
import fitscribe
fitscribe.autolog()  # first of all: what Keras imports has its exit handlers after this
import numpy as np
import {ROOT} as keras
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
"""
BATCHES = """
model.compile("adam", "binary_crossentropy")
for _ in range(3):
    model.train_on_batch(x, y)
"""
LOOP = """
optimizer = keras.optimizers.SGD(0.1)
ones = [keras.ops.ones(each.shape) for each in model.trainable_variables]
for _ in range(3):
    optimizer.apply(ones, model.trainable_variables)
"""
END = "np.save('weights.npy', model.get_weights()[0])\n"


def run_of(text: str, folder: Path) -> Any:
    (folder / "script.py").write_text(text)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FITSCRIBE_")},
        "FITSCRIBE_STORE": str(folder / "store"),
        "FITSCRIBE_CACHE": str(folder / "cache"),
        "FITSCRIBE_KEY": "0" * 64,
        "FITSCRIBE_RERAISE": "1",
    }
    subprocess.run([sys.executable, "script.py"], cwd=folder, env=environ, check=True)
    (run,) = fitscribe.search_runs(store=str(folder / "store"))
    return run


@pytest.mark.parametrize("steps", [BATCHES, LOOP], ids=["train_on_batch", "loop"])
def test_a_model_is_kept_as_it_is_when_the_process_ends(keras: Any, tmp_path: Path, steps: str) -> None:
    import numpy as np

    if steps is LOOP and not hasattr(keras, "ops"):
        pytest.skip("Keras 2 has no operations")
    run = run_of(START + steps + END, tmp_path)
    assert not [each for each in run.unseen if each["what"] == "model"]
    kept = run.load_model(trust=True)
    np.testing.assert_array_equal(kept.get_weights()[0], np.load(tmp_path / "weights.npy"))
