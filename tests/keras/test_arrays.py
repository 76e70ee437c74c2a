"""Arrays, tensors and frames that are given to Keras, alone or several, as they are described."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

from fitscribe_keras import data
from fitscribe_keras.arrays import leaves

Table = tuple[Any, Any]


def test_arrays_are_described_as_arrays_and_labels_as_a_target(table: Table) -> None:
    x, y = table
    found = data.described(x, y)
    assert (found["container"], found["shape"], found["dtype"]) == ("numpy.ndarray", [120, 4], "float32")
    assert found["target"]["classes"] == {"0": 40, "1": 40, "2": 40}
    assert "sample_weight" not in found


def test_weights_of_samples_are_described(table: Table) -> None:
    x, y = table
    assert data.described(x, y, np.ones(120))["sample_weight"]["shape"] == [120]


@pytest.mark.parametrize("library", ["torch", "tensorflow", "jax"])
def test_tensors_are_described_as_the_arrays_they_were_made_of(library: str, table: Table) -> None:
    module = pytest.importorskip(library)
    make = {"torch": "from_numpy", "tensorflow": "constant"}.get(library)
    tensor = getattr(module, make) if make else module.numpy.asarray
    x, y = table[0], table[1].astype("int32")
    found, expected = data.described(tensor(x), tensor(y)), data.described(x, y)
    assert found.pop("device") == found["target"].pop("device") == "cpu"
    container = {"torch": "torch.Tensor", "tensorflow": "tensorflow.Tensor", "jax": "jax.Array"}[library]
    assert found.pop("container") == found["target"].pop("container") == container
    del expected["container"], expected["target"]["container"]
    assert found == expected


def test_reading_an_array_of_jax_leaves_nothing_on_it() -> None:
    jax = pytest.importorskip("jax")
    array = jax.numpy.arange(10.0)
    assert data.described(array)["missing"] == 0
    assert array._npy_value is None


def test_tensors_that_numpy_cannot_see_are_outlined() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    ragged = tensorflow.ragged.constant([[1, 2], [3]])
    for each in (
        tensorflow.constant(["a", "b"]),
        tensorflow.sparse.eye(2),
        tensorflow.Variable([1.0, 2.0]),
        ragged,
    ):
        found = data.described(each)
        assert found["shape"][0] == 2
        assert found["not_read"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_are_described_by_their_columns(library: str) -> None:
    module = pytest.importorskip(library)
    found = data.described(module.DataFrame({"age": [1.0, 2.0], "height": [3.0, 4.0]}))
    assert found["columns"] == ["age", "height"]
    assert found["shape"] == [2, 2]


def test_sparse_matrices_stay_sparse() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    found = data.described(sparse.eye(1000, format="csr"))
    assert (found["shape"], found["nonzero"]) == ([1000, 1000], 1000)


def test_a_list_of_numbers_is_one_input_and_a_list_of_arrays_are_several() -> None:
    assert data.described([1.0, 2.0, 3.0])["shape"] == [3]
    assert data.described([[1.0, 2.0], [3.0, 4.0]])["shape"] == [2, 2]
    found = data.described([np.zeros((5, 2)), np.zeros((5, 3))])
    assert found["shape"] == [5]
    assert {name: each["shape"] for name, each in found["inputs"].items()} == {"0": [5, 2], "1": [5, 3]}


def test_several_inputs_and_outputs_are_described_by_name() -> None:
    x = {"image": np.zeros((6, 8, 8)), "texts": (np.zeros((6, 3)), np.ones((6, 2)))}
    y = {"kind": np.arange(6) % 2, "size": np.linspace(0, 1, 6)}
    found = data.described(x, y)
    assert (found["container"], found["shape"]) == ("dict", [6])
    assert [*found["inputs"]] == ["image", "texts/0", "texts/1"]
    assert found["inputs"]["texts/1"]["shape"] == [6, 2]
    assert found["target"]["outputs"]["kind"]["classes"] == {"0": 3, "1": 3}
    assert found["target"]["outputs"]["size"]["max"] == 1.0


def test_of_very_many_inputs_the_first_ones_are_looked_at() -> None:
    found = data.described({f"x{number}": np.zeros((4, 1)) for number in range(300)})
    assert found["cut"]
    assert len(found["inputs"]) == 256
    assert "fingerprint" in found["inputs"]["x0"]
    assert "fingerprint" not in found["inputs"]["x200"]
    assert found["inputs"]["x200"] == {
        "container": "numpy.ndarray",
        "shape": [4, 1],
        "dtype": "float64",
        "not_read": "its values are not looked at",
    }


def test_names_of_inputs_are_keys_and_positions() -> None:
    a, b = np.zeros(1), np.zeros(2)
    assert [name for name, _ in leaves({"left": [a, b], "right": a})] == ["left/0", "left/1", "right"]
    assert [name for name, _ in leaves(a)] == [""]
    assert leaves(None) == []
