"""What is recorded of a training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from minisom import MiniSom

import fitscribe


@pytest.fixture(autouse=True)
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FITSCRIBE_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("FITSCRIBE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FITSCRIBE_KEY", "0" * 64)
    fitscribe.autolog("minisom")
    yield
    fitscribe.disable()


def trained(rows: int = 50) -> tuple[MiniSom, Any]:
    data = np.random.default_rng(0).normal(size=(rows, 4))
    som = MiniSom(5, 6, 4, sigma=1.5, learning_rate=0.3, random_seed=0)
    som.train(data, 100, random_order=True)
    return som, data


def test_parameters_of_the_map_and_of_its_training() -> None:
    trained()
    run = fitscribe.get_run("latest")
    assert run.name == "MiniSom" and run.status == "finished"
    expected = {"x": 5, "y": 6, "input_len": 4, "sigma": 1.5, "learning_rate": 0.3, "num_iteration": 100}
    assert expected.items() <= run.params.items()
    assert run.params["random_order"] is True and run.params["verbose"] is False
    assert run.params["neighborhood"] == "_gaussian"


def test_quantization_error_and_data() -> None:
    som, data = trained()
    run = fitscribe.get_run("latest")
    assert run.metrics["train/quantization_error"] == som.quantization_error(data)
    (dataset,) = run.datasets
    assert tuple(dataset["description"]["shape"]) == (50, 4) and dataset["description"]["name"] == "data"


def test_of_much_data_a_part_is_evaluated() -> None:
    som, data = trained(rows=2500)
    found = fitscribe.get_run("latest").metrics["train/quantization_error"]
    assert found == som.quantization_error(data[::3])


def test_the_model_comes_back() -> None:
    som, data = trained()
    loaded = fitscribe.get_run("latest").load_model()
    assert np.array_equal(loaded.get_weights(), som.get_weights())
    assert loaded.winner(data[0]) == som.winner(data[0])


def test_every_patch_point_is_in_use() -> None:
    trained()
    run = fitscribe.get_run("latest")
    (point,) = [point for point in run.coverage if point["id"] == "minisom.train"]
    assert point["state"] == "applied"


@pytest.mark.parametrize("method", ["train_random", "train_batch", "train_batch_offline"])
def test_every_way_to_train_is_one_run(method: str) -> None:
    getattr(MiniSom(5, 6, 4), method)(np.random.default_rng(0).normal(size=(20, 4)), 10)
    (run,) = fitscribe.search_runs()
    assert run.params["num_iteration"] == 10
