"""The layers of a model as data: a tree with shapes, sizes and connections; the model is only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")

from click.testing import CliRunner
from tests.keras import architectures
from tests.keras.architectures import Holding, Subclassed, data_for, keras, layers, trained

import fitscribe
from fitscribe.cli.app import app
from fitscribe_keras import structure
from fitscribe_keras.structure import described, log_structure


@pytest.fixture
def run(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A run that is open."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    with fitscribe.start_run("by hand") as opened:
        yield opened


def parts_of(model: Any) -> list[dict[str, Any]]:
    (one,) = described(model)["modules"]
    return list(one["parts"])


def named(model: Any) -> dict[str, dict[str, Any]]:
    """The parts of a model at every level, by name."""
    found: dict[str, dict[str, Any]] = {}
    waiting = parts_of(model)
    while waiting:
        part = waiting.pop()
        found[part["name"]] = part
        waiting += part.get("parts", [])
    return found


def test_a_sequential_model_is_its_layers() -> None:
    assert parts_of(architectures.sequential()) == [
        {"name": "hidden", "class": "Dense", "parameters": 40, "trainable": 40, "output_shape": [None, 8]},
        {"name": "classes", "class": "Dense", "parameters": 27, "trainable": 27, "output_shape": [None, 3]},
    ]


@pytest.mark.parametrize(
    "make",
    [
        architectures.sequential,
        architectures.deferred,
        architectures.functional,
        architectures.recurrent,
        Subclassed,
        lambda: Holding(SimpleNamespace(units=3)),
    ],
)
def test_the_sums_are_those_of_keras(make: Callable[[], Any]) -> None:
    model, _ = trained(make())
    found = described(model)
    assert found["parameters"] == model.count_params()
    sizes = [int(np.prod(tuple(each.shape))) for each in model.trainable_weights]
    assert found["trainable"] == sum(sizes)
    assert found["layers"] == len(model.layers)
    assert found["dtypes"] == {"float32": model.count_params()}
    assert "unbuilt" not in found and "cut" not in found["modules"][0]


def test_a_functional_model_says_what_each_layer_is_connected_to() -> None:
    found = named(architectures.functional())
    assert "connected_to" not in found["left"]
    assert found["shared"]["connected_to"] == ["left", "right"]
    assert found["shared"]["calls"] == 2
    assert found["both"]["connected_to"] == ["shared", "shared"]
    assert found["both"]["output_shape"] == [None, 16]
    assert found["classes"]["connected_to"] == found["value"]["connected_to"] == ["inner"]


def test_a_model_within_a_model_is_a_part_with_parts() -> None:
    found = named(architectures.functional())
    inner = found["inner"]
    assert inner["class"] == "Sequential" and inner["output_shape"] == [None, 8]
    assert inner["parts"] == [
        {"name": "deep", "class": "Dense", "parameters": 72, "trainable": 72, "output_shape": [None, 8]}
    ]


def test_operations_between_layers_are_parts() -> None:
    inputs = keras.Input((4,), name="numbers")
    model = keras.Model(inputs, layers.Dense(2, name="last")(layers.Dense(4, name="first")(inputs) + 1.0))
    parts = parts_of(model)
    assert len(parts) == 4
    assert parts[2]["connected_to"] == ["first"] and "parameters" not in parts[2]
    assert parts[3]["connected_to"] == [parts[2]["name"]]


def test_what_a_layer_is_made_of_lies_within_it() -> None:
    found = named(architectures.recurrent())
    assert found["both_ways"]["output_shape"] == [None, 10]
    assert [part["class"] for part in found["both_ways"]["parts"]][:2] == ["LSTM", "LSTM"]
    assert found["embedding"]["output_shape"] == [None, None, 6]


def test_a_subclassed_model_has_the_shapes_that_its_layers_know() -> None:
    model, _ = trained(Subclassed(6))
    found = named(model)
    assert found["hidden"]["output_shape"] == [None, 6]
    assert found["scaled"]["class"] == "tests.keras.architectures.Scaled"
    assert "output_shape" not in found["scaled"]  # its class is the user's, and would have to be called
    assert described(model)["modules"][0]["class"] == "tests.keras.architectures.Subclassed"


def test_what_is_frozen_is_not_trainable() -> None:
    model = architectures.sequential()
    model.layers[0].trainable = False
    found = described(model)
    assert (found["parameters"], found["trainable"]) == (67, 27)
    assert [part["trainable"] for part in found["modules"][0]["parts"]] == [0, 27]
    model.trainable = False
    assert described(model)["trainable"] == 0


def test_moving_means_are_not_trainable() -> None:
    model, _ = trained(architectures.deferred())
    (norm,) = [part for part in parts_of(model) if part["class"] == "BatchNormalization"]
    assert (norm["parameters"], norm["trainable"]) == (32, 16)


def test_a_layer_at_two_places_is_described_once() -> None:
    class Twice(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first = layers.Dense(4, name="first")
            self.inner = keras.Sequential([self.first], name="inner")

        def call(self, inputs: Any) -> Any:
            return self.inner(self.first(inputs))

    model = Twice()
    model(data_for(model)[0])
    assert described(model)["parameters"] == 20
    inner = next(part for part in parts_of(model) if part["name"] == "inner")
    assert inner["parts"] == [{"name": "first", "class": "Dense", "shared": "first"}]


def test_a_model_that_is_not_built_stays_so(run: Any) -> None:
    model = architectures.deferred()
    assert log_structure(run, model) is False
    assert described(model)["parameters"] == 0
    assert described(model)["unbuilt"] >= 2
    assert not model.built and not model.layers[0].built
    assert run.artifacts == []


def test_a_large_model_is_counted_whole_and_described_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "_PARTS", 5)
    model = keras.Sequential([keras.Input((2,)), *(layers.Dense(2) for _ in range(12))])
    found = described(model)
    assert len(found["modules"][0]["parts"]) == 5
    assert found["modules"][0]["cut"] == 7
    assert found["parameters"] == 12 * 6 and found["layers"] == 12


def test_reading_leaves_the_model_as_it_was() -> None:
    model, _ = trained(architectures.functional())
    before = {id(each): set(vars(each)) for each in [model, *model.layers]}
    nodes = [len(each._inbound_nodes) for each in model.layers]
    described(model)
    assert {id(each): set(vars(each)) for each in [model, *model.layers]} == before
    assert [len(each._inbound_nodes) for each in model.layers] == nodes


def test_the_page_of_a_run_draws_the_tree(run: Any) -> None:
    model = architectures.functional()
    model.get_layer("mix").trainable = False
    assert log_structure(run, model) is True
    assert run.facts == {"layers": 8, "parameters": 284, "trainable_parameters": 148}
    page = CliRunner().invoke(app, ["show", "latest"]).output
    lines = {line.split()[0]: " ".join(line.split()) for line in page.splitlines() if line.strip()}
    assert lines["shared"] == "shared Dense 40 n × 8, from left, right, called 2 times"
    assert lines["mix"] == "mix Dense 136 n × 8, from both, not trainable"
    assert lines["deep"] == "deep Dense 72 n × 8"
