"""The data of a training, in every form that Keras takes, described without taking any of it."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

import fitscribe
from fitscribe import lineage
from fitscribe.tracking import ActiveRun
from fitscribe_keras import data
from fitscribe_keras.arrays import leaves

Table = tuple[Any, Any]
Classifier = Callable[..., Any]


def _datasets(run: ActiveRun) -> dict[str, Any]:
    return {each["role"]: each["description"] for each in fitscribe.get_run(run.id).datasets}


@pytest.fixture
def run(own_store: Any) -> Iterator[ActiveRun]:
    with fitscribe.start_run("by hand") as active:
        yield active


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


def test_a_batched_dataset_says_its_rows_batches_and_types(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    dataset = tensorflow.data.Dataset.from_tensor_slices(table).shuffle(10).batch(32).prefetch(1)
    found = data.described(dataset)
    assert found == {
        "container": "tensorflow.data.Dataset",
        "rows": 120,
        "shape": [120, 4],
        "dtype": "float32",
        "batches": 4,
        "batch_size": 32,
        "shuffle": True,
        "target": {"container": "tensorflow.Tensor", "shape": [120], "dtype": "int64"},
        "not_read": "no batch of it is asked for",
    }


def test_a_dataset_is_read_whatever_comes_before_and_after_its_batching(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    samples = tensorflow.data.Dataset.from_tensor_slices(table)
    kinds = {
        "mapped": samples.map(lambda x, y: (x, y))
        .batch(30)
        .map(lambda x, y: (x * 2, y), num_parallel_calls=2),
        "zipped": tensorflow.data.Dataset.zip(
            (samples.batch(30).map(lambda x, y: x), samples.batch(30).map(lambda x, y: y))
        ),
        "cached": samples.cache().batch(30, num_parallel_calls=2).cache(),
        "padded": samples.padded_batch(30),
        "dropped": samples.batch(30, drop_remainder=True),
    }
    for name, dataset in kinds.items():
        found = data.described(dataset)
        assert (found["rows"], found["batches"], found["batch_size"]) == (120, 4, 30), name
        assert not found["shuffle"], name
    taken = data.described(samples.batch(30).take(2))
    assert (taken["batches"], taken["batch_size"]) == (2, 30)
    assert taken["shape"] == [None, 4]
    endless = data.described(samples.repeat().batch(30))
    assert endless["repeated"]
    assert "batches" not in endless
    rebatched = data.described(samples.batch(30).unbatch().batch(7))
    assert rebatched["batch_size"] == 7


def test_a_dataset_of_single_samples_has_no_batch_size(table: Table) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    found = data.described(tensorflow.data.Dataset.from_tensor_slices(table))
    assert (found["rows"], found["shape"]) == (120, [120, 4])
    assert "batch_size" not in found
    assert "batches" not in found


def test_no_element_of_a_dataset_is_made() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    made = []

    def samples() -> Iterator[Any]:
        made.append(1)
        yield np.zeros(4, "float32"), 0

    signature = (tensorflow.TensorSpec((4,), "float32"), tensorflow.TensorSpec((), "int32"))
    dataset = tensorflow.data.Dataset.from_generator(samples, output_signature=signature).batch(8)
    found = data.described(dataset)
    assert (found["batch_size"], found["shape"]) == (8, [None, 4])
    assert not made


def test_a_dataset_of_several_inputs_is_described_by_name() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    parts = (
        {"a": np.zeros((8, 2), "float32"), "b": np.zeros((8, 3), "int32")},
        np.zeros(8, "int32"),
        np.ones(8),
    )
    found = data.described(tensorflow.data.Dataset.from_tensor_slices(parts).batch(4))
    assert found["inputs"]["b"] == {"container": "tensorflow.Tensor", "shape": [8, 3], "dtype": "int32"}
    assert found["target"]["shape"] == [8]
    assert found["sample_weight"]["dtype"] == "float64"


def test_nothing_is_drawn_from_a_generator() -> None:
    def batches() -> Iterator[int]:
        yield from range(3)

    generator = batches()
    found = data.described(generator)
    assert (found["container"], found["name"]) == ("generator", "batches")
    assert "left to the training" in found["not_read"]
    assert list(generator) == [0, 1, 2]


def test_nothing_is_drawn_from_an_iterator() -> None:
    iterator = iter([1, 2, 3])
    assert data.described(iterator)["container"] == "list_iterator"
    assert list(iterator) == [1, 2, 3]


def _batches(keras: Any, base: str = "Sequence", **attributes: Any) -> Any:
    class Batches(getattr(keras.utils, base)):  # type: ignore[misc]
        asked = 0

        def __init__(self) -> None:
            if "PyDataset" in dir(keras.utils):
                super().__init__(workers=2)
            vars(self).update(attributes)

        def __len__(self) -> int:
            return 5

        def __getitem__(self, index: int) -> Any:
            type(self).asked += 1
            return np.zeros((8, 4), "float32"), np.zeros(8)

    return Batches()


def test_a_dataset_of_keras_is_asked_for_its_length_alone(keras: Any) -> None:
    batches = _batches(keras, batch_size=8)
    found = data.described(batches)
    assert found["container"].endswith("Batches")
    assert (found["batches"], found["batch_size"]) == (5, 8)
    if hasattr(keras.utils, "PyDataset"):
        assert (found["workers"], found["use_multiprocessing"]) == (2, False)
    assert not type(batches).asked


def test_an_endless_dataset_of_keras_has_no_number_of_batches(keras: Any) -> None:
    if not hasattr(keras.utils, "PyDataset"):
        pytest.skip("Keras 2 has none")

    class Endless(keras.utils.PyDataset):  # type: ignore[misc]
        @property
        def num_batches(self) -> None:
            return None

        def __getitem__(self, index: int) -> Any:
            raise AssertionError

    assert "batches" not in data.described(Endless())


def test_a_property_that_says_the_batch_size_is_not_asked(keras: Any) -> None:
    batches = _batches(keras)
    type(batches).batch_size = property(lambda self: 1 / 0)
    assert "batch_size" not in data.described(batches)


def test_a_loader_says_its_batches_and_its_tensors_are_described(table: Table) -> None:
    torch = pytest.importorskip("torch")
    tensors = [torch.from_numpy(each) for each in table]
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*tensors), batch_size=50, shuffle=True
    )
    state = torch.get_rng_state()
    found = data.described(loader)
    assert torch.equal(state, torch.get_rng_state())
    assert (found["batches"], found["batch_size"], found["rows"], found["shuffle"]) == (3, 50, 120, True)
    assert (found["loader"], found["sampler"]) == ("DataLoader", "RandomSampler")
    assert (found["shape"], found["target"]["classes"]["0"]) == ([120, 4], 40)
    assert "not_read" not in found


def test_a_loader_of_an_iterable_is_not_iterated() -> None:
    torch = pytest.importorskip("torch")

    class Endless(torch.utils.data.IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Iterator[Any]:
            raise AssertionError

    found = data.described(torch.utils.data.DataLoader(Endless(), batch_size=4))
    assert found["batch_size"] == 4
    assert "rows" not in found


def test_validation_data_is_described_by_its_role(run: ActiveRun, table: Table) -> None:
    x, y = table
    data.log_datasets(run, {"x": x, "y": y, "validation_data": (x[:30], y[:30])})
    datasets = _datasets(run)
    assert {role: each["shape"] for role, each in datasets.items()} == {"train": [120, 4], "valid": [30, 4]}
    assert datasets["valid"]["target"]["classes"] == {"0": 10, "1": 10, "2": 10}


@pytest.mark.parametrize("kind", ["numpy", "pandas", "torch", "tensorflow", "jax", "several"])
def test_both_parts_of_a_split_are_described(kind: str, keras: Any, run: ActiveRun, table: Table) -> None:
    convert: dict[str, Callable[[Any], Any]] = {
        "numpy": lambda array: array,
        "pandas": lambda array: sys.modules["pandas"].DataFrame(array),
        "torch": lambda array: sys.modules["torch"].from_numpy(array),
        "tensorflow": lambda array: sys.modules["tensorflow"].constant(array),
        "jax": lambda array: sys.modules["jax"].numpy.asarray(array),
        "several": lambda array: {"a": array},
    }
    if kind != "several":
        pytest.importorskip(kind)
    x, y = table
    data.log_datasets(run, {"x": convert[kind](x), "y": convert[kind](y), "validation_split": 0.3})
    datasets = _datasets(run)
    expected = {"train": x[:84], "valid": x[84:]}
    for role, rows in expected.items():
        found = datasets[role]
        found = found["inputs"]["a"] if kind == "several" else found
        assert found["shape"] == list(rows.shape)
        if kind != "pandas":
            assert found["fingerprint"] == data.described(rows)["fingerprint"]


def test_the_split_is_the_one_that_keras_makes(keras: Any, table: Table, classifier: Classifier) -> None:
    x, y = table
    seen: list[int] = []

    class Rows(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            seen.append(self.params["steps"])

    for share in (0.1, 0.25, 0.3, 0.77):
        classifier().fit(x, y, validation_split=share, batch_size=1, epochs=1, verbose=0, callbacks=[Rows()])
        parts = data.split_of({"x": x, "validation_split": share})
        assert parts is not None
        assert parts[0].stop == seen[-1]


def test_the_lineage_of_a_split_is_known(run: ActiveRun, table: Table) -> None:
    x, y = (each.copy() for each in table)
    data.log_datasets(run, {"x": x, "y": y, "validation_split": 0.25})
    assert lineage.relation(x[90:], x[:90]) == "held out"
    (record,) = [each for each in fitscribe.get_run(run.id).artifacts if each["name"] == "lineage"]
    roles = record["data"]["roles"]
    assert set(roles) == {"train", "train target", "valid", "valid target"}
    of = {each["id"]: each for each in record["data"]["nodes"]}
    assert of[roles["valid"]]["shape"] == [30, 4]
    assert of[roles["valid"]]["facts"] == {"validation_split": 0.25}


def test_an_evaluation_adds_its_dataset_and_its_labels_are_known(run: ActiveRun, table: Table) -> None:
    x, y = (each.copy() for each in table)
    data.log_dataset(run, "test", x, y)
    assert _datasets(run)["test"]["shape"] == [120, 4]
    assert lineage.labels_of(x) is not None


def test_several_inputs_are_known_with_their_labels() -> None:
    first, second, y = np.random.rand(9, 2), np.random.rand(9, 3), np.arange(9)
    node, target = data.nodes_of({"a": first, "b": second}, y)
    assert node is not None
    assert target is lineage.node_of(y)
    for each in (first, second):
        assert np.array_equal(lineage.labels_of(each), y)


def test_nothing_is_kept_alive(run: ActiveRun, table: Table) -> None:
    x, y = (each.copy() for each in table)
    parts = {"x": {"a": x}, "y": y, "validation_split": 0.5}
    data.log_datasets(run, parts)
    known = weakref.ref(x)
    del x, y, parts
    gc.collect()
    assert known() is None


def test_the_option_leaves_datasets_out(
    run: ActiveRun, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_DATASETS", "0")
    with fitscribe.start_run("without") as other:
        assert data.log_datasets(other, {"x": table[0], "y": table[1]}) is None
        assert not _datasets(other)


def test_names_of_inputs_are_keys_and_positions() -> None:
    a, b = np.zeros(1), np.zeros(2)
    assert [name for name, _ in leaves({"left": [a, b], "right": a})] == ["left/0", "left/1", "right"]
    assert [name for name, _ in leaves(a)] == [""]
    assert leaves(None) == []


def test_a_split_without_targets_has_none(run: ActiveRun) -> None:
    x = np.random.default_rng(1).normal(size=(40, 3))
    data.log_datasets(run, {"x": x, "validation_split": 0.5})
    (record,) = [each for each in fitscribe.get_run(run.id).artifacts if each["name"] == "lineage"]
    assert set(record["data"]["roles"]) == {"train", "valid"}


def test_a_recorded_training_gets_every_element_of_a_generator(
    keras: Any, runs: Any, table: Table, classifier: Classifier
) -> None:
    x, y = table

    def trained_on() -> tuple[list[int], list[Any]]:
        drawn: list[int] = []

        def batches() -> Iterator[Any]:
            for number in range(100):
                drawn.append(number)
                yield x[number : number + 8], y[number : number + 8]

        model = classifier()
        model.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0)
        return drawn, model.get_weights()

    recorded = trained_on()
    assert len(runs()) == 1
    fitscribe.disable(keras.__name__)
    bare = trained_on()
    # TensorFlow draws ahead, as far as it comes to it: the six that were trained on are the first six.
    assert recorded[0][:6] == bare[0][:6] == list(range(6))
    for one, other in zip(recorded[1], bare[1], strict=True):
        assert np.array_equal(one, other)
