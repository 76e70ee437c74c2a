"""What a model takes and gives: names, shapes and types, nested as the model has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")

from click.testing import CliRunner
from tests.keras import architectures
from tests.keras.architectures import Subclassed, keras, layers, trained

import fitscribe
from fitscribe.capture import describe_data
from fitscribe.cli.app import app
from fitscribe_keras.signatures import log_signature, signature


@pytest.fixture
def run(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A run that is open."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    with fitscribe.start_run("by hand") as opened:
        yield opened


def floats(*shape: int | None) -> dict[str, Any]:
    return {"shape": list(shape), "type": "float32"}


def test_a_model_of_one_tensor_has_one_input_and_one_output() -> None:
    assert signature(architectures.sequential()) == {"inputs": floats(None, 4), "outputs": floats(None, 3)}


def test_the_types_are_those_of_the_model() -> None:
    found = signature(architectures.recurrent())
    assert found == {"inputs": {"shape": [None, None], "type": "int32"}, "outputs": floats(None, 10)}


def test_several_inputs_and_outputs_have_names_and_keep_their_structure() -> None:
    found = signature(architectures.functional())
    assert found == {
        "inputs": [{"name": "left", **floats(None, 4)}, {"name": "right", **floats(None, 4)}],
        "input_structure": {"left": "left", "right": "right"},
        "outputs": [{"name": "classes", **floats(None, 3)}, {"name": "value", **floats(None, 1)}],
        "output_structure": ["classes", "value"],
    }


def test_deeper_structures_are_named_by_their_paths() -> None:
    one, two = keras.Input((2,), name="one"), keras.Input((3,), name="two")
    given = {"a": layers.Dense(1, name="x")(one), "b": {"c": layers.Dense(2, name="y")(two)}}
    found = signature(keras.Model([one, two], given))
    assert found is not None
    assert [each["name"] for each in found["inputs"]] == ["one", "two"]
    assert found["outputs"] == [{"name": "a", **floats(None, 1)}, {"name": "b.c", **floats(None, 2)}]
    assert found["output_structure"] == {"a": "a", "b": {"c": "b.c"}}


def test_outputs_of_one_layer_are_told_apart() -> None:
    inputs = keras.Input((5, 2), name="series")
    outputs = layers.LSTM(3, return_state=True, name="memory")(inputs)
    found = signature(keras.Model(inputs, list(outputs)))
    assert found is not None
    assert [each["name"] for each in found["outputs"]] == ["memory", "memory[1]", "memory[2]"]


def test_a_sequential_model_knows_once_the_data_has_built_it() -> None:
    model = architectures.deferred()
    assert signature(model) is None
    trained(model)
    found = signature(model)
    assert found is not None and found["inputs"] == floats(None, 4)


def test_a_subclassed_model_takes_what_it_was_trained_on() -> None:
    x = np.zeros((40, 4), "float32")
    assert signature(Subclassed(), x) == {"inputs": floats(None, 4)}
    assert signature(Subclassed(), describe_data(x)) == {"inputs": floats(None, 4)}
    several = {"container": "dict", "inputs": {"a": describe_data(x), "b": describe_data(x[:, 0])}}
    assert signature(Subclassed(), several) == {
        "inputs": [{"name": "a", **floats(None, 4)}, {"name": "b", **floats(None)}]
    }


def test_arrays_are_described_nested_as_they_are() -> None:
    x = {"image": np.zeros((3, 8, 8, 1), "uint8"), "more": [np.zeros((3, 2)), np.zeros((3,), "int64")]}
    assert signature(Subclassed(), x) == {
        "inputs": [
            {"name": "image", "shape": [None, 8, 8, 1], "type": "uint8"},
            {"name": "more[0]", "shape": [None, 2], "type": "float64"},
            {"name": "more[1]", "shape": [None], "type": "int64"},
        ],
        "input_structure": {"image": "image", "more": ["more[0]", "more[1]"]},
    }


def test_a_subclassed_model_says_what_it_was_built_for() -> None:
    model, _ = trained(Subclassed())
    found = signature(model)
    assert found is not None and found["inputs"]["shape"] == [None, 4]


def test_nothing_known_is_said_on_the_run(run: Any) -> None:
    log_signature(run, Subclassed())
    (said,) = run.unseen
    assert said["what"] == "signature" and "does not say" in said["why"]


def test_the_page_of_a_run_shows_each_of_several_inputs(run: Any) -> None:
    log_signature(run, architectures.functional())
    assert run.signature["input_structure"] == {"left": "left", "right": "right"}
    page = " ".join(CliRunner().invoke(app, ["show", "latest", "--full"]).output.split())
    assert "in left: n × 4 float32, right: n × 4 float32" in page
    assert "out classes: n × 3 float32, value: n × 1 float32" in page
